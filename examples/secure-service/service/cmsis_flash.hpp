// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "Driver_Flash.h"
#include "tmd/flash.hpp"

/// The Flash policy over a CMSIS flash driver with sectors of one size. Waits for the driver: a service that is called
/// has nothing else to do meanwhile.
class CmsisFlash {
 public:
  static constexpr std::uint32_t kLargestProgramUnit = 32;

  explicit CmsisFlash(ARM_DRIVER_FLASH& driver) : driver_(driver) {}

  std::uint32_t size() const { return info().sector_count * info().sector_size; }
  std::uint32_t erase_size() const { return info().sector_size; }
  std::uint32_t program_size() const { return info().program_unit; }
  tmd::Status read(std::uint32_t address, tmd::MutableBytes out) {
    return driver_.ReadData(address, out.data(), items(out.size())) < 0 ? tmd::Status::read_failed
                                                                        : tmd::Status::ok;
  }
  tmd::Status program(std::uint32_t address, tmd::ConstBytes bytes) {
    const bool begun = driver_.ProgramData(address, bytes.data(), items(bytes.size())) >= 0;
    return begun && wait() ? tmd::Status::ok : tmd::Status::program_failed;
  }
  tmd::Status erase(std::uint32_t address) {
    return driver_.EraseSector(address) >= 0 && wait() ? tmd::Status::ok : tmd::Status::erase_failed;
  }
  tmd::Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    blank = true;
    for (std::uint32_t done = 0; done < length && blank;) {
      std::uint8_t bytes[32];
      const tmd::MutableBytes part = tmd::MutableBytes(bytes).first(length - done);
      const tmd::Status status = read(address + done, part);
      if (status != tmd::Status::ok) return status;
      for (const std::uint8_t byte : part) blank = blank && byte == info().erased_value;
      done += static_cast<std::uint32_t>(part.size());
    }
    return tmd::Status::ok;
  }

 private:
  const ARM_FLASH_INFO& info() const { return *driver_.GetInfo(); }
  /// The interface counts in data items of the driver's width.
  std::uint32_t items(std::size_t bytes) const {
    return static_cast<std::uint32_t>(bytes) >> driver_.GetCapabilities().data_width;
  }
  bool wait() const {
    while (driver_.GetStatus().busy != 0) {
    }
    return driver_.GetStatus().error == 0;
  }

  ARM_DRIVER_FLASH& driver_;
};
