// SPDX-License-Identifier: Apache-2.0
// Not run on hardware: written from the reference manual, tested against a simulated controller.
#pragma once

#include <cstdint>

#include "tmd/flash.hpp"
#include "tmd/port/bus.hpp"
#include "tmd/port/stm32_controller.hpp"

namespace tmd {
namespace port {

/// Bank 1 of an STM32L4x1 to L4x6 from its base 0x08000000 on: an offset is an address less the base.
///
/// RM0351 chapter 3 and the data sheet of the STM32L476: pages of 2 KB, 22 ms to erase one (25 at most); double words
/// of 8 bytes with 8 bits of ECC, 82 us to write one (91 at most), each once between erases; 10,000 cycles. A torn
/// double word raises the NMI when it is read: call `on_nmi` from NMI_Handler, or a power cut becomes a boot loop.
/// Code in the same bank stalls during an erase. The data cache keeps erased lines: it is switched off and reset
/// around each operation (errata ES0250, 2.2.3). Other interrupts must not program meanwhile.
///
///     extern "C" void NMI_Handler(void) { flash.on_nmi(); }
template <std::uint32_t kFlashSize, class Bus = ProcessorBus>
class Stm32L4Flash {
  static_assert(kFlashSize <= 512 * 1024, "page numbers of one bank have 8 bits");

 public:
  static constexpr std::uint32_t kBase = 0x08000000;

  static constexpr std::uint32_t size() { return kFlashSize; }
  static constexpr std::uint32_t erase_size() { return 2048; }
  static constexpr std::uint32_t program_size() { return 8; }

  Status read(std::uint32_t address, MutableBytes out) {
    if (!is_inside(address, out.size(), kFlashSize)) return Status::out_of_bounds;
    ecc_fault_ = false;
    read_bytes<Bus>(kBase + address, out);
    return ecc_fault_ ? Status::read_failed : Status::ok;
  }

  Status program(std::uint32_t address, ConstBytes bytes) {
    if (!is_inside(address, bytes.size(), kFlashSize)) return Status::out_of_bounds;
    if (address % 8 != 0 || bytes.size() % 8 != 0) return Status::program_failed;
    const std::uint32_t cache = Controller::begin(kProgram);
    bool good = Controller::has_no_error();
    for (std::uint32_t i = 0; good && i < bytes.size(); i += 8) {
      write_words<Bus>(kBase + address + i, bytes.slice(i, 8));
      good = Controller::wait_until_idle();
    }
    Controller::end(cache);
    return good ? Status::ok : Status::program_failed;
  }

  Status erase(std::uint32_t address) {
    if (!is_inside(address, erase_size(), kFlashSize)) return Status::out_of_bounds;
    const std::uint32_t page = kPageErase | (address / erase_size() << 3);
    const std::uint32_t cache = Controller::begin(page);
    const bool good = Controller::has_no_error() && Controller::start(page);
    Controller::end(cache);
    return good ? Status::ok : Status::erase_failed;
  }

  /// A torn double word may read as 0xFF by chance: what is blank reads so with its ECC in order.
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    return reads_as(*this, address, length, 0xFF, blank);
  }

  /// From NMI_Handler. True where it was the flash's: two bits of a double word were wrong.
  bool on_nmi() {
    if ((Bus::read32(kEcc) & kTwoBits) == 0) return false;
    Bus::write32(kEcc, kTwoBits);  // cleared by writing 1
    ecc_fault_ = true;
    return true;
  }

 private:
  struct Registers {
    static constexpr std::uint32_t kAccess = 0x40022000, kKey = 0x40022008;
    static constexpr std::uint32_t kStatus = 0x40022010, kControl = 0x40022014;
    static constexpr std::uint32_t kErrors = 0xC3FA;
  };
  using Controller = Stm32Controller<Registers, Bus>;
  static constexpr std::uint32_t kProgram = 1, kPageErase = 2;
  static constexpr std::uint32_t kEcc = 0x40022018, kTwoBits = 1U << 31;

  volatile bool ecc_fault_ = false;
};

}  // namespace port
}  // namespace tmd
