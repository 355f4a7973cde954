// SPDX-License-Identifier: Apache-2.0
#include "patch/entry_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/numbers.hpp"
#include "base/terminal_text.hpp"
#include "model/model_entries.hpp"
#include "model/model_format.hpp"
#include "model/self_test.hpp"
#include "patch/revocation_text.hpp"
#include "tmd/internal/store/ring_map.hpp"
#include "tmd/internal/update/way_back.hpp"

namespace tmd::host::patch {
namespace {

/// How a value is written by people.
enum class Form { alignment, u16, u32, hash, version, uuid, mode, text, lineage, revocations, bytes };

struct Key {
  EntryNumber number;
  const char* name;
  Form form;
  const char* example;  ///< Null: not written by hand, another command or option makes it.
};

constexpr Key kKeys[] = {
    {EntryNumber::arena_bytes, "arena", Form::u32, "20480 (bytes of tensor arena the target needs)"},
    {EntryNumber::abi, "abi", Form::u16, "3 (schema or runtime ABI version)"},
    {EntryNumber::operator_set, "operators", Form::bytes, nullptr},
    {EntryNumber::io_schema, "io", Form::bytes, nullptr},
    {EntryNumber::alignment, "alignment", Form::alignment, "16 (bytes, a power of two)"},
    {EntryNumber::model_version, "version", Form::version, "1.2.3"},
    {EntryNumber::security_counter, "counter", Form::u32, "7 (never goes down on a device)"},
    {EntryNumber::family, "family", Form::uuid, "a UUID"},
    {EntryNumber::device_class, "device-class", Form::uuid, "a UUID"},
    {EntryNumber::architecture, "architecture", Form::text, "any text"},
    {EntryNumber::certificate, "certificate", Form::bytes, nullptr},
    {EntryNumber::lineage, "lineage", Form::lineage, "64 hexadecimal digits, optionally :text"},
    {EntryNumber::features, "features", Form::u32, "0x5 (firmware feature bits that are needed)"},
    {EntryNumber::validation, "validation", Form::mode, "strict or relaxed"},
    {EntryNumber::cipher, "cipher", Form::bytes, nullptr},
    {EntryNumber::self_test, "self-test", Form::bytes, nullptr},
    {EntryNumber::code_digest, "code-digest", Form::bytes, "hexadecimal"},
    {EntryNumber::revoked_keys, "revoked-keys", Form::revocations,
     "id:release,thumbprint:64 hexadecimal digits,number:7"},
    {EntryNumber::note, "note", Form::text, "any text"},
    {EntryNumber::variables, "variables", Form::bytes, nullptr},
    {EntryNumber::accelerator, "accelerator", Form::bytes, nullptr},
    {EntryNumber::model_format, "model-format", Form::bytes, nullptr},
    {EntryNumber::companion, "companion", Form::bytes, nullptr},
    {EntryNumber::in_place, "in-place", Form::bytes, nullptr},
    {EntryNumber::way_back, "way-back", Form::bytes, nullptr},
    {EntryNumber::format1_operator_hash, "operator-hash", Form::hash, "0xabcd1234 (format 1 only)"},
    {EntryNumber::format1_io_hash, "io-hash", Form::hash, "0xdeadbeef (format 1 only)"},
};

const Key* find(EntryNumber number) {
  const auto* found =
      std::find_if(std::begin(kKeys), std::end(kKeys), [&](const Key& key) { return key.number == number; });
  return found == std::end(kKeys) ? nullptr : found;
}

Bytes little_endian(std::uint64_t value, std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
  return bytes;
}

Bytes of_length(Bytes bytes, std::size_t length, std::string_view text) {
  if (bytes.size() != length)
    throw Error(fmt::format("'{}' has not {} hexadecimal digits", text, 2 * length));
  return bytes;
}

Bytes parse_version(std::string_view text) {
  Bytes bytes;
  for (const std::uint16_t part : to_version(text)) {
    const Bytes number = little_endian(part, 2);
    bytes.insert(bytes.end(), number.begin(), number.end());
  }
  return bytes;
}

Bytes parse_lineage(std::string_view text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  Bytes bytes = of_length(from_hex(text.substr(0, colon)), 32, text);
  const std::string_view words = text.substr(std::min(colon + 1, text.size()));
  bytes.insert(bytes.end(), words.begin(), words.end());
  return bytes;
}

/// In bytes, as firmware states its slots' alignment; the entry has the logarithm.
Bytes parse_alignment(std::string_view text) {
  const std::uint64_t bytes = to_number(text, std::uint64_t{1} << 31);
  if (bytes == 0 || (bytes & (bytes - 1)) != 0) throw Error(fmt::format("'{}' is no power of two", text));
  std::uint8_t exponent = 0;
  while (bytes >> exponent != 1) ++exponent;
  return {exponent};
}

Bytes parse_value(Form form, std::string_view text) {
  switch (form) {
    case Form::alignment:
      return parse_alignment(text);
    case Form::u16:
      return little_endian(to_number(text, 0xFFFF), 2);
    case Form::u32:
    case Form::hash:
      return little_endian(to_number(text, 0xFFFFFFFF), 4);
    case Form::version:
      return parse_version(text);
    case Form::uuid:
      return of_length(from_hex(text), 16, text);
    case Form::mode:
      if (text != "strict" && text != "relaxed") throw Error(fmt::format("'{}' is no such mode", text));
      return {text == "strict" ? std::uint8_t{0} : std::uint8_t{1}};
    case Form::text:
      return Bytes(text.begin(), text.end());
    case Form::lineage:
      return parse_lineage(text);
    case Form::revocations:
      return parse_revocations(text);
    case Form::bytes: {
      Bytes bytes = from_hex(text);
      if (bytes.empty()) throw Error("there are no hexadecimal digits");
      return bytes;
    }
  }
  return {};
}

std::string uuid_text(ConstBytes value) {
  return fmt::format("{}-{}-{}-{}-{}", to_hex(value.first(4)), to_hex(value.slice(4, 2)),
                     to_hex(value.slice(6, 2)), to_hex(value.slice(8, 2)), to_hex(value.from(10)));
}

/// Text from a file that may be hostile.
std::string printable(ConstBytes value) {
  return terminal_text(std::string(value.begin(), value.end()));
}

std::string describe_companion(ConstBytes value) {
  ByteReader reader(value);
  const std::uint16_t schema = reader.u16();
  const std::uint32_t size = reader.varint();
  return reader.failed() ? to_hex(value) : fmt::format("{} bytes of schema {}", size, schema);
}

std::string describe_in_place(ConstBytes value) {
  codec::ReadWindow window;
  if (in_place::parse_window(value, window) != Status::ok) return to_hex(value);
  return fmt::format("blocks of {} bytes, {} spare ones, {} of them go home at a time", window.block_size,
                     window.spare, window.batch);
}

std::string describe_way_back(ConstBytes value) {
  in_place::WayBackEntry entry;
  for (const DigestKind kind : {DigestKind::crc32, DigestKind::sha256}) {
    if (in_place::parse_way_back(value, kind, entry) == Status::ok)
      return fmt::format("a second body of {} bytes turns the target into its base", entry.body_length);
  }
  return to_hex(value);
}

constexpr std::string_view kVendorPrefix = "vendor-";

bool is_vendor(EntryNumber number) {
  return number >= EntryNumber::first_vendor;
}

}  // namespace

std::string name_of(EntryNumber number) {
  if (const Key* key = find(number)) return key->name;
  return fmt::format("{}{:#04x}", is_vendor(number) ? kVendorPrefix : "entry-",
                     static_cast<unsigned>(number));
}

std::string describe(EntryNumber number, ConstBytes value) {
  if (number == EntryNumber::operator_set) return model::describe_operators(value);
  if (number == EntryNumber::io_schema) return model::describe_io_schema(value);
  if (number == EntryNumber::self_test) return model::describe_self_test(value);
  if (number == EntryNumber::variables) return model::describe_variables(value);
  if (number == EntryNumber::accelerator) return model::describe_accelerator(value);
  if (number == EntryNumber::model_format) return model::describe_model_format(value);
  if (number == EntryNumber::companion) return describe_companion(value);
  if (number == EntryNumber::in_place) return describe_in_place(value);
  if (number == EntryNumber::way_back) return describe_way_back(value);
  const Key* key = find(number);
  const Form form = key == nullptr ? Form::bytes : key->form;
  const std::size_t size = value.size();
  if (number == EntryNumber::arena_bytes && size == 4 && model::is_arena_bound(load_le32(value.data())))
    return fmt::format("{} (a bound: not all kernels are known)", load_le32(value.data()));
  if (form == Form::alignment && size == 1 && value[0] < 32)
    return std::to_string(std::uint64_t{1} << value[0]);
  if (form == Form::u16 && size == 2) return std::to_string(load_le16(value.data()));
  if (form == Form::u32 && size == 4) return std::to_string(load_le32(value.data()));
  if (form == Form::hash && size == 4) return fmt::format("{:#010x}", load_le32(value.data()));
  if (form == Form::mode && size == 1 && value[0] < 2) return value[0] == 0 ? "strict" : "relaxed";
  if (form == Form::uuid && size == 16) return uuid_text(value);
  if (form == Form::text) return printable(value);
  if (form == Form::revocations) return describe_revocations(value);
  if (form == Form::version && size == 6) {
    return fmt::format("{}.{}.{}", load_le16(value.data()), load_le16(value.data() + 2),
                       load_le16(value.data() + 4));
  }
  if (form == Form::lineage && size >= 32) {
    return to_hex(value.first(32)) + (size > 32 ? ":" + printable(value.from(32)) : "");
  }
  return to_hex(value);
}

format::EntryToWrite parse_meta(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) throw Error(fmt::format("--meta {}: this is not KEY=VALUE", text));
  std::string_view name = text.substr(0, equals);
  const std::string_view value = text.substr(equals + 1);
  format::EntryToWrite entry{EntryNumber::note, name.ends_with('!'), {}};
  if (entry.critical) name.remove_suffix(1);
  try {
    if (name.starts_with(kVendorPrefix)) {
      const auto number = static_cast<std::uint8_t>(to_number(name.substr(kVendorPrefix.size()), 0x7F));
      if (!is_vendor(static_cast<EntryNumber>(number))) throw Error("vendor numbers are 0x60 to 0x7f");
      entry.number = static_cast<EntryNumber>(number);
      entry.value = from_hex(value);
      return entry;
    }
    for (const Key& key : kKeys) {
      if (key.example == nullptr || name != key.name) continue;
      entry.number = key.number;
      entry.value = parse_value(key.form, value);
      return entry;
    }
  } catch (const Error& error) {
    throw Error(fmt::format("--meta {}: {}", text, error.what()));
  }
  throw Error(fmt::format("--meta {}: there is no key '{}'; tmd diff --help lists them", text, name));
}

std::string meta_help() {
  std::string text = "Keys of --meta (a ! after the key makes the entry critical):\n";
  for (const Key& key : kKeys) {
    if (key.example != nullptr) text += fmt::format("  {:<13} {}\n", key.name, key.example);
  }
  return text + fmt::format("  {:<13} {}\n", "vendor-0x60", "hexadecimal; numbers up to 0x7f");
}

void replace_entry(std::vector<format::EntryToWrite>& entries, format::EntryToWrite entry) {
  std::erase_if(entries, [&](const format::EntryToWrite& known) { return known.number == entry.number; });
  entries.push_back(std::move(entry));
}

}  // namespace tmd::host::patch
