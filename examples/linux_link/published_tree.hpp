// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include "tmd/digest/digests.hpp"
#include "tmd/model_store.hpp"

// Names in a tree of `tmd publish` (docs/publish.md), as a device makes them.

inline std::string hex_text(const std::uint8_t* bytes, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    char digits[3];
    std::snprintf(digits, sizeof(digits), "%02x", bytes[i]);
    text += digits;
  }
  return text;
}

/// CHANNEL/BUCKET/BASE: where the pointer lies for a device with this identifier and this model.
inline std::string pointer_place(const std::string& channel, const std::string& device,
                                 const tmd::ActiveModel& model) {
  const tmd::Digest digest =
      tmd::digest_of(tmd::DigestKind::sha256,
                     tmd::ConstBytes(reinterpret_cast<const std::uint8_t*>(device.data()), device.size()));
  const std::uint32_t number = std::uint32_t{digest.bytes[0]} << 24 | std::uint32_t{digest.bytes[1]} << 16 |
                               std::uint32_t{digest.bytes[2]} << 8 | digest.bytes[3];
  const std::string base = model.present ? hex_text(model.digest.bytes.data(), 8) : "nothing";
  return channel + "/" + std::to_string(number % 100) + "/" + base;
}

/// A text field of a pointer; empty where it is not there.
inline std::string pointer_field(const std::string& pointer, const char* name) {
  const std::string key = std::string("\"") + name + "\":\"";
  const std::size_t at = pointer.find(key);
  if (at == std::string::npos) return "";
  return pointer.substr(at + key.size(), pointer.find('"', at + key.size()) - at - key.size());
}
