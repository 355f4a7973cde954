// SPDX-License-Identifier: Apache-2.0
// Not run on hardware: written from the hardware manual, tested against a simulated controller.
#pragma once

#include <cstdint>

#include "tmd/flash.hpp"
#include "tmd/port/bus.hpp"

/// Where the linker script puts code that runs from RAM; `.code_in_ram*` in the UNO R4's core. A section of its own, as
/// GCC mixes no inline function with a program's own functions in one.
#ifndef TMD_PORT_RAM_CODE
#define TMD_PORT_RAM_CODE __attribute__((noinline, section(".code_in_ram.tmd")))
#endif

namespace tmd {
namespace port {

/// One command of the sequencer: what to do, and from where to where, in its own addresses.
struct Ra4m1Command {
  std::uint8_t code;
  bool is_data;
  std::uint32_t clock_mhz, first, last, low, high;
};

/// The registers of the sequencer and of the flash cache, and the order in which they want to be written. All of it is
/// inlined into `ra4m1_operate`: a call would go to flash, which cannot be read meanwhile.
template <class Bus>
struct Ra4m1Sequencer {
  static constexpr std::uint32_t kUnit = 0x407EC000;
  static constexpr std::uint32_t kMode = kUnit + 0x100, kArea = kUnit + 0x104, kCommand = kUnit + 0x114;
  static constexpr std::uint32_t kResults = kUnit + 0x128, kReady = kUnit + 0x12C, kUnlock = kUnit + 0x180;
  static constexpr std::uint32_t kClock = kUnit + 0x1D8, kEntry = kUnit + 0x3FB2, kDataEnable = kUnit + 0x90;
  static constexpr std::uint32_t kCache = 0x4001C100, kForget = 0x4001C104;
  static constexpr std::uint32_t kErrors = 0x1B, kIsReady = 0x40;

  /// After a reset data flash can be neither read nor programmed.
  static void enable_data_flash() {
    if (Bus::read8(kDataEnable) != 0) return;
    Bus::write8(kDataEnable, 1);
    wait_us(6);  // tDSTOP
  }
  /// From entering the sequencer's mode to leaving it. Gives the error bits.
  [[gnu::always_inline]] static inline std::uint32_t run(const Ra4m1Command& command) {
    const std::uint16_t cache = Bus::read16(kCache);
    if (!command.is_data) Bus::write16(kCache, 0);
    enter(command);
    Bus::write32(kClock, (Bus::read32(kClock) & ~0x3FU) | (command.clock_mhz - 1));
    Bus::write8(kArea, 0);
    Bus::write16(kUnit + 0x110, static_cast<std::uint16_t>(command.first >> 16));
    Bus::write16(kUnit + 0x108, static_cast<std::uint16_t>(command.first));
    Bus::write32(kUnit + 0x120, command.last >> 16);
    Bus::write16(kUnit + 0x118, static_cast<std::uint16_t>(command.last));
    Bus::write32(kUnit + 0x130, command.low & 0xFFFF);
    Bus::write32(kUnit + 0x138, command.low >> 16);
    Bus::write32(kUnit + 0x140, command.high & 0xFFFF);
    Bus::write32(kUnit + 0x144, command.high >> 16);
    Bus::write8(kCommand, command.code);
    while ((Bus::read32(kReady) & kIsReady) == 0) {
    }
    Bus::write8(kCommand, 0);
    while ((Bus::read32(kReady) & kIsReady) != 0) {
    }
    const std::uint32_t errors = Bus::read32(kResults) & kErrors;
    if (errors != 0) {
      Bus::write32(kUnit + 0x124, 1);
      Bus::write32(kUnit + 0x124, 0);
    }
    leave(command);
    if (!command.is_data && cache != 0) restore_cache(cache);
    return errors;
  }

