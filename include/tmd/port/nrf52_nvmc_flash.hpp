// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/flash.hpp"
#include "tmd/port/bus.hpp"

namespace tmd {
namespace port {

/// The flash of an nRF52 behind its non-volatile memory controller, the whole of it: an offset is an address. Runs over
/// an nRF51 as well, which has the same registers and pages of 1 KB.
///
/// nRF52840 Product Specification v1.1, chapter 4.3 (NVMC): pages of 4 KB, 85 ms to erase one (90 at most); words of
/// 4 bytes, 41 us to write one, each written at most twice between erases, by the library once; 10,000 cycles. The
/// processor halts while the controller works if it executes from flash, so no call answers `would_block`: a radio's
/// interrupts wait for a whole erase. With a SoftDevice or Zephyr's controller running use their flash calls instead.
///
///     static tmd::port::Nrf52NvmcFlash<1024 * 1024> flash;                       // nRF52840
///     using Nrf51 = tmd::port::Nrf52NvmcFlash<256 * 1024, 1024>;                 // nRF51822
template <std::uint32_t kFlashSize, std::uint32_t kPageSize = 4096, class Bus = ProcessorBus>
class Nrf52NvmcFlash {
 public:
  static constexpr std::uint32_t size() { return kFlashSize; }
  static constexpr std::uint32_t erase_size() { return kPageSize; }
  static constexpr std::uint32_t program_size() { return 4; }

  Status read(std::uint32_t address, MutableBytes out) const {
    if (!is_inside(address, out.size(), kFlashSize)) return Status::out_of_bounds;
    read_bytes<Bus>(address, out);
    return Status::ok;
  }

  Status program(std::uint32_t address, ConstBytes bytes) {
    if (!is_inside(address, bytes.size(), kFlashSize)) return Status::out_of_bounds;
    if (address % 4 != 0 || bytes.size() % 4 != 0) return Status::program_failed;
    enter(kWriteEnabled);
    for (std::uint32_t i = 0; i < bytes.size(); i += 4) {
      Bus::write32(address + i, load_le32(bytes.data() + i));
      wait_until_idle();
    }
    enter(kReadOnly);
    return Status::ok;
  }

  Status erase(std::uint32_t address) {
    if (!is_inside(address, kPageSize, kFlashSize)) return Status::out_of_bounds;
    enter(kEraseEnabled);
    Bus::write32(kErasePage, address);
    wait_until_idle();
    enter(kReadOnly);
    return Status::ok;
  }

  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) const {
    return reads_as(*this, address, length, 0xFF, blank);
  }

 private:
  static constexpr std::uint32_t kReady = 0x4001E400;
  static constexpr std::uint32_t kConfiguration = 0x4001E504;
  static constexpr std::uint32_t kErasePage = 0x4001E508;
  enum Mode : std::uint32_t { kReadOnly = 0, kWriteEnabled = 1, kEraseEnabled = 2 };

  static void wait_until_idle() {
    while ((Bus::read32(kReady) & 1U) == 0) {
    }
  }
  static void enter(Mode mode) {
    Bus::write32(kConfiguration, mode);
    wait_until_idle();
  }
};

}  // namespace port
}  // namespace tmd
