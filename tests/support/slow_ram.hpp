// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/flash/ram_flash.hpp"

namespace tmd::test {

/// RAM flash that answers would_block for so many calls before it does what it was asked for.
template <std::uint32_t kSize, std::uint32_t kEraseSize, std::uint32_t kProgramSize>
struct SlowRam : RamFlash<kSize, kEraseSize, kProgramSize> {
  using Ram = RamFlash<kSize, kEraseSize, kProgramSize>;

  unsigned calls = 0;

  Status program(std::uint32_t address, ConstBytes bytes) {
    return runs() ? Status::would_block : Ram::program(address, bytes);
  }
  Status erase(std::uint32_t address) { return runs() ? Status::would_block : Ram::erase(address); }

 protected:
  bool runs() {
    if (left_ == 0) left_ = calls + 1;
    return --left_ > 0;
  }

 private:
  unsigned left_ = 0;
};

}  // namespace tmd::test
