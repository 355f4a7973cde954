// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/status.hpp"

namespace tmd {

/// TFLite's builtin code of operators that are known by a name.
constexpr std::uint16_t kCustomOperator = 32;

/// An operator that a firmware links in.
struct SupportedOperator {
  std::uint16_t builtin;              ///< TFLite's builtin code.
  std::uint16_t version;              ///< The newest version of it that the kernel runs.
  const char* custom_name = nullptr;  ///< Of a custom operator (builtin code 32).
};

namespace detail {

constexpr bool is_name(ConstBytes name, const char* known) {
  if (known == nullptr) return name.empty();
  for (const std::uint8_t byte : name) {
    if (*known == '\0' || static_cast<std::uint8_t>(*known) != byte) return false;
    ++known;
  }
  return *known == '\0';
}

}  // namespace detail

/// Holds a manifest's operator set (entry 0x03) against the operators of a firmware. The entry is a list up
/// to its end: varint builtin code, varint version; where the code is 32 (custom) also varint length and
/// name. ok; operator_missing; malformed_manifest.
[[nodiscard]] inline Status check_operator_set(ConstBytes set, const SupportedOperator* supported,
                                               std::size_t count) {
  ByteReader reader(set);
  while (reader.remaining() != 0) {
    const std::uint32_t builtin = reader.varint();
    const std::uint32_t version = reader.varint();
    ConstBytes name;
    if (builtin == kCustomOperator) {
      const std::uint32_t length = reader.varint();
      name = reader.take(length);
    }
    if (reader.failed()) return Status::malformed_manifest;
    bool found = false;
    for (std::size_t i = 0; i < count && !found; ++i) {
      found = supported[i].builtin == builtin && version <= supported[i].version &&
              (builtin != kCustomOperator || detail::is_name(name, supported[i].custom_name));
    }
    if (!found) return Status::operator_missing;
  }
  return Status::ok;
}

}  // namespace tmd
