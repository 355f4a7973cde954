// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tmd {

/// The value of manifest entry 0x15: two words, little-endian, of an Ethos-U command stream's optimizer configuration;
/// the part's own registers CONFIG and ID have the same fields.
struct AcceleratorWords {
  std::uint32_t config;
  std::uint32_t id;
};

/// Whether a part runs a command stream: what Arm's driver compares, no more. Of the configuration multiply-accumulate
/// units (bits 0-3), stream version (4-7) and product (28-31); of an Ethos-U85 its memory ports, too (8-10); a DMA unit
/// of the part's own (27) where the stream wants one. Of the architecture the major version, and no newer minor one.
constexpr bool runs_stream(const AcceleratorWords& part, const AcceleratorWords& stream) {
  constexpr std::uint32_t kU85 = 2;
  constexpr std::uint32_t kOwnDma = 1U << 27;
  constexpr std::uint32_t kMajor = 0xF0000000;
  constexpr std::uint32_t kMinor = 0x0FF00000;
  const std::uint32_t compared = part.config >> 28 == kU85 ? 0xF00007FF : 0xF00000FF;
  return ((stream.config ^ part.config) & compared) == 0 && (stream.config & ~part.config & kOwnDma) == 0 &&
         ((stream.id ^ part.id) & kMajor) == 0 && (stream.id & kMinor) <= (part.id & kMinor);
}

}  // namespace tmd
