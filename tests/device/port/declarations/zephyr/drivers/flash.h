// SPDX-License-Identifier: Apache-2.0
// What Zephyr declares (include/zephyr/drivers/flash.h), over simulated cells.
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "../../../simulated_part.hpp"

struct device {
  bool ready;
};
struct flash_pages_info {
  off_t start_offset;
  std::size_t size;
  std::uint32_t index;
};

inline tmd::test::Cells zephyr_cells;
inline device zephyr_device = {true};
/// Erase blocks grow at 0x10000 of the device, as on an STM32F4.
inline std::size_t zephyr_page_at(off_t offset) {
  return offset < 0x20000 ? 0x1000 : 0x8000;
}

inline bool device_is_ready(const device* dev) {
  return dev->ready;
}
inline int flash_get_page_info_by_offs(const device*, off_t offset, flash_pages_info* info) {
  if (offset < 0 || offset >= 0x40000) return -22;
  const off_t size = static_cast<off_t>(zephyr_page_at(offset));
  *info = {offset - offset % size, static_cast<std::size_t>(size), 0};
  return 0;
}
