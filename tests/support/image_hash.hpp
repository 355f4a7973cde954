// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace tmd::test {

/// Tells apart states that were met: 64 bits, quick, not for keeping (FNV-1a over words, mixed at the end).
class ImageHash {
 public:
  void add(std::uint64_t word) {
    sum_ = (sum_ ^ word) * 0x100000001B3U;
    sum_ ^= sum_ >> 29;
  }
  template <class Byte>
  void add_bytes(const std::vector<Byte>& bytes) {
    static_assert(sizeof(Byte) == 1, "what is hashed eight at a time are bytes");
    std::uint64_t word = 0;
    std::size_t at = 0;
    for (; bytes.size() - at >= sizeof(word); at += sizeof(word)) {
      std::memcpy(&word, bytes.data() + at, sizeof(word));
      add(word);
    }
    word = bytes.size();
    if (at < bytes.size()) std::memcpy(&word, bytes.data() + at, bytes.size() - at);
    add(word);
  }
  std::uint64_t value() const {
    std::uint64_t z = sum_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t sum_ = 0xCBF29CE484222325U;
};

}  // namespace tmd::test
