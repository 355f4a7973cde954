/* SPDX-License-Identifier: Apache-2.0 */
/* What CMSIS-Driver declares (Driver_Common.h, Driver_Flash.h 2.3). */
#pragma once
#include <stdint.h>
#define ARM_DRIVER_OK 0
#define ARM_DRIVER_ERROR -1
typedef struct {
  uint16_t api, drv;
} ARM_DRIVER_VERSION;
typedef enum { ARM_POWER_OFF, ARM_POWER_LOW, ARM_POWER_FULL } ARM_POWER_STATE;
typedef struct {
  uint32_t start, end;
} ARM_FLASH_SECTOR;
typedef struct _ARM_FLASH_INFO {
  ARM_FLASH_SECTOR* sector_info;
  uint32_t sector_count, sector_size, page_size, program_unit;
  uint8_t erased_value, reserved[3];
} ARM_FLASH_INFO;
typedef struct {
  uint32_t busy : 1, error : 1, reserved : 30;
} ARM_FLASH_STATUS;
typedef void (*ARM_Flash_SignalEvent_t)(uint32_t event);
typedef struct {
  uint32_t event_ready : 1, data_width : 2, erase_chip : 1, reserved : 28;
} ARM_FLASH_CAPABILITIES;
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
