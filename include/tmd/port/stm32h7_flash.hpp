// SPDX-License-Identifier: Apache-2.0
// Not run on hardware: written from the reference manual, tested against a simulated controller.
#pragma once

#include <cstdint>

#include "tmd/flash.hpp"
#include "tmd/port/bus.hpp"

namespace tmd {
namespace port {

/// Both banks of an STM32H743 or H753 from 0x08000000 on, 2 MB: an offset is an address less the base.
///
/// RM0433 chapter 4 and the data sheet of the STM32H743: sectors of 128 KB, 1 s to erase one at x64 parallelism (4 s at
/// x8, which is what resets to); flash words of 32 bytes with 10 bits of ECC, written whole, each once between erases;
/// 10,000 cycles. Code in the other bank runs on meanwhile. A torn word raises a bus fault when it is read, which
/// `read` keeps from being taken by BFHFNMIGN while FAULTMASK is set. Flash must not be cached, or
/// the data cache be invalidated over what was programmed or erased. A journal takes two sectors, 256 KB: put it on a
/// part with smaller blocks by tmd/flash/two_flashes.hpp where that is too much.
template <class Bus = ProcessorBus>
class Stm32H7Flash {
 public:
  static constexpr std::uint32_t kBase = 0x08000000;
  static constexpr std::uint32_t kBankSize = 1024 * 1024;

  static constexpr std::uint32_t size() { return 2 * kBankSize; }
  static constexpr std::uint32_t erase_size() { return 128 * 1024; }
  static constexpr std::uint32_t program_size() { return 32; }

  Status read(std::uint32_t address, MutableBytes out) {
    if (!is_inside(address, out.size(), size())) return Status::out_of_bounds;
    // Bus faults of the loads below are ignored, and noted by the controller (Armv7-M ARM, B3.2.8).
    const std::uint32_t configuration = Bus::read32(kSystemConfiguration);
    const std::uint32_t mask = raise_fault_mask();
    Bus::write32(kSystemConfiguration, configuration | kIgnoreBusFaults);
    Bus::barrier();
    read_bytes<Bus>(kBase + address, out);
    Bus::write32(kSystemConfiguration, configuration);
    Bus::write32(kFaultStatus, kBusFaultBits);
    lower_fault_mask(mask);
    // Both are taken: a flag that stays would be believed of the next read.
    const bool first_torn = take_ecc_error(0);
    const bool second_torn = take_ecc_error(1);
    return first_torn || second_torn ? Status::read_failed : Status::ok;
  }

  Status program(std::uint32_t address, ConstBytes bytes) {
    if (!is_inside(address, bytes.size(), size())) return Status::out_of_bounds;
    if (address % 32 != 0 || bytes.size() % 32 != 0) return Status::program_failed;
    const std::uint32_t bank = address / kBankSize;
    begin(bank, kProgram | kParallelism);
    bool good = true;
    // A Cortex-M7 keeps writes to flash back, and does not order them with those to registers (Armv7-M ARM, A3.7.3).
    Bus::barrier();
    for (std::uint32_t i = 0; good && i < bytes.size(); i += 32) {
      write_words<Bus>(kBase + address + i, bytes.slice(i, 32));
      Bus::barrier();
      good = wait_until_idle(bank);
    }
    Bus::write32(control(bank), kLock);
    return good ? Status::ok : Status::program_failed;
  }

  Status erase(std::uint32_t address) {
    if (!is_inside(address, erase_size(), size())) return Status::out_of_bounds;
    const std::uint32_t bank = address / kBankSize;
    const std::uint32_t sector = address % kBankSize / erase_size();
    const std::uint32_t operation = kSectorErase | kParallelism | (sector << 8);
    begin(bank, operation);
    Bus::write32(control(bank), operation | kStart);
    const bool good = wait_until_idle(bank);
    Bus::write32(control(bank), kLock);
    return good ? Status::ok : Status::erase_failed;
  }

  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    return reads_as(*this, address, length, 0xFF, blank);
  }

 private:
  static constexpr std::uint32_t kSystemConfiguration = 0xE000ED14, kIgnoreBusFaults = 1U << 8;
  static constexpr std::uint32_t kFaultStatus = 0xE000ED28, kBusFaultBits = 0xFF00;
  static constexpr std::uint32_t kProgram = 2, kSectorErase = 4, kParallelism = 3U << 4, kStart = 1U << 7;
  static constexpr std::uint32_t kLock = 1;
  static constexpr std::uint32_t kBusy = 7;  ///< Operation, write buffer, queue.
  static constexpr std::uint32_t kErrors = 0x6EU << 16, kTwoBits = 1U << 26;

  static constexpr std::uint32_t of_bank(std::uint32_t bank) { return 0x52002000U + 0x100U * bank; }
  static constexpr std::uint32_t control(std::uint32_t bank) { return of_bank(bank) + 0x0C; }

  static void begin(std::uint32_t bank, std::uint32_t operation) {
    static_cast<void>(wait_until_idle(bank));
    Bus::write32(of_bank(bank) + 0x14, kErrors | (1U << 16));  // clear register
    if ((Bus::read32(control(bank)) & kLock) != 0) {
      Bus::write32(of_bank(bank) + 0x04, 0x45670123);
      Bus::write32(of_bank(bank) + 0x04, 0xCDEF89AB);
    }
    Bus::write32(control(bank), operation);
  }
  static bool wait_until_idle(std::uint32_t bank) {
    std::uint32_t status = Bus::read32(of_bank(bank) + 0x10);
    while ((status & kBusy) != 0) status = Bus::read32(of_bank(bank) + 0x10);
    return (status & kErrors) == 0;
  }
  static bool take_ecc_error(std::uint32_t bank) {
    const bool seen = (Bus::read32(of_bank(bank) + 0x10) & kTwoBits) != 0;
    if (seen) Bus::write32(of_bank(bank) + 0x14, kTwoBits);
    return seen;
  }

#if defined(__ARM_ARCH_7EM__)
  static std::uint32_t raise_fault_mask() {
    std::uint32_t mask = 0;
    __asm volatile("mrs %0, faultmask\n cpsid f" : "=r"(mask)::"memory");
    return mask;
  }
  static void lower_fault_mask(std::uint32_t mask) {
    __asm volatile("dsb\n msr faultmask, %0" ::"r"(mask) : "memory");
  }
#else
  static std::uint32_t raise_fault_mask() {
    return 0;
  }
  static void lower_fault_mask(std::uint32_t) {}
#endif
};

}  // namespace port
}  // namespace tmd
