/* SPDX-License-Identifier: Apache-2.0 */
/* A flash driver in C over RAM: blocks of 4 KB, units of 8 bytes, as strict as a part with ECC. */
#ifndef TESTS_SYSTEM_C_RAM_FLASH_H
#define TESTS_SYSTEM_C_RAM_FLASH_H

#include "tmd/c/tmd.h"

enum {
  kSlotSize = 72 * 1024,
  kJournalSize = 32 * 1024,
  kHistorySize = 8 * 1024,
  kFlashSize = 2 * kSlotSize + kJournalSize + kHistorySize
};

extern uint8_t ram_flash_cells[kFlashSize];
extern const tmd_flash ram_flash;
/* How often `program` and `erase` answer TMD_WOULD_BLOCK before they do anything. */
extern unsigned ram_flash_patience;
/* Another operation was asked for before the one that runs was answered. */
extern bool ram_flash_misused;
/* Programs and erases until power goes, in the middle of the last of them: from then on nothing answers. Negative: it
 * stays. */
extern long ram_flash_power;

void ram_flash_erase_all(void);

#endif
