// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/digest/crc32.hpp"
#include "tmd/internal/format/entries.hpp"
#include "tmd/internal/guard/self_test_entry.hpp"
#include "tmd/status.hpp"

namespace tmd {

/// What is written behind a target: its self-test, then its facts. Kept in RAM from the manifest to the end of
/// the update; `kSize` bytes, none of them where a configuration keeps neither.
template <std::uint32_t kSize>
struct Trailer {
  static_assert(kSize <= 0xFFFF, "self-test and facts are at most 65,535 bytes");

  std::uint16_t self_test_size;
  std::uint16_t facts_size;
  std::uint8_t bytes[kSize];

  ConstBytes view() const { return ConstBytes(bytes).first(std::uint32_t{self_test_size} + facts_size); }
  std::uint32_t crc() const { return Crc32::of(view()); }

  /// Before any fact. ok; malformed_manifest; needs_more_memory where this build keeps smaller ones only.
  [[nodiscard]] Status keep_self_test(ConstBytes value, std::uint32_t most) {
    SelfTestEntry entry;
    if (value.empty()) return Status::ok;
    if (value.size() > most) return Status::needs_more_memory;
    copy_bytes(value, MutableBytes(bytes));
    self_test_size = static_cast<std::uint16_t>(value.size());
    return parse_self_test(value, entry);
  }

  /// Keeps an entry as it stands in a manifest: ok; needs_more_memory.
  [[nodiscard]] Status keep_fact(const Entry& entry) {
    const std::uint32_t length = static_cast<std::uint32_t>(entry.value.size());
    const bool is_long = length >= 0x80;
    const std::uint32_t at = std::uint32_t{self_test_size} + facts_size;
    if (length >= 0x4000 || !fits(at, length + (is_long ? 3 : 2), kSize)) return Status::needs_more_memory;
    std::uint8_t* out = bytes + at;
    *out++ = static_cast<std::uint8_t>(entry.number);
    *out++ = static_cast<std::uint8_t>(is_long ? 0x80U | (length & 0x7FU) : length);
    if (is_long) *out++ = static_cast<std::uint8_t>(length >> 7);
    copy_bytes(entry.value.data(), out, length);
    facts_size = static_cast<std::uint16_t>(out - bytes + static_cast<std::int32_t>(length) - self_test_size);
    return Status::ok;
  }

  static constexpr bool has_room(std::uint32_t size) { return size <= kSize; }
  /// Facts that were kept before, and nothing else; there is room for them.
  void put_facts(ConstBytes facts) {
    self_test_size = 0;
    facts_size = static_cast<std::uint16_t>(facts.size());
    copy_bytes(facts, MutableBytes(bytes));
  }
};

template <>
struct Trailer<0> {
  static constexpr std::uint16_t self_test_size = 0;
  static constexpr std::uint16_t facts_size = 0;
  static constexpr ConstBytes view() { return ConstBytes(); }
  static constexpr std::uint32_t crc() { return 0; }
  [[nodiscard]] static constexpr Status keep_self_test(ConstBytes, std::uint32_t) { return Status::ok; }
  [[nodiscard]] static constexpr Status keep_fact(const Entry&) { return Status::ok; }
  static constexpr bool has_room(std::uint32_t size) { return size == 0; }
  static constexpr void put_facts(ConstBytes) {}
};

}  // namespace tmd
