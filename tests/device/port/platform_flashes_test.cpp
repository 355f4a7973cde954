// SPDX-License-Identifier: Apache-2.0
// The drivers over a platform's own interface: against declarations with the signatures of its headers, over cells.
#include <doctest/doctest.h>

#include "tmd/flash/counted_flash.hpp"
#include "tmd/port/cmsis_driver_flash.hpp"
#include "tmd/port/esp_partition_flash.hpp"
#include "tmd/port/mbed_flash.hpp"
#include "tmd/port/rp2040_flash.hpp"
#include "tmd/port/zephyr_flash.hpp"

namespace tmd::test {
namespace {

// A CMSIS driver that works on its own: busy for some polls after each call.
Cells cmsis_cells;
unsigned cmsis_busy = 0;
bool cmsis_error = false;
std::uint32_t cmsis_unread = 0;  ///< Of what is to be read so many bytes are left out.
ARM_FLASH_INFO cmsis_info = {nullptr, 16, 4096, 256, 4, 0xFF, {}};

ARM_DRIVER_FLASH kCmsisDriver = {nullptr,
                                 [] { return ARM_FLASH_CAPABILITIES{}; },
                                 [](ARM_Flash_SignalEvent_t) -> std::int32_t { return ARM_DRIVER_OK; },
                                 nullptr,
                                 [](ARM_POWER_STATE) -> std::int32_t { return ARM_DRIVER_OK; },
                                 [](std::uint32_t at, void* data, std::uint32_t count) -> std::int32_t {
                                   REQUIRE(cmsis_busy == 0);
                                   count -= cmsis_unread;
                                   for (std::uint32_t i = 0; i < count; ++i)
                                     static_cast<std::uint8_t*>(data)[i] = cmsis_cells.bytes.at(at + i);
                                   return static_cast<std::int32_t>(count);
                                 },
                                 [](std::uint32_t at, const void* data, std::uint32_t count) -> std::int32_t {
                                   REQUIRE(cmsis_busy == 0);
                                   if (!cmsis_error)
                                     cmsis_cells.program(at, static_cast<const std::uint8_t*>(data), count);
                                   cmsis_busy = 2;
                                   return 0;
                                 },
                                 [](std::uint32_t at) -> std::int32_t {
                                   REQUIRE(cmsis_busy == 0);
                                   if (!cmsis_error) cmsis_cells.erase(at, 4096);
                                   cmsis_busy = 3;
                                   return ARM_DRIVER_OK;
                                 },
                                 nullptr,
                                 [] {
                                   ARM_FLASH_STATUS status{};
                                   status.busy = cmsis_busy != 0 ? 1 : 0;
                                   status.error = cmsis_busy == 0 && cmsis_error ? 1 : 0;
                                   if (cmsis_busy != 0) --cmsis_busy;
                                   return status;
                                 },
                                 [] { return &cmsis_info; }};

/// Repeats a call for as long as the driver is at work, as the library does.
struct Patient {
  port::CmsisDriverFlash& flash;
  std::uint32_t size() const { return flash.size(); }
  std::uint32_t erase_size() const { return flash.erase_size(); }
  std::uint32_t program_size() const { return flash.program_size(); }
  Status read(std::uint32_t at, MutableBytes out) { return flash.read(at, out); }
  Status program(std::uint32_t at, ConstBytes bytes) {
    return until_done([&] { return flash.program(at, bytes); });
  }
  Status erase(std::uint32_t at) {
    return until_done([&] { return flash.erase(at); });
  }
  Status is_blank(std::uint32_t at, std::uint32_t length, bool& blank) {
    return flash.is_blank(at, length, blank);
  }
};

}  // namespace

TEST_CASE("Zephyr: a partition with its own offsets, pages of unequal size, the device tree's write block") {
  zephyr_cells.reset(0x40000, 8);
  port::ZephyrFlash<> flash;
  CHECK(flash.open(9) == Status::not_found);
  REQUIRE(flash.open(1) == Status::ok);
  CHECK(flash.size() == 0x30000);
  CHECK(flash.program_size(0) == 8);
  CHECK(flash.erase_size(0) == 0x1000);
  CHECK(flash.erase_size(0x10000) == 0x8000);
  check_contract(flash, zephyr_cells, 0x2000, 0x10000);
  check_contract(flash, zephyr_cells, 0x10000, 0x10000);
  zephyr_align = 64;
  CHECK(flash.open(1) == Status::invalid_layout);
  zephyr_align = 8;
  zephyr_device.ready = false;
  CHECK(flash.open(1) == Status::not_found);
  zephyr_device.ready = true;
}

TEST_CASE("ESP: a plain partition, and an encrypted one whose blank cells read as noise") {
  port::EspPartitionFlash flash;
  CHECK(flash.open("other") == Status::not_found);
  REQUIRE(flash.open("models") == Status::ok);
  esp_cells.reset(0x20000, 4);
  CHECK(flash.program_size() == 4);
  check_contract(flash, esp_cells, 0x4000);
  esp_models.encrypted = true;
  esp_cells.reset(0x20000, 16);
  CHECK(flash.program_size() == 16);
  bool blank = false;
  std::uint8_t noise[4];
  REQUIRE(flash.read(0x5000, MutableBytes(noise)) == Status::ok);
  CHECK(noise[0] != 0xFF);
  REQUIRE(flash.is_blank(0x5000, 4096, blank) == Status::ok);
  CHECK(blank);
  std::uint8_t unit[16] = {1, 2, 3};
  REQUIRE(flash.program(0x5010, ConstBytes(unit)) == Status::ok);
  std::uint8_t back[16];
  REQUIRE(flash.read(0x5010, MutableBytes(back)) == Status::ok);
  CHECK(equal_bytes(unit, back, 16));
  esp_models.encrypted = false;
}

TEST_CASE("RP2040: whole pages to the ROM, interrupts off, neighbours in the page left as they are") {
  pico_cells.reset(0x40000, 1);
  port::Rp2040Flash<0x20000, 0x20000> flash;
  check_contract(flash, pico_cells, 0x4000, 0x20000);
  REQUIRE(flash.erase(0) == Status::ok);
  std::vector<std::uint8_t> data(600);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i % 251);
  REQUIRE(flash.program(100, ConstBytes(data.data(), 8)) == Status::ok);
  REQUIRE(flash.program(108, ConstBytes(data.data() + 8, 592)) == Status::ok);
  std::vector<std::uint8_t> back(600);
  REQUIRE(flash.read(100, MutableBytes(back.data(), back.size())) == Status::ok);
  CHECK(back == data);
  CHECK(pico_masked == 0);
  CHECK(pico_cells.violations == 0);
}

