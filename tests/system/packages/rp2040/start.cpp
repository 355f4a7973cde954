// SPDX-License-Identifier: Apache-2.0
// Starts a program on the bare RP2040, and has the functions of sdk/ for it: serial port, flash through the boot ROM's
// calls. RP2040 data sheet, 2.8 (boot ROM), 4.2 (UART).
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "hardware/flash.h"
#include "pico/stdlib.h"

extern "C" {
extern std::uint32_t data_load[], data_start[], data_end[], bss_start[], bss_end[], stack_top[];
extern char heap_start[], heap_end[];
extern void (*init_start[])();
extern void (*init_end[])();
int main();

[[noreturn]] void start() {
  const std::uint32_t* from = data_load;
  for (std::uint32_t* to = data_start; to != data_end; ++to) *to = *from++;
  for (std::uint32_t* to = bss_start; to != bss_end; ++to) *to = 0;
  for (void (**init)() = init_start; init != init_end; ++init) (*init)();
  main();
  for (;;) {
  }
}
[[noreturn]] static void fault() {
  for (;;) __asm volatile("bkpt 0xff");
}

[[gnu::section(".vectors"), gnu::used]] void (*const vectors[])() = {reinterpret_cast<void (*)()>(stack_top),
                                                                     start, fault, fault};

// What printf of the C library rests on.
int _write(int, const char* text, int size);
void* _sbrk(std::ptrdiff_t size) {
  static char* end = heap_start;
  if (size > heap_end - end) return reinterpret_cast<void*>(-1);
  char* const begin = end;
  end += size;
  return begin;
}
int _close(int) {
  return -1;
}
int _fstat(int, void*) {
  return -1;
}
int _isatty(int) {
  return 1;
}
int _lseek(int, int, int) {
  return 0;
}
int _read(int, char*, int) {
  return 0;
}
void _exit(int) {
  fault();
}
int _kill(int, int) {
  return -1;
}
int _getpid() {
  return 1;
}
}

namespace {

struct Uart {
  volatile std::uint32_t data;
  std::uint32_t others[5];
  volatile std::uint32_t flags;
};
constexpr std::uint32_t kReceiveEmpty = 1U << 4, kTransmitFull = 1U << 5;
Uart& uart() {
  return *reinterpret_cast<Uart*>(0x40034000);
}

/// A function of the boot ROM by its two letters. 0x14 and 0x18 hold half words: its table, and what looks it up.
std::uintptr_t rom_function(char a, char b) {
  const auto half = [](std::uintptr_t address) {
    __asm volatile("" : "+r"(address));  // the compiler takes a low address for a null pointer's member
    return *reinterpret_cast<const volatile std::uint16_t*>(address);
  };
  using Lookup = std::uintptr_t (*)(const void* table, std::uint32_t code);
  const auto lookup = reinterpret_cast<Lookup>(half(0x18));
  return lookup(reinterpret_cast<const void*>(half(0x14)),
                static_cast<std::uint32_t>(b) << 8 | static_cast<std::uint32_t>(a));
}

/// Around each operation the flash leaves the mode in which code runs from it, and comes back: all of this lies in RAM.
template <class Operation>
[[gnu::always_inline]] inline void outside_of_flash(const Operation& operation) {
  using Call = void (*)();
  const auto connect = reinterpret_cast<Call>(rom_function('I', 'F'));
  const auto leave = reinterpret_cast<Call>(rom_function('E', 'X'));
  const auto flush = reinterpret_cast<Call>(rom_function('F', 'C'));
  const auto enter = reinterpret_cast<Call>(rom_function('C', 'X'));
  connect();
  leave();
  operation();
  flush();
  enter();
}

}  // namespace

extern "C" [[gnu::section(".ram_code"), gnu::noinline]] void flash_range_erase(std::uint32_t flash_offs,
                                                                               std::size_t count) {
  using Erase = void (*)(std::uint32_t, std::size_t, std::uint32_t, std::uint8_t);
  const auto erase = reinterpret_cast<Erase>(rom_function('R', 'E'));
  outside_of_flash([&] { erase(flash_offs, count, FLASH_BLOCK_SIZE, 0xD8); });
}
extern "C" [[gnu::section(".ram_code"), gnu::noinline]] void flash_range_program(std::uint32_t flash_offs,
                                                                                 const std::uint8_t* data,
                                                                                 std::size_t count) {
  using Program = void (*)(std::uint32_t, const std::uint8_t*, std::size_t);
  const auto program = reinterpret_cast<Program>(rom_function('R', 'P'));
  outside_of_flash([&] { program(flash_offs, data, count); });
}

void stdio_init_all() {}
int getchar_timeout_us(std::uint32_t microseconds) {
  // A turn takes some cycles: a microsecond at a tenth of the chip's speed.
  for (std::uint32_t turn = 0; (uart().flags & kReceiveEmpty) != 0; ++turn)
    if (turn >= microseconds) return PICO_ERROR_TIMEOUT;
  return static_cast<int>(uart().data & 0xFF);
}
extern "C" int _write(int, const char* text, int size) {
  for (int i = 0; i < size; ++i) {
    while ((uart().flags & kTransmitFull) != 0) {
    }
    uart().data = static_cast<unsigned char>(text[i]);
  }
  return size;
}