 private:
  [[gnu::always_inline]] static inline void enter(const Ra4m1Command& command) {
    Bus::write16(kEntry, command.is_data ? 0xAA80 : 0xAA01);
    if (command.is_data) {
      set_mode(0x10);
    } else {
      set_mode(0x12);
      wait_us(3);  // tDIS
      set_mode(0x92);
      set_mode(0x82);
    }
    wait_us(6);  // tMS
  }
  [[gnu::always_inline]] static inline void leave(const Ra4m1Command& command) {
    if (!command.is_data) {
      set_mode(0x92);
      wait_us(3);
      set_mode(0x12);
    }
    set_mode(0x08);
    wait_us(6);
    Bus::write16(kEntry, 0xAA00);
    while (Bus::read16(kEntry) != 0) {
    }
  }
  /// What the cache held of the flash is old now.
  [[gnu::always_inline]] static inline void restore_cache(std::uint16_t cache) {
    Bus::write16(kForget, 1);
    while (Bus::read16(kForget) != 0) {
    }
    Bus::write16(kCache, cache);
  }
  /// The mode register takes a value, its complement, and the value again, behind a key.
  [[gnu::always_inline]] static inline void set_mode(std::uint8_t mode) {
    Bus::write32(kUnlock, 0xA5);
    Bus::write8(kMode, mode);
    Bus::write8(kMode, static_cast<std::uint8_t>(~mode));
    Bus::write8(kMode, mode);
  }
  /// The processor runs at 48 MHz at most, and a turn of the loop takes three cycles at least.
  [[gnu::always_inline]] static inline void wait_us(unsigned us) {
    for (unsigned i = 0; i < us * 16; ++i) __asm volatile("");
  }
};

/// A simulated part's. The processor's own is a function that lies in RAM: compilers ignore the section of what they
/// make of a template by themselves.
template <class Bus>
std::uint32_t ra4m1_operate(const Ra4m1Command& command) {
  return Ra4m1Sequencer<Bus>::run(command);
}
#if defined(__arm__)
template <>
TMD_PORT_RAM_CODE inline std::uint32_t ra4m1_operate<ProcessorBus>(const Ra4m1Command& command) {
  std::uint32_t interrupts = 0;
  __asm volatile("mrs %0, primask\n cpsid i" : "=r"(interrupts)::"memory");
  const std::uint32_t errors = Ra4m1Sequencer<ProcessorBus>::run(command);
  __asm volatile("msr primask, %0" ::"r"(interrupts) : "memory");
  return errors;
}
#endif

/// The code flash of a RA4M1 (UNO R4): an offset is an address. `DataFlash`: its data flash of 8 KB, for the journal.
///
/// RA4M1 User's Manual R01UH0887, chapter 44: code flash 256 KB, blocks of 2 KB, 8 bytes to a program unit, 1.4 ms for
/// a unit and 355 ms for a block at most; data flash at 0x40100000, blocks of 1 KB, single bytes, 504 ms for a block at
/// most. 10,000 and 100,000 cycles. Code flash cannot be read while it is in program/erase mode: `ra4m1_operate` runs
/// from RAM with interrupts off, so vectors, handlers and constants in flash wait for a whole block; the flash cache is
/// off meanwhile. Erased bytes are not sure to read as 0xFF: `is_blank` asks the sequencer. The processor must be in
/// its high-speed mode, as the UNO R4's core leaves it. `kClockMhz`: FCLK, 1 to 32, which the sequencer's timing needs.
template <bool kIsData, unsigned kClockMhz = 32, class Bus = ProcessorBus>
class Ra4m1AnyFlash {
 public:
  static constexpr std::uint32_t size() { return kIsData ? 8 * 1024 : 256 * 1024; }
  static constexpr std::uint32_t erase_size() { return kIsData ? 1024 : 2048; }
  static constexpr std::uint32_t program_size() { return kIsData ? 1 : 8; }

  Status read(std::uint32_t address, MutableBytes out) {
    if (!is_inside(address, out.size(), size())) return Status::out_of_bounds;
    if (kIsData) Ra4m1Sequencer<Bus>::enable_data_flash();
    read_bytes<Bus>((kIsData ? 0x40100000U : 0U) + address, out);
    return Status::ok;
  }
  Status program(std::uint32_t address, ConstBytes bytes) {
    if (!is_inside(address, bytes.size(), size())) return Status::out_of_bounds;
    if (address % program_size() != 0 || bytes.size() % program_size() != 0) return Status::program_failed;
    for (std::uint32_t i = 0; i < bytes.size(); i += program_size()) {
      const ConstBytes unit = bytes.slice(i, program_size());
      const std::uint32_t low = kIsData ? unit[0] : load_le32(unit.data());
      const std::uint32_t high = kIsData ? 0 : load_le32(unit.data() + (kIsData ? 0 : 4));
      if (operate(kWrite, address + i, program_size(), low, high) != 0) return Status::program_failed;
    }
    return Status::ok;
  }
  Status erase(std::uint32_t address) {
    if (!is_inside(address, erase_size(), size())) return Status::out_of_bounds;
    return operate(kErase, address, erase_size(), 0, 0) == 0 ? Status::ok : Status::erase_failed;
  }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    if (!is_inside(address, length, size())) return Status::out_of_bounds;
    // The check works in whole units.
    const std::uint32_t begin = address - address % program_size();
    const std::uint32_t end = (address + length + program_size() - 1) / program_size() * program_size();
    const std::uint32_t errors = length == 0 ? 0 : operate(kBlankCheck, begin, end - begin, 0, 0);
    blank = (errors & kNotBlank) == 0;
    return (errors & ~kNotBlank) == 0 ? Status::ok : Status::read_failed;
  }

 private:
  static constexpr std::uint8_t kWrite = 0x81, kErase = 0x84, kBlankCheck = 0x83;
  static constexpr std::uint32_t kNotBlank = 0x08;

  static std::uint32_t operate(std::uint8_t code, std::uint32_t address, std::uint32_t length,
                               std::uint32_t low, std::uint32_t high) {
    if (kIsData) Ra4m1Sequencer<Bus>::enable_data_flash();
    const std::uint32_t first = (kIsData ? 0xFE000000U : 0U) + address;
    return ra4m1_operate<Bus>({code, kIsData, kClockMhz, first, first + length - 1, low, high});
  }
};

template <unsigned kClockMhz = 32, class Bus = ProcessorBus>
using Ra4m1Flash = Ra4m1AnyFlash<false, kClockMhz, Bus>;
template <unsigned kClockMhz = 32, class Bus = ProcessorBus>
using Ra4m1DataFlash = Ra4m1AnyFlash<true, kClockMhz, Bus>;

}  // namespace port
}  // namespace tmd
