// SPDX-License-Identifier: Apache-2.0
// What Mbed OS declares (drivers/FlashIAP.h), over simulated cells at 0x1000.
#pragma once
#include <cstdint>

#include "../simulated_part.hpp"

inline tmd::test::Cells mbed_cells;
namespace mbed {
class FlashIAP {
 public:
  int init() { return 0; }
  int deinit() { return 0; }
  int read(void* buffer, std::uint32_t addr, std::uint32_t size) {
    for (std::uint32_t i = 0; i < size; ++i)
      static_cast<std::uint8_t*>(buffer)[i] = mbed_cells.bytes.at(addr - 0x1000 + i);
    return 0;
  }
  int program(const void* buffer, std::uint32_t addr, std::uint32_t size) {
    mbed_cells.program(addr - 0x1000, static_cast<const std::uint8_t*>(buffer), size);
    return 0;
  }
  int erase(std::uint32_t addr, std::uint32_t size) {
    if ((addr - 0x1000) % 4096 != 0 || size != 4096) return -1;
    mbed_cells.erase(addr - 0x1000, size);
    return 0;
  }
  std::uint32_t get_page_size() const { return 4; }
  std::uint32_t get_sector_size(std::uint32_t) const { return 4096; }
  std::uint32_t get_flash_start() const { return 0x1000; }
  std::uint32_t get_flash_size() const { return 0x10000; }
  std::uint8_t get_erase_value() const { return 0xFF; }
};
}  // namespace mbed
