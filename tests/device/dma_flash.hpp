// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "support/bytes.hpp"
#include "tmd/flash.hpp"

namespace tmd::test {

/// A driver around RAM flash that starts an operation, answers would_block for some calls, and reads the bytes where
/// they were given to it, a few at each call, as a DMA unit does.
template <class Ram>
class DmaFlash {
 public:
  explicit DmaFlash(unsigned calls) : calls_(calls) {}

  static constexpr std::uint32_t size() { return Ram::size(); }
  static constexpr std::uint32_t erase_size() { return Ram::erase_size(); }
  static constexpr std::uint32_t program_size() { return Ram::program_size(); }
  Status read(std::uint32_t address, MutableBytes out) { return ram_.read(address, out); }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    return ram_.is_blank(address, length, blank);
  }
  Status program(std::uint32_t address, ConstBytes bytes) {
    if (left_ == 0) {
      left_ = calls_ + 1;
      from_ = bytes;
      fetched_.clear();
    }
    const std::size_t end = from_.size() * (calls_ + 2 - left_) / (calls_ + 1);
    for (std::size_t i = fetched_.size(); i < end; ++i) fetched_.push_back(from_[i]);
    if (--left_ > 0) return Status::would_block;
    ++operations_;
    const Status status = ram_.program(address, view(fetched_));
    if (status != Status::ok) ++refused_;
    return status;
  }
  Status erase(std::uint32_t address) {
    if (left_ == 0) left_ = calls_ + 1;
    if (--left_ > 0) return Status::would_block;
    ++operations_;
    return ram_.erase(address);
  }

  Ram& ram() { return ram_; }
  unsigned operations() const { return operations_; }
  /// Program calls over units that were programmed already.
  unsigned refused() const { return refused_; }

 private:
  Ram ram_;
  unsigned calls_;
  unsigned left_ = 0;
  unsigned operations_ = 0;
  unsigned refused_ = 0;
  ConstBytes from_;
  Bytes fetched_;
};

}  // namespace tmd::test
