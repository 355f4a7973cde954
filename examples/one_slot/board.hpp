// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "power_cut.hpp"
#include "tmd/internal/store/layout.hpp"
#include "tmd/port/nrf52_nvmc_flash.hpp"

// BBC micro:bit 1. The map is that of memory.ld; an offset in flash is an address.
namespace board {

constexpr tmd::Region kSlot = {0x0E000, 100 * 1024};
constexpr tmd::Region kRing = {0x27000, 3 * 4096};
constexpr tmd::Region kJournal = {0x2A000, 16 * 1024};
constexpr tmd::Region kStaging = {0x2E000, 40 * 1024};
constexpr tmd::Layout kLayout = {kSlot, kRing, kJournal};

/// A product has the driver itself in this place.
using Flash = PowerCut<tmd::port::Nrf52NvmcFlash<256 * 1024, 1024>>;

inline Flash& flash() {
  static Flash flash;
  return flash;
}

/// A part of the flash as memory, for what reads models where they lie.
inline tmd::ConstBytes memory(const tmd::Region& region) {
  return tmd::ConstBytes(reinterpret_cast<const std::uint8_t*>(region.address), region.size);
}

/// A programmer leaves the rest of the chip erased. The emulator fills it with zeros: where the journal has nothing but
/// these, everything behind the slot is erased first.
inline tmd::Status erase_as_a_programmer_does() {
  bool is_new = true;
  for (const std::uint8_t byte : memory(kJournal)) is_new = is_new && byte == 0;
  tmd::Status status = tmd::Status::ok;
  for (std::uint32_t at = kRing.address; is_new && status == tmd::Status::ok && at < kStaging.end();
       at += Flash::erase_size())
    status = flash().erase(at);
  return status;
}

}  // namespace board
