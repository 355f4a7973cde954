// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/digest/digest.hpp"

namespace tmd {

/// SHA-256 (FIPS 180-4), written for size: the message schedule is kept in a ring of 16 words.
/// Messages are shorter than 4 GiB. Holds 100 bytes of state, all zero at first so that a static object needs
/// no initial value in flash, and can be copied at any point to fork a computation.
class Sha256 {
 public:
  static constexpr std::size_t kBlockSize = 64;

  /// Forgets everything: the next byte is a message's first.
  constexpr void restart() { length_ = 0; }

  void update(ConstBytes bytes) {
    start();
    const std::uint8_t* next = bytes.begin();
    while (next != bytes.end()) {
      if (length_ % kBlockSize == 0 && static_cast<std::size_t>(bytes.end() - next) >= kBlockSize) {
        next = take_block(next);
      } else {
        push(*next++);
      }
    }
  }

  /// Writes the 32 digest bytes and ends the computation.
  void finish(MutableBytes digest) {
    start();
    const std::uint32_t length = length_;
    push(0x80);
    while (length_ % kBlockSize != kBlockSize - 8) push(0);
    block_[14] = length >> 29;  // in bits
    block_[15] = length << 3;
    compress();
    for (std::size_t i = 0; i < Digest::kMaxSize && i < digest.size(); ++i) {
      std::uint32_t& word = state_.words[i / 4];
      digest[i] = static_cast<std::uint8_t>(word >> 24);
      word <<= 8;
    }
  }

 private:
  struct State {
    std::uint32_t words[8];
  };
  static inline constexpr State kInitial = {
      {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
  static inline constexpr std::uint32_t kRound[64] = {
      0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
      0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
      0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
      0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
      0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
      0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
      0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
      0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

  static constexpr std::uint32_t rotate(std::uint32_t x, unsigned n) { return (x >> n) | (x << (32 - n)); }

  constexpr void start() {
    if (length_ == 0) state_ = kInitial;
  }

  static constexpr std::uint32_t load_be32(const std::uint8_t* p) {
    return (static_cast<std::uint32_t>(p[0]) << 24) | (static_cast<std::uint32_t>(p[1]) << 16) |
           (static_cast<std::uint32_t>(p[2]) << 8) | p[3];
  }
  void push(std::uint8_t byte) {
    std::uint32_t& word = block_[length_ % kBlockSize / 4];
    word = (word << 8) | byte;
    if (++length_ % kBlockSize == 0) compress();
  }
  const std::uint8_t* take_block(const std::uint8_t* bytes) {
    for (std::uint32_t& word : block_) {
      word = load_be32(bytes);
      bytes += 4;
    }
    length_ += kBlockSize;
    compress();
    return bytes;
  }

  void compress() {
    // Each round's a to h lie one word before the last one's, so that six of the eight are where they belong.
    std::uint32_t mixed[16 + 8];
    const std::uint32_t* last = state_.words;
    for (unsigned from = 0; from < 64; from += 16) {
      if (from != 0) schedule();
      std::uint32_t* v = mixed + 16;
      for (unsigned i = 0; i < 8; ++i) v[i] = last[i];
      last = mixed;
      for (unsigned i = 0; i < 16; ++i) {
        const std::uint32_t e = v[4];
        // The three rotations of FIPS 180-4, and in the end one of all: that is part of an addition where shifts are.
        const std::uint32_t t1 = v[7] + rotate(e ^ rotate(e ^ rotate(e, 14), 5), 6) +
                                 ((e & (v[5] ^ v[6])) ^ v[6]) + kRound[from + i] + block_[i];
        const std::uint32_t a = v[0];
        const std::uint32_t t2 =
            rotate(a ^ rotate(a ^ rotate(a, 9), 11), 2) + ((a & v[1]) | (v[2] & (a | v[1])));
        v[3] += t1;
        --v;
        v[0] = t1 + t2;
      }
    }
    for (unsigned i = 0; i < 8; ++i) state_.words[i] += mixed[i];
  }

  /// The next 16 words of the message schedule, in the place of the last.
  void schedule() {
    for (unsigned next = 1; next <= 16; ++next) {
      const std::uint32_t w15 = block_[next % 16];
      const std::uint32_t w2 = block_[(next + 13) % 16];
      block_[next - 1] += (rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >> 3)) + block_[(next + 8) % 16] +
                          (rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >> 10));
    }
  }

  std::uint32_t block_[16] = {};  // first: what is indexed most is reached with the shortest instructions
  State state_{};
  std::uint32_t length_ = 0;  ///< Bytes.
};

}  // namespace tmd
