// SPDX-License-Identifier: Apache-2.0
// Not run on hardware: tested against the interface of mbed's FlashIAP as its header declares it.
#pragma once

#include <FlashIAP.h>

#include <cstdint>

#include "tmd/flash.hpp"
#include "tmd/port/bus.hpp"
#if defined(TARGET_STM32H7)
#include "tmd/port/stm32h7_flash.hpp"
#endif

namespace tmd {
namespace port {

/// The internal flash of a board with Mbed OS, through its FlashIAP: Nano 33 BLE (nRF52840, pages of 4 KB, units of
/// 4 bytes, 85 ms to erase one), Portenta H7 (sectors of 128 KB, units of 32). An offset is an address less
/// `get_flash_start`.
///
/// On an STM32H7 a word that power tore raises a bus fault in FlashIAP's read, which would reset the board at each
/// start: there flash is read as Stm32H7Flash does.
///
/// FlashIAP takes a lock and blocks: from a thread, not from an interrupt. On the Nano 33 BLE the radio's link layer
/// stands still during an erase; connections with a supervision timeout under 100 ms are lost. The core compiles as
/// gnu++14: keys are given in a KeyTable there.
///
///     static tmd::port::MbedFlash flash;
///     status = flash.open();
class MbedFlash {
 public:
  static constexpr std::uint32_t kLargestProgramUnit = 512;

  /// Before anything else. ok; read_failed: the driver did not start; invalid_layout: a page above 512 bytes.
  [[nodiscard]] Status open() {
    if (iap_.init() != 0) return Status::read_failed;
    begin_ = iap_.get_flash_start();
    return iap_.get_page_size() <= kLargestProgramUnit ? Status::ok : Status::invalid_layout;
  }

  std::uint32_t size() const { return iap_.get_flash_size(); }
  std::uint32_t erase_size(std::uint32_t address) const { return iap_.get_sector_size(begin_ + address); }
  std::uint32_t program_size(std::uint32_t /*address*/) const { return iap_.get_page_size(); }

  Status read(std::uint32_t address, MutableBytes out) {
    if (!is_inside(address, out.size(), size())) return Status::out_of_bounds;
#if defined(TARGET_STM32H7)
    return Stm32H7Flash<>().read(begin_ - Stm32H7Flash<>::kBase + address, out);
#else
    return iap_.read(out.data(), begin_ + address, static_cast<std::uint32_t>(out.size())) == 0
               ? Status::ok
               : Status::read_failed;
#endif
  }
  Status program(std::uint32_t address, ConstBytes bytes) {
    if (!is_inside(address, bytes.size(), size())) return Status::out_of_bounds;
    return iap_.program(bytes.data(), begin_ + address, static_cast<std::uint32_t>(bytes.size())) == 0
               ? Status::ok
               : Status::program_failed;
  }
  Status erase(std::uint32_t address) {
    if (!is_inside(address, 1, size())) return Status::out_of_bounds;
    return iap_.erase(begin_ + address, erase_size(address)) == 0 ? Status::ok : Status::erase_failed;
  }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    return reads_as(*this, address, length, iap_.get_erase_value(), blank);
  }

 private:
  mbed::FlashIAP iap_;
  std::uint32_t begin_ = 0;
};

}  // namespace port
}  // namespace tmd
