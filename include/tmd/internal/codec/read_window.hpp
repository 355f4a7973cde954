// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tmd {
namespace codec {

/// Which bytes of base and target may still be read while a target is written over its base: those from `floor` on.
/// Blocks of the target wait in `spare` blocks beside the model; whenever these are full, the `batch` oldest go home,
/// over the blocks of the base that lie there. With `block_size` 0 base and target lie apart, and all may be read.
struct ReadWindow {
  std::uint32_t block_size = 0;  ///< Bytes.
  std::uint8_t spare = 0;        ///< Blocks, 2 to 4 are sensible.
  std::uint8_t batch = 0;        ///< Blocks that go home at a time: less than `spare`, at least 1.

  constexpr bool is_open() const { return block_size == 0; }
  /// True for numbers that mean something.
  constexpr bool is_sane() const { return block_size != 0 && batch != 0 && batch < spare; }
  /// Blocks of the target that are home when block `block` is being produced.
  constexpr std::uint32_t blocks_home(std::uint32_t block) const {
    return block < spare ? 0 : ((block - spare) / batch + 1) * batch;
  }
  /// The first byte of base and target that may be read when the byte at this target offset is produced.
  constexpr std::uint32_t floor(std::uint32_t produced) const {
    return is_open() ? 0 : blocks_home(produced / block_size) * block_size;
  }
  /// Whether an operation may read `length` bytes from `source` on, one for each byte that it produces from `target`
  /// on.
  constexpr bool spans(std::uint32_t source, std::uint32_t target, std::uint32_t length) const {
    if (is_open() || source >= target) return true;
    for (std::uint32_t done = 0; done < length; done += block_size - (target + done) % block_size) {
      if (source + done < floor(target + done)) return false;
    }
    return true;
  }
};

/// What an Io that updates in place answers with its `read_floor(produced)`; 0 from any other.
template <class Io>
constexpr auto read_floor_of(const Io& io, std::uint32_t produced, int) -> decltype(io.read_floor(produced)) {
  return io.read_floor(produced);
}
template <class Io>
constexpr std::uint32_t read_floor_of(const Io&, std::uint32_t, long) {
  return 0;
}

}  // namespace codec
}  // namespace tmd
