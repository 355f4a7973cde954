// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/flash.hpp"

namespace tmd {
namespace port {

/// How the drivers reach registers and memory-mapped flash: the processor's own bus. Tests put a simulated part in its
/// place; a debugger's link could be another one. Always inlined: what runs from RAM calls nothing that lies in flash.
struct ProcessorBus {
  [[gnu::always_inline]] static inline std::uint8_t read8(std::uint32_t address) {
    return at<std::uint8_t>(address);
  }
  [[gnu::always_inline]] static inline std::uint16_t read16(std::uint32_t address) {
    return at<std::uint16_t>(address);
  }
  [[gnu::always_inline]] static inline std::uint32_t read32(std::uint32_t address) {
    return at<std::uint32_t>(address);
  }
  [[gnu::always_inline]] static inline void write8(std::uint32_t address, std::uint8_t value) {
    at<std::uint8_t>(address) = value;
  }
  [[gnu::always_inline]] static inline void write16(std::uint32_t address, std::uint16_t value) {
    at<std::uint16_t>(address) = value;
  }
  [[gnu::always_inline]] static inline void write32(std::uint32_t address, std::uint32_t value) {
    at<std::uint32_t>(address) = value;
  }
  /// What was written before it has arrived before anything that comes behind it begins. For processors that reorder
  /// registers, which are device memory, and flash, which is normal memory.
  [[gnu::always_inline]] static inline void barrier() {
#if defined(__arm__)
    __asm volatile("dsb\n isb" ::: "memory");
#endif
  }

 private:
  template <class Word>
  [[gnu::always_inline]] static inline volatile Word& at(std::uintptr_t address) {
    return *reinterpret_cast<volatile Word*>(address);
  }
};

template <class Bus>
void read_bytes(std::uint32_t address, const MutableBytes& out) {
  for (std::uint8_t& byte : out) byte = Bus::read8(address++);
}

/// Writes whole words of four bytes in the order in which the flash wants them.
template <class Bus>
void write_words(std::uint32_t address, const ConstBytes& bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += 4)
    Bus::write32(address + static_cast<std::uint32_t>(i), load_le32(bytes.data() + i));
}

/// `is_blank` by reading: for parts whose erased bytes read as one value, and where a read shows what is there.
template <class Flash>
[[nodiscard]] Status reads_as(Flash& flash, std::uint32_t address, std::uint32_t length, std::uint8_t erased,
                              bool& blank) {
  std::uint8_t chunk[64];
  blank = true;
  for (std::uint32_t done = 0; blank && done < length;) {
    const MutableBytes part = MutableBytes(chunk).first(length - done);
    const Status status = flash.read(address + done, part);
    if (status != Status::ok) return status;
    for (const std::uint8_t byte : part) blank = blank && byte == erased;
    done += static_cast<std::uint32_t>(part.size());
  }
  return Status::ok;
}

/// Whether a call stays inside a driver's flash.
constexpr bool is_inside(std::uint32_t address, std::size_t length, std::uint32_t size) {
  return address <= size && length <= size - address;
}

}  // namespace port
}  // namespace tmd
