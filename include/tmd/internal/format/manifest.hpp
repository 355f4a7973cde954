// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/digest/digest.hpp"

namespace tmd {

/// The version numbers that a patch may begin with.
constexpr std::uint8_t kFormat1 = 1;
constexpr std::uint8_t kFormat2 = 2;

/// What the front of a patch says, whichever the format: lengths in bytes, digests, where its parts lie.
/// Offsets are patch offsets. The entries themselves stay in the buffer that was parsed.
struct Manifest {
  std::uint8_t version = 0;
  std::uint8_t codec_parameters = 0;  ///< Format 2: opaque to the container, for the body's decoder.
  bool authenticated = false;
  bool encrypted = false;
  std::uint32_t base_length = 0;
  std::uint32_t target_length = 0;
  std::uint32_t body_length = 0;  ///< Format 2; a format 1 patch does not declare it.
  Digest base;
  Digest target;
  std::uint16_t chunk_count = 0;  ///< Format 1: how many chunks follow.
  std::uint32_t entries_offset = 0;
  std::uint32_t entries_size = 0;
  std::uint32_t signed_size = 0;  ///< Bytes from the first one that a signature covers.
  std::uint32_t authentication_offset = 0;
  std::uint32_t authentication_size = 0;
  /// Until the manifest is whole (need_more), how many bytes from the front of the patch are needed to go on, at
  /// least: a collector that gives exactly that many never takes a byte of the body.
  std::uint32_t body_offset = 0;
};

}  // namespace tmd
