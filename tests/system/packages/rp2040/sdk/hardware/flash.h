// SPDX-License-Identifier: Apache-2.0
// As the Pico SDK's header of this name: whole sectors are erased, whole pages programmed, at offsets in the flash.
#pragma once

#include <cstddef>
#include <cstdint>

#define FLASH_PAGE_SIZE (1u << 8)
#define FLASH_SECTOR_SIZE (1u << 12)
#define FLASH_BLOCK_SIZE (1u << 16)
#ifndef PICO_FLASH_SIZE_BYTES
#define PICO_FLASH_SIZE_BYTES (2 * 1024 * 1024)
#endif
#define XIP_BASE 0x10000000u

extern "C" void flash_range_erase(std::uint32_t flash_offs, std::size_t count);
extern "C" void flash_range_program(std::uint32_t flash_offs, const std::uint8_t* data, std::size_t count);
