// SPDX-License-Identifier: Apache-2.0
// Holds the decoder's place until it lands: the codec's own file replaces this one whole (keep `static Status
// check(parameters)`, which says needs_more_memory before anything is written; the updater calls it when the
// manifest is accepted).
#pragma once
#include <cstddef>
#include <cstdint>

#include "tmd/bytes.hpp"
namespace tmd::codec {
struct DefaultConfig {};
template <class C>
class Decoder {  // placeholder
 public:
  static constexpr Status check(std::uint8_t) { return Status::ok; }
  Status begin(std::uint8_t, std::uint32_t, std::uint32_t t) {
    left_ = t;
    n_ = 0;
    return Status::ok;
  }
  std::size_t sink(ConstBytes b) {
    std::size_t k = 0;
    while (n_ < 32 && k < b.size()) q_[n_++] = b[k++];
    return k;
  }
  void end_of_input() {}
  template <class Io>
  Status poll(Io& io) {
    while (left_) {
      if (!n_) return Status::need_more;
      if (!io.room()) return Status::ok;
      io.put(q_[0]);
      --n_;
      --left_;
      for (std::size_t i = 0; i < n_; ++i) q_[i] = q_[i + 1];
    }
    return Status::complete;
  }

 private:
  std::uint32_t left_ = 0;
  std::size_t n_ = 0;
  std::uint8_t q_[33] = {};
};
}  // namespace tmd::codec
