// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "support/bytes.hpp"
#include "tmd/flash/ram_flash.hpp"

namespace tmd::test {

/// Flash in RAM that says ok and does something else while it is told to lie: a program call flips a bit of what it
/// writes, an erase leaves the block as it was.
template <std::uint32_t kSize, std::uint32_t kEraseSize, std::uint32_t kProgramSize>
struct LyingFlash : RamFlash<kSize, kEraseSize, kProgramSize> {
  using Ram = RamFlash<kSize, kEraseSize, kProgramSize>;
  bool lies = false;

  Status program(std::uint32_t address, ConstBytes bytes) {
    if (!lies || bytes.empty()) return Ram::program(address, bytes);
    Bytes changed(bytes.begin(), bytes.end());
    changed.back() ^= 0x10;
    return Ram::program(address, view(changed));
  }
  Status erase(std::uint32_t address) { return lies ? Status::ok : Ram::erase(address); }
};

}  // namespace tmd::test
