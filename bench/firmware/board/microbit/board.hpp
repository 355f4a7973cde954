// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nvmc_flash.hpp"
#include "tmd/internal/store/layout.hpp"

// BBC micro:bit 1: the nRF51's own flash, behind its controller.
namespace board {

constexpr const char* kName = "microbit (Cortex-M0)";

/// As memory.ld says.
constexpr tmd::Layout kLayout = {{0x1C000, 72 * 1024}, {0x2E000, 72 * 1024}, {0x18000, 16 * 1024}};
using Flash = NvmcFlash;

inline Flash& flash() {
  static Flash flash;
  return flash;
}

/// A part of the flash as memory, for what reads models in place.
inline tmd::ConstBytes memory(const tmd::Region& region) {
  return tmd::ConstBytes(reinterpret_cast<const std::uint8_t*>(region.address), region.size);
}

/// The image that was loaded brought the model: it lies in slot A. A programmer leaves the rest of the chip erased;
/// the emulator fills it with zeros, so the journal's region is erased here.
inline tmd::Status program_factory_model() {
  tmd::Status status = tmd::Status::ok;
  for (std::uint32_t address = kLayout.journal.address;
       status == tmd::Status::ok && address < kLayout.journal.end(); address += Flash::erase_size())
    status = flash().erase(address);
  return status;
}

}  // namespace board
