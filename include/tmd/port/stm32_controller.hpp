// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tmd {
namespace port {

/// What the flash controllers of the STM32F4 and L4 do alike; `Registers` has the addresses of four registers and the
/// bits of errors, `Bus` reaches them. The data cache keeps erased lines: it is switched off and reset around each
/// operation, and is on afterwards if it was before.
template <class Registers, class Bus>
struct Stm32Controller {
  /// Waits for others' operations, clears their errors, and unlocks the controller for an operation of its own. What
  /// `end` is to be given: whether the data cache was on.
  static std::uint32_t begin(std::uint32_t operation) {
    static_cast<void>(wait_until_idle());
    Bus::write32(Registers::kStatus, Registers::kErrors | 1U);  // cleared by writing 1
    if ((Bus::read32(Registers::kControl) & kLock) != 0) {
      Bus::write32(Registers::kKey, 0x45670123);
      Bus::write32(Registers::kKey, 0xCDEF89AB);
    }
    const std::uint32_t access = Bus::read32(Registers::kAccess);
    Bus::write32(Registers::kAccess, access & ~kDataCache);
    Bus::write32(Registers::kControl, operation);
    return access & kDataCache;
  }

  static bool has_no_error() { return (Bus::read32(Registers::kStatus) & Registers::kErrors) == 0; }

  /// False where the operation failed.
  static bool wait_until_idle() {
    std::uint32_t status = Bus::read32(Registers::kStatus);
    while ((status & kBusy) != 0) status = Bus::read32(Registers::kStatus);
    return (status & Registers::kErrors) == 0;
  }

  /// Erases what `operation` names, which has begun; false where that failed.
  static bool start(std::uint32_t operation) {
    Bus::write32(Registers::kControl, operation | kStart);
    return wait_until_idle();
  }

  static void end(std::uint32_t cache) {
    Bus::write32(Registers::kControl, kLock);
    Bus::write32(Registers::kAccess, Bus::read32(Registers::kAccess) | kDataCacheReset);
    Bus::write32(Registers::kAccess, (Bus::read32(Registers::kAccess) & ~kDataCacheReset) | cache);
  }

 private:
  static constexpr std::uint32_t kBusy = 1U << 16, kStart = 1U << 16, kLock = 1U << 31;
  static constexpr std::uint32_t kDataCache = 1U << 10, kDataCacheReset = 1U << 12;
};

}  // namespace port
}  // namespace tmd
