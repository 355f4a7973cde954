// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "device/power_cut.hpp"
#include "tmd/flash.hpp"

namespace tmd::host::device {

/// Wraps another flash and cuts the power in the middle of one operation: of a program, only the first half
/// of the units arrives; of an erase, the block is left as it was.
///
///     flash.cut_at(1000);   // the 1000th program or erase from now on throws PowerCut
template <class Flash>
class CutFlash {
 public:
  static constexpr std::uint32_t kLargestProgramUnit = largest_program_unit<Flash>();

  explicit CutFlash(Flash& flash) : flash_(flash) {}

  /// 1: the next program or erase. 0: never.
  void cut_at(std::uint64_t operation) { left_ = operation; }
  /// Programs and erases so far.
  std::uint64_t operations() const { return operations_; }

  std::uint32_t size() const { return flash_.size(); }
  std::uint32_t erase_size(std::uint32_t address) const { return erase_size_at(flash_, address); }
  std::uint32_t program_size(std::uint32_t address) const { return program_size_at(flash_, address); }
  Status read(std::uint32_t address, MutableBytes out) { return flash_.read(address, out); }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    return flash_.is_blank(address, length, blank);
  }
  Status program(std::uint32_t address, ConstBytes bytes) {
    if (!cuts_now()) return flash_.program(address, bytes);
    const std::uint32_t unit = program_size(address);
    const ConstBytes arrived = bytes.first(bytes.size() / unit / 2 * unit);
    if (!arrived.empty()) (void)flash_.program(address, arrived);
    throw PowerCut();
  }
  Status erase(std::uint32_t address) {
    if (cuts_now()) throw PowerCut();
    return flash_.erase(address);
  }

 private:
  bool cuts_now() {
    ++operations_;
    return left_ != 0 && --left_ == 0;
  }

  Flash& flash_;
  std::uint64_t left_ = 0;
  std::uint64_t operations_ = 0;
};

}  // namespace tmd::host::device