TEST_CASE("mbed: offsets from the flash's start") {
  mbed_cells.reset(0x10000, 4);
  port::MbedFlash flash;
  REQUIRE(flash.open() == Status::ok);
  check_contract(flash, mbed_cells, 0x3000);
}

TEST_CASE("CMSIS driver: would_block while it works, each operation started once, errors at its end") {
  cmsis_cells.reset(0x10000, 4);
  port::CmsisDriverFlash flash;
  REQUIRE(flash.open(kCmsisDriver) == Status::ok);
  CHECK(flash.erase(0x1000) == Status::would_block);
  CHECK(flash.erase(0x1000) == Status::would_block);
  CHECK(until_done([&] { return flash.erase(0x1000); }) == Status::ok);
  Patient patient{flash};
  check_contract(patient, cmsis_cells, 0x3000);
  cmsis_error = true;
  CHECK(patient.erase(0x1000) == Status::erase_failed);
  const std::uint8_t unit[4] = {};
  CHECK(patient.program(0x1000, ConstBytes(unit)) == Status::program_failed);
  cmsis_error = false;
  std::uint8_t read[8];
  cmsis_unread = 1;
  CHECK(flash.read(0x1000, MutableBytes(read)) == Status::read_failed);
  cmsis_unread = 0;
  CHECK(flash.read(0x1000, MutableBytes(read)) == Status::ok);
  cmsis_info.program_unit = 1024;
  CHECK(flash.open(kCmsisDriver) == Status::invalid_layout);
  cmsis_info.program_unit = 4;
}

}  // namespace tmd::test
