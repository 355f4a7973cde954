// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hardware/flash.h>
#include <hardware/sync.h>

#include <cstdint>

#include "tmd/flash.hpp"
#include "tmd/port/bus.hpp"

namespace tmd {
namespace port {

/// Runs a flash operation with this core's interrupts off: right where the other core is not running. With both cores
/// write one that calls the SDK's flash_safe_execute, which parks the other core, and answers false where it can't.
struct InterruptsOff {
  template <class Operation>
  static bool run(Operation&& operation) {
    const std::uint32_t state = save_and_disable_interrupts();
    operation();
    restore_interrupts(state);
    return true;
  }
};

/// A region of the QSPI flash of an RP2040 or RP2350 board, `kBegin` bytes behind the flash's start, through the
/// pico-sdk. Offsets are the region's own.
///
/// pico-sdk, hardware_flash: sectors of 4 KB; the ROM programs whole pages of 256 bytes, of which what is left of one
/// is given as 0xFF, which NOR flash leaves as it is. So a unit of 4 bytes serves. W25Q16JV data sheet: 45 ms to erase
/// a sector, 400 at most; 0.4 ms for a page, 3 at most; 100,000 cycles; no ECC. Flash can't be read meanwhile: nothing
/// runs from it, no interrupt, no other core. Bytes to be programmed may lie in flash: they are copied to RAM first.
///
///     static tmd::port::Rp2040Flash<PICO_FLASH_SIZE_BYTES - 256 * 1024, 256 * 1024> flash;
template <std::uint32_t kBegin, std::uint32_t kSize, class Exclusive = InterruptsOff>
class Rp2040Flash {
  static_assert(kBegin % FLASH_SECTOR_SIZE == 0 && kSize % FLASH_SECTOR_SIZE == 0, "whole sectors");

 public:
  static constexpr std::uint32_t size() { return kSize; }
  static constexpr std::uint32_t erase_size() { return FLASH_SECTOR_SIZE; }
  static constexpr std::uint32_t program_size() { return 4; }

  /// Where an offset is mapped: an interpreter runs a model in place there.
  static const std::uint8_t* data(std::uint32_t address = 0) {
    return reinterpret_cast<const std::uint8_t*>(static_cast<std::uintptr_t>(XIP_BASE)) + kBegin + address;
  }

  Status read(std::uint32_t address, MutableBytes out) {
    if (!is_inside(address, out.size(), kSize)) return Status::out_of_bounds;
    copy_bytes(ConstBytes(data(address), out.size()), out);
    return Status::ok;
  }
  Status program(std::uint32_t address, ConstBytes bytes) {
    if (!is_inside(address, bytes.size(), kSize)) return Status::out_of_bounds;
    while (!bytes.empty()) {
      const std::uint32_t inside = address % FLASH_PAGE_SIZE;
      const ConstBytes part = bytes.first(FLASH_PAGE_SIZE - inside);
      std::uint8_t page[FLASH_PAGE_SIZE];
      for (std::uint8_t& byte : page) byte = 0xFF;
      copy_bytes(part, MutableBytes(page).from(inside));
      if (!Exclusive::run([&] { flash_range_program(kBegin + address - inside, page, FLASH_PAGE_SIZE); }))
        return Status::program_failed;
      address += static_cast<std::uint32_t>(part.size());
      bytes = bytes.from(part.size());
    }
    return Status::ok;
  }
  Status erase(std::uint32_t address) {
    if (!is_inside(address, FLASH_SECTOR_SIZE, kSize)) return Status::out_of_bounds;
    const bool ran = Exclusive::run([&] { flash_range_erase(kBegin + address, FLASH_SECTOR_SIZE); });
    return ran ? Status::ok : Status::erase_failed;
  }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    return reads_as(*this, address, length, 0xFF, blank);
  }
};

}  // namespace port
}  // namespace tmd
