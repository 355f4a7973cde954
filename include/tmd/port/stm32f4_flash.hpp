// SPDX-License-Identifier: Apache-2.0
// Not run on hardware: written from the reference manual, tested against a simulated controller.
#pragma once

#include <cstdint>

#include "tmd/flash.hpp"
#include "tmd/port/bus.hpp"
#include "tmd/port/stm32_controller.hpp"

namespace tmd {
namespace port {

/// The flash of an STM32F401, F405, F407, F411 or F446 from its base 0x08000000 on, one bank of at most 1 MB: an offset
/// is an address less the base.
///
/// RM0090 and RM0383, chapter 3: sectors of 16, 16, 16, 16, 64, 128, 128, … KB; at 2.7 to 3.6 V words of 4 bytes,
/// 16 us to write one (100 at most); to erase 16 KB takes 250 ms (500 at most), 128 KB 1 s (2 at most); 10,000 cycles;
/// no ECC. The processor stalls meanwhile, and so do interrupts whose code is in flash: set the watchdog to more than
/// 2 s. Put the journal into two of the sectors of 16 KB and the slots into those of 128 KB.
template <std::uint32_t kFlashSize, class Bus = ProcessorBus>
class Stm32F4Flash {
  static_assert(kFlashSize <= 1024 * 1024 && kFlashSize % (128 * 1024) == 0, "one bank, whole sectors");

 public:
  static constexpr std::uint32_t kBase = 0x08000000;

  static constexpr std::uint32_t size() { return kFlashSize; }
  static constexpr std::uint32_t erase_size(std::uint32_t address) {
    return address < 0x10000 ? 0x4000U : (address < 0x20000 ? 0x10000U : 0x20000U);
  }
  static constexpr std::uint32_t program_size(std::uint32_t /*address*/) { return 4; }

  Status read(std::uint32_t address, MutableBytes out) {
    if (!is_inside(address, out.size(), kFlashSize)) return Status::out_of_bounds;
    read_bytes<Bus>(kBase + address, out);
    return Status::ok;
  }

  Status program(std::uint32_t address, ConstBytes bytes) {
    if (!is_inside(address, bytes.size(), kFlashSize)) return Status::out_of_bounds;
    if (address % 4 != 0 || bytes.size() % 4 != 0) return Status::program_failed;
    const std::uint32_t cache = Controller::begin(kProgram | kWordsOf32Bits);
    bool good = true;
    for (std::uint32_t i = 0; good && i < bytes.size(); i += 4) {
      write_words<Bus>(kBase + address + i, bytes.slice(i, 4));
      good = Controller::wait_until_idle();
    }
    Controller::end(cache);
    return good ? Status::ok : Status::program_failed;
  }

  Status erase(std::uint32_t address) {
    if (!is_inside(address, 1, kFlashSize)) return Status::out_of_bounds;
    const std::uint32_t operation = kSectorErase | kWordsOf32Bits | (sector_of(address) << 3);
    const std::uint32_t cache = Controller::begin(operation);
    const bool good = Controller::start(operation);
    Controller::end(cache);
    return good ? Status::ok : Status::erase_failed;
  }

  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    return reads_as(*this, address, length, 0xFF, blank);
  }

 private:
  struct Registers {
    static constexpr std::uint32_t kAccess = 0x40023C00, kKey = 0x40023C04;
    static constexpr std::uint32_t kStatus = 0x40023C0C, kControl = 0x40023C10;
    static constexpr std::uint32_t kErrors = 0xF2;
  };
  using Controller = Stm32Controller<Registers, Bus>;
  static constexpr std::uint32_t kProgram = 1, kSectorErase = 2, kWordsOf32Bits = 2U << 8;

  static constexpr std::uint32_t sector_of(std::uint32_t address) {
    return address < 0x10000 ? address / 0x4000 : (address < 0x20000 ? 4 : 4 + address / 0x20000);
  }
};

}  // namespace port
}  // namespace tmd
