// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/digest/digest.hpp"
#include "tmd/internal/codec/read_window.hpp"
#include "tmd/status.hpp"

namespace tmd::in_place {

/// Whether a configuration puts the targets of updates in place on trial, and takes them back in place.
template <class Config>
constexpr bool takes_back() {
  return Config::kOneSlot && Config::kTrialBoots != 0;
}

/// The value of a patch's entry about being applied in place: the block size as a power of two, spare blocks, blocks
/// that go home at a time. malformed_manifest.
[[nodiscard]] constexpr Status parse_window(ConstBytes value, codec::ReadWindow& window) {
  ByteReader reader(value);
  const std::uint8_t block_bits = reader.u8();
  window.spare = reader.u8();
  window.batch = reader.u8();
  if (reader.failed() || reader.remaining() != 0 || block_bits > 24) return Status::malformed_manifest;
  window.block_size = std::uint32_t{1} << block_bits;
  return window.is_sane() ? Status::ok : Status::malformed_manifest;
}

/// What an update in place keeps of itself beside the decoder: which blocks of the target wait in the ring, and where.
/// A configuration with two slots has nothing of it.
template <bool kOneSlot>
struct RingMap {
  /// Spare blocks that are used, at most.
  static constexpr unsigned kMostPlaces = 4;
  static constexpr std::uint32_t kNoBlock = 0xFFFFFFFFU;

  struct Place {
    std::uint32_t block;  ///< Of the target, counted from 0; kNoBlock: none that is needed.
    std::uint32_t crc;    ///< CRC-32 of the block.
  };

  codec::ReadWindow window;
  std::uint8_t head;  ///< The place that is written next.
  std::uint8_t places;
  Place place[kMostPlaces];
  Digest patch;  ///< Of the whole staged patch, as it was tried out.

  /// Takes the window that the patch was made for. ok; malformed_manifest; where there is none, a full model.
  [[nodiscard]] Status keep_window(ConstBytes entry) {
    return entry.empty() ? Status::ok : parse_window(entry, window);
  }
  void forget_places() {
    for (Place& each : place) each.block = kNoBlock;
  }
};

template <>
struct RingMap<false> {
  [[nodiscard]] static constexpr Status keep_window(ConstBytes entry) {
    return entry.empty() ? Status::ok : Status::slots_mismatch;
  }
};

}  // namespace tmd::in_place
