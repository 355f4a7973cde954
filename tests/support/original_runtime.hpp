// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tmd/bytes.hpp"
#include "tmd/digest/crc32.hpp"

namespace tmd::test {

/// Applies a format 1 patch the way the original project's runtime does, written from the description of its
/// behaviour and of the format alone: slots of one size, the base cloned, chunks decoded into a buffer of
/// 1,024 bytes where they are runs. Gives nothing where that runtime would refuse the patch or read and write
/// where it must not.
///
/// The model's length is no concern of that runtime: the slot is returned whole.
inline std::optional<std::vector<std::uint8_t>> apply_like_the_original(
    std::vector<std::uint8_t> slot, const std::vector<std::uint8_t>& patch) {
  ByteReader reader(ConstBytes(patch.data(), patch.size()));
  if (reader.u8() != 1 || reader.u8() > 2) return std::nullopt;
  const std::uint16_t chunks = reader.u16();
  (void)reader.take(4 + 4 + 32 + 32);
  const std::uint16_t metadata = reader.u16();
  if (reader.u16() != 0) return std::nullopt;
  (void)reader.take(metadata);
  std::uint32_t last_offset = 0;
  for (unsigned i = 0; i < chunks; ++i) {
    const std::uint32_t offset = reader.u32();
    const std::uint16_t size = reader.u16();
    const bool runs = reader.u8() == 1;
    const bool has_crc = reader.u8() == 1;
    const std::uint32_t crc = has_crc ? reader.u32() : 0;
    const ConstBytes payload = reader.take(size);
    if (reader.failed() || offset < last_offset) return std::nullopt;
    last_offset = offset;
    if (has_crc && Crc32::of(payload) != crc) return std::nullopt;
    std::vector<std::uint8_t> decoded(payload.begin(), payload.end());
    if (runs) {
      if (size % 2 != 0) return std::nullopt;
      decoded.clear();
      for (std::size_t pair = 0; pair < size; pair += 2) {
        decoded.insert(decoded.end(), payload[pair] == 0 ? 256 : payload[pair], payload[pair + 1]);
      }
      if (decoded.size() > 1024) return std::nullopt;
    }
    if (offset + std::uint64_t{decoded.size()} > slot.size()) return std::nullopt;
    for (std::size_t at = 0; at < decoded.size(); ++at) slot[offset + at] = decoded[at];
  }
  if (reader.remaining() != 0) return std::nullopt;
  return slot;
}

}  // namespace tmd::test
