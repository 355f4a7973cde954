// SPDX-License-Identifier: Apache-2.0
// A CMSIS flash driver over secure RAM that a reset leaves as it is: these boards have no flash. As strict as a part
// whose program units can be written once between two erases.
#include "images.hpp"
#include "platform.hpp"

namespace {

constexpr std::uint32_t kSize = 2 * platform::kSlotSize + platform::kJournalSize + platform::kHistorySize;
constexpr std::uint32_t kSector = 1024, kUnit = 8;
constexpr std::uint32_t kProgrammed = 0x544D4401;

__attribute__((section(".noinit"), aligned(16))) std::uint8_t cells[kSize];
__attribute__((section(".noinit"))) std::uint32_t production;

ARM_FLASH_INFO info = {nullptr, kSize / kSector, kSector, 256, kUnit, 0xFF, {}};

ARM_DRIVER_VERSION version() {
  return {0x200, 1};
}
ARM_FLASH_CAPABILITIES capabilities() {
  return {0, 0, 1, 0};
}
std::int32_t initialize(ARM_Flash_SignalEvent_t) {
  return ARM_DRIVER_OK;
}
std::int32_t uninitialize() {
  return ARM_DRIVER_OK;
}
std::int32_t power(ARM_POWER_STATE) {
  return ARM_DRIVER_OK;
}
std::int32_t read(std::uint32_t address, void* data, std::uint32_t count) {
  if (!tmd::fits(address, count, kSize)) return -1;
  for (std::uint32_t i = 0; i < count; ++i) static_cast<std::uint8_t*>(data)[i] = cells[address + i];
  return static_cast<std::int32_t>(count);
}
std::int32_t program(std::uint32_t address, const void* data, std::uint32_t count) {
  if (!tmd::fits(address, count, kSize) || address % kUnit != 0 || count % kUnit != 0) return -1;
  for (std::uint32_t i = 0; i < count; ++i)
    if (cells[address + i] != 0xFF) return -1;
  for (std::uint32_t i = 0; i < count; ++i) cells[address + i] = static_cast<const std::uint8_t*>(data)[i];
  return static_cast<std::int32_t>(count);
}
std::int32_t erase(std::uint32_t address) {
  if (address >= kSize || address % kSector != 0) return -1;
  for (std::uint32_t i = 0; i < kSector; ++i) cells[address + i] = 0xFF;
  return ARM_DRIVER_OK;
}
std::int32_t erase_chip() {
  for (std::uint8_t& cell : cells) cell = 0xFF;
  return ARM_DRIVER_OK;
}
ARM_FLASH_STATUS status() {
  return {0, 0, 0};
}
ARM_FLASH_INFO* get_info() {
  return &info;
}

}  // namespace

extern "C" {
ARM_DRIVER_FLASH Driver_FLASH0 = {version, capabilities, initialize, uninitialize, power,   read,
                                  program, erase,        erase_chip, status,       get_info};
const std::uint8_t* const tmd_model_flash_base = cells;
}

/// What the production line does before the first start.
tmd::FactoryModel platform_factory_model() {
  const tmd::ConstBytes model = images::base();
  if (production != kProgrammed) {
    erase_chip();
    program(0, model.data(), static_cast<std::uint32_t>((model.size() + kUnit - 1) / kUnit * kUnit));
    production = kProgrammed;
  }
  tmd::FactoryModel factory;
  factory.length = static_cast<std::uint32_t>(model.size());
  factory.digest = images::sha256(images::base_digest);
  return factory;
}
