// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "support/device.hpp"
#include "tmd/digest/crc32.hpp"

namespace tmd::test {

template <class Flash>
struct WithFormat1 : UnsignedConfig<Flash> {
  static constexpr bool kFormat1 = true;
};

inline void append(Bytes& out, std::uint32_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

/// One chunk as it stands in the patch.
struct Chunk {
  std::uint32_t offset;
  std::uint8_t encoding;
  Bytes payload;
  bool has_crc = true;
};

/// A format 1 patch, laid out by hand from the description of the format.
inline Bytes format1_patch(const Bytes& base, const Bytes& target, const std::vector<Chunk>& chunks,
                           const Bytes& metadata = {}) {
  Bytes out = {1, 1};
  append(out, static_cast<std::uint32_t>(chunks.size()), 2);
  append(out, static_cast<std::uint32_t>(base.size()), 4);
  append(out, static_cast<std::uint32_t>(target.size()), 4);
  for (const Bytes* model : {&base, &target}) {
    append(out, Crc32::of(view(*model)), 4);
    out.resize(out.size() + 28);
  }
  append(out, static_cast<std::uint32_t>(metadata.size()), 2);
  append(out, 0, 2);
  out.insert(out.end(), metadata.begin(), metadata.end());
  for (const Chunk& chunk : chunks) {
    append(out, chunk.offset, 4);
    append(out, static_cast<std::uint32_t>(chunk.payload.size()), 2);
    out.push_back(chunk.encoding);
    out.push_back(chunk.has_crc ? 1 : 0);
    if (chunk.has_crc) append(out, Crc32::of(view(chunk.payload)), 4);
    out.insert(out.end(), chunk.payload.begin(), chunk.payload.end());
  }
  return out;
}

}  // namespace tmd::test
