// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
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

/// What a device is pointed to.
struct Pointer {
  std::string object;          ///< SHA-256 of the patch: its name in the tree.
  std::uint32_t identity = 0;  ///< By which an interrupted update of it is known.
};

/// A pointer is a line of some 200 bytes; what is longer than this is none.
constexpr std::size_t kLongestPointer = 1024;

/// The digits of a text field; empty where it is not there, or has not so many.
inline std::string digits_in(const std::string& pointer, const char* name, std::size_t count) {
  const std::string key = std::string("\"") + name + "\":\"";
  const std::size_t at = pointer.find(key);
  if (at == std::string::npos || pointer.size() > kLongestPointer) return "";
  const std::string digits = pointer.substr(at + key.size(), count);
  const bool ends = pointer.compare(at + key.size() + digits.size(), 1, "\"") == 0;
  return ends && digits.size() == count && digits.find_first_not_of("0123456789abcdef") == std::string::npos
             ? digits
             : "";
}

/// False where the text is no pointer: what it names becomes a path.
inline bool read_pointer(const std::string& text, Pointer& pointer) {
  pointer.object = digits_in(text, "o", 64);
  const std::string identity = digits_in(text, "i", 8);
  pointer.identity = static_cast<std::uint32_t>(std::strtoul(identity.c_str(), nullptr, 16));
  return !pointer.object.empty() && !identity.empty();
}
