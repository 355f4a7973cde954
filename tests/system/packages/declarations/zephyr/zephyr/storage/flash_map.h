#pragma once
#include <sys/types.h>
#include <zephyr/device.h>
extern "C" {
struct flash_area {
  uint8_t fa_id;
  uint8_t fa_device_id;
  uint16_t pad16;
  off_t fa_off;
  size_t fa_size;
  const struct device* fa_dev;
};
int flash_area_open(uint8_t id, const struct flash_area** fa);
void flash_area_close(const struct flash_area* fa);
int flash_area_read(const struct flash_area* fa, off_t off, void* dst, size_t len);
int flash_area_write(const struct flash_area* fa, off_t off, const void* src, size_t len);
int flash_area_erase(const struct flash_area* fa, off_t off, size_t len);
int flash_area_flatten(const struct flash_area* fa, off_t off, size_t len);
uint32_t flash_area_align(const struct flash_area* fa);
const struct device* flash_area_get_device(const struct flash_area* fa);
uint8_t flash_area_erased_val(const struct flash_area* fa);
}
#define FIXED_PARTITION_ID(label) 3
#define FIXED_PARTITION_SIZE(label) 0x30000
#define FIXED_PARTITION_OFFSET(label) 0xd0000
#define PARTITION_ID(label) 3
#define PARTITION_SIZE(label) 0x30000
