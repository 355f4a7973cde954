/* SPDX-License-Identifier: Apache-2.0 */
/* The part of CMSIS-Driver's flash interface that the service uses; a board's pack has the whole. */
#ifndef DRIVER_FLASH_H_
#define DRIVER_FLASH_H_
#include <stdint.h>

#define ARM_DRIVER_OK 0

typedef struct {
  uint16_t api;
  uint16_t drv;
} ARM_DRIVER_VERSION;
typedef struct {
  uint32_t event_ready : 1;
  uint32_t data_width : 2; /* 0: bytes, 1: halfwords, 2: words */
  uint32_t erase_chip : 1;
  uint32_t reserved : 28;
} ARM_FLASH_CAPABILITIES;
typedef struct {
  uint32_t busy : 1;
  uint32_t error : 1;
  uint32_t reserved : 30;
} ARM_FLASH_STATUS;
typedef struct {
  uint32_t start;
  uint32_t end;
} ARM_FLASH_SECTOR;
typedef struct {
  const ARM_FLASH_SECTOR* sector_info; /* null: all sectors have one size */
  uint32_t sector_count;
  uint32_t sector_size;
  uint32_t page_size;
  uint32_t program_unit;
  uint8_t erased_value;
  uint8_t reserved[3];
} ARM_FLASH_INFO;
typedef enum { ARM_POWER_OFF, ARM_POWER_LOW, ARM_POWER_FULL } ARM_POWER_STATE;
typedef void (*ARM_Flash_SignalEvent_t)(uint32_t event);

typedef struct _ARM_DRIVER_FLASH {
  ARM_DRIVER_VERSION (*GetVersion)(void);
  ARM_FLASH_CAPABILITIES (*GetCapabilities)(void);
  int32_t (*Initialize)(ARM_Flash_SignalEvent_t cb_event);
  int32_t (*Uninitialize)(void);
  int32_t (*PowerControl)(ARM_POWER_STATE state);
  int32_t (*ReadData)(uint32_t addr, void* data, uint32_t cnt);
  int32_t (*ProgramData)(uint32_t addr, const void* data, uint32_t cnt);
  int32_t (*EraseSector)(uint32_t addr);
  int32_t (*EraseChip)(void);
  ARM_FLASH_STATUS (*GetStatus)(void);
  ARM_FLASH_INFO* (*GetInfo)(void);
} const ARM_DRIVER_FLASH;

#endif
