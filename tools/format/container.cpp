// SPDX-License-Identifier: Apache-2.0
#include "format/container.hpp"

#include <algorithm>
#include <stdexcept>

#include "tmd/internal/format/format2.hpp"

namespace tmd::host::format {

void append_varint(Bytes& out, std::uint32_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<std::uint8_t>(value | 0x80U));
    value >>= 7;
  }
  out.push_back(static_cast<std::uint8_t>(value));
}

namespace {

Bytes write_entries(std::vector<EntryToWrite> entries) {
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
  Bytes out;
  for (const EntryToWrite& entry : entries) {
    out.push_back(static_cast<std::uint8_t>(static_cast<unsigned>(entry.number) |
                                            (entry.critical ? kCriticalBit : 0U)));
    append_varint(out, static_cast<std::uint32_t>(entry.value.size()));
    out.insert(out.end(), entry.value.begin(), entry.value.end());
  }
  if (out.size() > format2::kMaxPartSize)
    throw std::invalid_argument("the manifest entries exceed 65,535 bytes");
  if (format2::validate_entries(view(out)) != Status::ok) {
    throw std::invalid_argument("a manifest entry stands twice or has the wrong length for its number");
  }
  return out;
}

}  // namespace

Bytes write_manifest(const PatchParts& parts) {
  const Bytes entries = write_entries(parts.entries);
  Bytes out;
  out.push_back(kFormat2);
  out.push_back(static_cast<std::uint8_t>(static_cast<unsigned>(parts.target.kind) |
                                          (parts.authenticated ? format2::kAuthenticated : 0U) |
                                          (parts.encrypted ? format2::kEncrypted : 0U)));
  out.push_back(parts.codec_parameters);
  append_varint(out, parts.base_length);
  append_varint(out, zigzag(static_cast<std::int32_t>(parts.target_length - parts.base_length)));
  append_varint(out, parts.body_length);
  append_varint(out, static_cast<std::uint32_t>(entries.size()));
  for (const Digest* digest : {&parts.base, &parts.target}) {
    const ConstBytes bytes = digest->view();
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  out.insert(out.end(), entries.begin(), entries.end());
  const std::uint16_t check = format2::check_of(view(out));
  out.push_back(static_cast<std::uint8_t>(check));
  out.push_back(static_cast<std::uint8_t>(check >> 8));
  return out;
}

Bytes join_patch(const Bytes& manifest, const Bytes& authentication, const Bytes& body) {
  Bytes out = manifest;
  if (!authentication.empty()) {
    append_varint(out, static_cast<std::uint32_t>(authentication.size()));
    out.insert(out.end(), authentication.begin(), authentication.end());
  }
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

}  // namespace tmd::host::format
