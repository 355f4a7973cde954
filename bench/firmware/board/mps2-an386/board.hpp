// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "images.hpp"
#include "tmd/flash/ram_flash.hpp"
#include "tmd/internal/store/layout.hpp"

// QEMU's MPS2 boards have no flash controller: flash with the geometry of an STM32L4+ stands in RAM.
namespace board {

constexpr const char* kName = "mps2-an386 (Cortex-M4)";

constexpr std::uint32_t kSlotSize = 72 * 1024;
constexpr std::uint32_t kJournalSize = 16 * 1024;
constexpr tmd::Layout kLayout = {{0, kSlotSize}, {kSlotSize, kSlotSize}, {2 * kSlotSize, kJournalSize}};
using Flash = tmd::RamFlash<2 * kSlotSize + kJournalSize, 4096, 8>;

inline Flash& flash() {
  static Flash flash;
  return flash;
}

/// A part of the flash as memory, for what reads models in place.
inline tmd::ConstBytes memory(const tmd::Region& region) {
  return tmd::ConstBytes(flash().data() + region.address, region.size);
}

/// What a programmer does on the production line.
inline tmd::Status program_factory_model() {
  constexpr std::uint32_t kMask = Flash::program_size() - 1;
  const tmd::ConstBytes model = images::base();
  return flash().program(kLayout.slot_a.address, model.first((model.size() + kMask) & ~kMask));
}

}  // namespace board
