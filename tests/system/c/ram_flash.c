/* SPDX-License-Identifier: Apache-2.0 */
#include "ram_flash.h"

enum { kBlock = 4096, kUnit = 8 };

uint8_t ram_flash_cells[kFlashSize];
unsigned ram_flash_patience;
bool ram_flash_misused;
long ram_flash_power = -1;
static unsigned asked;

void ram_flash_erase_all(void) {
  for (uint32_t i = 0; i < kFlashSize; ++i) ram_flash_cells[i] = 0xFF;
}

static bool fits(uint32_t address, size_t size) {
  return address <= kFlashSize && size <= kFlashSize - address;
}

/* Power for one more operation of `size` bytes: what of it is done. */
static size_t done_of(size_t size) {
  if (ram_flash_power < 0) return size;
  if (ram_flash_power == 0) return 0;
  return --ram_flash_power == 0 ? size / 2 : size;
}

static bool is_busy(uint32_t address) {
  static uint32_t running;
  if (asked != 0 && address != running) ram_flash_misused = true;
  running = address;
  if (asked++ < ram_flash_patience) return true;
  asked = 0;
  return false;
}

static tmd_status read(void* context, uint32_t address, uint8_t* bytes, size_t size) {
  (void)context;
  if (!fits(address, size)) return TMD_OUT_OF_BOUNDS;
  if (ram_flash_power == 0) return TMD_READ_FAILED;
  for (size_t i = 0; i < size; ++i) bytes[i] = ram_flash_cells[address + i];
  return TMD_OK;
}

static tmd_status is_blank(void* context, uint32_t address, uint32_t length, bool* blank) {
  (void)context;
  if (!fits(address, length)) return TMD_OUT_OF_BOUNDS;
  if (ram_flash_power == 0) return TMD_READ_FAILED;
  *blank = true;
  for (uint32_t i = 0; i < length; ++i) *blank = *blank && ram_flash_cells[address + i] == 0xFF;
  return TMD_OK;
}

static tmd_status program(void* context, uint32_t address, const uint8_t* bytes, size_t size) {
  bool blank = false;
  size_t done;
  if (is_busy(address)) return TMD_WOULD_BLOCK;
  if (address % kUnit != 0 || size % kUnit != 0) return TMD_PROGRAM_FAILED;
  if (is_blank(context, address, (uint32_t)size, &blank) != TMD_OK || !blank) return TMD_PROGRAM_FAILED;
  done = done_of(size);
  for (size_t i = 0; i < done; ++i) ram_flash_cells[address + i] = bytes[i];
  return done == size ? TMD_OK : TMD_PROGRAM_FAILED;
}

static tmd_status erase(void* context, uint32_t address) {
  size_t done;
  (void)context;
  if (is_busy(address)) return TMD_WOULD_BLOCK;
  if (address % kBlock != 0 || !fits(address, kBlock)) return TMD_ERASE_FAILED;
  done = done_of(kBlock);
  for (size_t i = 0; i < done; ++i) ram_flash_cells[address + i] = 0xFF;
  return done == kBlock ? TMD_OK : TMD_ERASE_FAILED;
}

const tmd_flash ram_flash = {
    .size = kFlashSize,
    .erase_size = kBlock,
    .program_size = kUnit,
    .read = read,
    .program = program,
    .erase = erase,
    .is_blank = is_blank,
};
