// SPDX-License-Identifier: Apache-2.0
// What Zephyr declares (include/zephyr/storage/flash_map.h), over simulated cells: a partition at 0x10000.
#pragma once
#include <zephyr/drivers/flash.h>

struct flash_area {
  std::uint8_t fa_id;
  off_t fa_off;
  std::size_t fa_size;
};
inline flash_area zephyr_area = {1, 0x10000, 0x30000};
inline std::uint32_t zephyr_align = 8;

inline int flash_area_open(std::uint8_t id, const flash_area** area) {
  *area = &zephyr_area;
  return id == zephyr_area.fa_id ? 0 : -2;
}
inline const device* flash_area_get_device(const flash_area*) {
  return &zephyr_device;
}
inline std::uint32_t flash_area_align(const flash_area*) {
  return zephyr_align;
}
inline std::uint8_t flash_area_erased_val(const flash_area*) {
  return 0xFF;
}
inline bool zephyr_is_inside(const flash_area* area, off_t at, std::size_t size) {
  return at >= 0 && static_cast<std::size_t>(at) <= area->fa_size &&
         size <= area->fa_size - static_cast<std::size_t>(at);
}
inline int flash_area_read(const flash_area* area, off_t at, void* out, std::size_t size) {
  if (!zephyr_is_inside(area, at, size)) return -22;
  for (std::size_t i = 0; i < size; ++i)
    static_cast<std::uint8_t*>(out)[i] = zephyr_cells.bytes[static_cast<std::size_t>(area->fa_off + at) + i];
  return 0;
}
inline int flash_area_write(const flash_area* area, off_t at, const void* from, std::size_t size) {
  if (!zephyr_is_inside(area, at, size)) return -22;
  zephyr_cells.program(static_cast<std::uint32_t>(area->fa_off + at), static_cast<const std::uint8_t*>(from),
                       static_cast<std::uint32_t>(size));
  return 0;
}
inline int flash_area_flatten(const flash_area* area, off_t at, std::size_t size) {
  if (!zephyr_is_inside(area, at, size) || zephyr_page_at(area->fa_off + at) != size) return -22;
  zephyr_cells.erase(static_cast<std::uint32_t>(area->fa_off + at), static_cast<std::uint32_t>(size));
  return 0;
}
inline int flash_area_erase(const flash_area* area, off_t at, std::size_t size) {
  return flash_area_flatten(area, at, size);
}
