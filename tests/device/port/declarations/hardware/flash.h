// SPDX-License-Identifier: Apache-2.0
// What the pico-sdk declares (hardware_flash), over simulated cells that stand where the flash would be mapped.
#pragma once
#include <cstddef>
#include <cstdint>

#include "../../simulated_part.hpp"

#define FLASH_PAGE_SIZE (1u << 8)
#define FLASH_SECTOR_SIZE (1u << 12)
inline tmd::test::Cells pico_cells;
inline unsigned pico_masked;  ///< Whether interrupts are off.
#define XIP_BASE reinterpret_cast<std::uintptr_t>(pico_cells.bytes.data())

inline void flash_range_erase(std::uint32_t offset, std::size_t count) {
  REQUIRE(pico_masked == 1);
  for (std::size_t i = 0; i < count; i += 4096)
    pico_cells.erase(static_cast<std::uint32_t>(offset + i), 4096);
}
/// NOR: whole pages only, 0xFF leaves cells as they are.
inline void flash_range_program(std::uint32_t offset, const std::uint8_t* data, std::size_t count) {
  REQUIRE(pico_masked == 1);
  REQUIRE(offset % FLASH_PAGE_SIZE == 0);
  REQUIRE(count % FLASH_PAGE_SIZE == 0);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (data[i] != 0xFF) pico_cells.program(offset + i, data + i, 1);
  }
}
