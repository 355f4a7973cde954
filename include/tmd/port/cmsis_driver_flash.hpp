// SPDX-License-Identifier: Apache-2.0
// Not run on hardware: tested against the interface of Driver_Flash.h as CMSIS declares it.
#pragma once

#include <Driver_Flash.h>

#include <cstdint>

#include "tmd/flash.hpp"
#include "tmd/port/bus.hpp"

namespace tmd {
namespace port {

/// A flash behind a CMSIS-Driver (ARM_DRIVER_FLASH, API 2.x): external QSPI and OSPI parts of STM32, NXP, Infineon and
/// others. Drivers may work on their own after a call: then this answers `would_block` until GetStatus is no longer
/// busy, and nothing stalls. Sectors of one size, and data of 8 bits, as all but parallel NOR have.
///
/// CMSIS-Driver, "Flash Interface": sector_size, program_unit, page_size and erased_value from GetInfo. Addresses are
/// the driver's own, from 0 on. `open` initialises and powers it.
///
///     extern ARM_DRIVER_FLASH Driver_Flash0;
///     static tmd::port::CmsisDriverFlash flash;
///     status = flash.open(Driver_Flash0);
class CmsisDriverFlash {
 public:
  static constexpr std::uint32_t kLargestProgramUnit = kMaxProgramSize;

  /// Before anything else. ok; read_failed: the driver does not start; invalid_layout: sectors of unlike size, data of
  /// more than 8 bits, or a program unit above 512 bytes.
  [[nodiscard]] Status open(ARM_DRIVER_FLASH& driver) {
    driver_ = &driver;
    if (driver.Initialize(nullptr) != ARM_DRIVER_OK || driver.PowerControl(ARM_POWER_FULL) != ARM_DRIVER_OK)
      return Status::read_failed;
    info_ = driver.GetInfo();
    const bool is_even = info_->sector_info == nullptr && driver.GetCapabilities().data_width == 0;
    return is_even && info_->program_unit <= kMaxProgramSize ? Status::ok : Status::invalid_layout;
  }

  std::uint32_t size() const { return info_->sector_count * info_->sector_size; }
  std::uint32_t erase_size() const { return info_->sector_size; }
  std::uint32_t program_size() const { return info_->program_unit; }

  Status read(std::uint32_t address, MutableBytes out) {
    if (!is_inside(address, out.size(), size())) return Status::out_of_bounds;
    wait_until_idle();
    const std::uint32_t count = static_cast<std::uint32_t>(out.size());
    const std::int32_t got = driver_->ReadData(address, out.data(), count);
    // All of it, or ARM_DRIVER_OK of a driver that is at it still.
    if (got != ARM_DRIVER_OK && got != static_cast<std::int32_t>(count)) return Status::read_failed;
    wait_until_idle();
    return driver_->GetStatus().error != 0 ? Status::read_failed : Status::ok;
  }
  Status program(std::uint32_t address, ConstBytes bytes) {
    if (!is_inside(address, bytes.size(), size())) return Status::out_of_bounds;
    if (is_running_) return outcome(Status::program_failed);
    const std::uint32_t count = static_cast<std::uint32_t>(bytes.size());
    if (driver_->ProgramData(address, bytes.data(), count) < ARM_DRIVER_OK) return Status::program_failed;
    return outcome(Status::program_failed);
  }
  Status erase(std::uint32_t address) {
    if (!is_inside(address, erase_size(), size())) return Status::out_of_bounds;
    if (is_running_) return outcome(Status::erase_failed);
    if (driver_->EraseSector(address) != ARM_DRIVER_OK) return Status::erase_failed;
    return outcome(Status::erase_failed);
  }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    return reads_as(*this, address, length, info_->erased_value, blank);
  }

 private:
  void wait_until_idle() const {
    while (driver_->GetStatus().busy != 0) {
    }
  }
  Status outcome(Status failure) {
    const ARM_FLASH_STATUS status = driver_->GetStatus();
    is_running_ = status.busy != 0;
    if (is_running_) return Status::would_block;
    return status.error != 0 ? failure : Status::ok;
  }

  ARM_DRIVER_FLASH* driver_ = nullptr;
  ARM_FLASH_INFO* info_ = nullptr;
  bool is_running_ = false;  ///< The operation that is asked for again was started.
};

}  // namespace port
}  // namespace tmd
