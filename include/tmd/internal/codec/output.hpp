// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tmd {
namespace codec {

/// What was produced of the target: how much, and the bytes of a word that wait for room.
class Output {
 public:
  /// Bytes of the target that were put.
  std::uint32_t produced() const { return produced_; }
  /// Some bytes of a word wait for room.
  bool waits() const { return waiting_ > 0; }

  template <class Io>
  [[gnu::always_inline]] void put(Io& io, std::uint8_t byte) {
    io.put(byte);
    ++produced_;
  }
  /// Puts the low `size` bytes of a word, now and as soon as there is room again.
  template <class Io>
  void put_word(Io& io, std::uint32_t word, unsigned size) {
    word_ = word;
    waiting_ = static_cast<std::uint8_t>(size);
    put_waiting(io);
  }
  template <class Io>
  void put_waiting(Io& io) {
    while (waiting_ > 0 && io.room() > 0) {
      put(io, static_cast<std::uint8_t>(word_));
      word_ >>= 8;
      --waiting_;
    }
  }

 private:
  std::uint32_t produced_;
  std::uint32_t word_;
  std::uint8_t waiting_;
};

}  // namespace codec
}  // namespace tmd
