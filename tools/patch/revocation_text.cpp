// SPDX-License-Identifier: Apache-2.0
#include "patch/revocation_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/numbers.hpp"
#include "tmd/internal/auth/revocation_list.hpp"

namespace tmd::host::patch {
namespace {

constexpr std::string_view kIdentifier = "id:", kThumbprint = "thumbprint:", kNumber = "number:";

Bytes from_digits(std::string_view text) {
  return from_hex(text.starts_with("0x") ? text.substr(2) : text);
}

void append_key(Bytes& list, KeyName kind, const Bytes& name) {
  Bytes element{static_cast<std::uint8_t>(kind), static_cast<std::uint8_t>(name.size())};
  element.insert(element.end(), name.begin(), name.end());
  ListedKey read;
  const bool fits_length = name.size() <= 0xFF;
  if (!fits_length || RevocationListReader(view(element)).next(read) != Status::ok)
    throw Error("an identifier has 1 to 255 bytes, a thumbprint 32, a number is 0 to 31");
  list.insert(list.end(), element.begin(), element.end());
}

void append_named(Bytes& list, std::string_view text) {
  if (text.starts_with(kNumber)) {
    const auto number = to_number(text.substr(kNumber.size()), kMaxTrustedKeys - 1);
    append_key(list, KeyName::number, {static_cast<std::uint8_t>(number)});
  } else if (text.starts_with(kThumbprint)) {
    append_key(list, KeyName::thumbprint, from_digits(text.substr(kThumbprint.size())));
  } else if (text.starts_with(kIdentifier)) {
    const std::string_view name = text.substr(kIdentifier.size());
    append_key(list, KeyName::identifier,
               name.starts_with("0x") ? from_digits(name) : Bytes(name.begin(), name.end()));
  } else {
    throw Error(fmt::format("'{}' is not id:…, thumbprint:… or number:…", text));
  }
}

std::string describe_key(const ListedKey& key) {
  if (key.kind == KeyName::number) return fmt::format("{}{}", kNumber, key.name[0]);
  if (key.kind == KeyName::thumbprint) return fmt::format("{}{}", kThumbprint, to_hex(key.name));
  return fmt::format("{}0x{}", kIdentifier, to_hex(key.name));
}

}  // namespace

Bytes parse_revocations(std::string_view text) {
  Bytes list;
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    append_named(list, text.substr(0, comma));
    if (comma == text.size()) return list;
    text.remove_prefix(comma + 1);
  }
}

std::string describe_revocations(ConstBytes list) {
  std::string text;
  RevocationListReader reader(list);
  ListedKey key;
  Status status = reader.next(key);
  for (; status == Status::ok; status = reader.next(key))
    text += (text.empty() ? "" : ",") + describe_key(key);
  return status == Status::not_found ? text : to_hex(list);
}

}  // namespace tmd::host::patch
