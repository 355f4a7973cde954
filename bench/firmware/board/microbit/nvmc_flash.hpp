// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "registers.hpp"
#include "tmd/flash.hpp"

/// Flash policy of the nRF51: pages of 1 KB, words of 4 bytes, through the non-volatile memory controller
/// (nRF51 Series Reference Manual v3.0, chapter 6). The CPU halts while the controller works, so no call
/// answers `would_block`. Program and model share this flash: an offset is an address.
class NvmcFlash {
 public:
  static constexpr std::uint32_t size() { return 256 * 1024; }
  static constexpr std::uint32_t erase_size() { return 1024; }
  static constexpr std::uint32_t program_size() { return 4; }

  tmd::Status read(std::uint32_t address, tmd::MutableBytes out) const {
    if (!tmd::fits(address, static_cast<std::uint32_t>(out.size()), size()))
      return tmd::Status::out_of_bounds;
    tmd::copy_bytes(tmd::ConstBytes(byte_at(address), out.size()), out);
    return tmd::Status::ok;
  }

  tmd::Status program(std::uint32_t address, tmd::ConstBytes bytes) {
    if (!tmd::fits(address, static_cast<std::uint32_t>(bytes.size()), size()))
      return tmd::Status::out_of_bounds;
    enter(kWriteEnabled);
    for (std::size_t i = 0; i < bytes.size(); i += program_size()) {
      store(address + static_cast<std::uint32_t>(i), tmd::load_le32(bytes.data() + i));
      wait();
    }
    enter(kReadOnly);
    return tmd::verify_programmed(*this, address, bytes);
  }

  tmd::Status erase(std::uint32_t address) {
    if (!tmd::fits(address, erase_size(), size())) return tmd::Status::out_of_bounds;
    enter(kEraseEnabled);
    store(kErasePage, address);
    wait();
    enter(kReadOnly);
    return tmd::Status::ok;
  }

  tmd::Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) const {
    if (!tmd::fits(address, length, size())) return tmd::Status::out_of_bounds;
    blank = true;
    const std::uint8_t* bytes = byte_at(address);
    for (std::uint32_t i = 0; i < length; ++i) blank = blank && bytes[i] == 0xFF;
    return tmd::Status::ok;
  }

 private:
  static constexpr std::uintptr_t kReady = 0x4001E400;
  static constexpr std::uintptr_t kConfiguration = 0x4001E504;
  static constexpr std::uintptr_t kErasePage = 0x4001E508;
  enum Mode : std::uint32_t { kReadOnly = 0, kWriteEnabled = 1, kEraseEnabled = 2 };

  static const std::uint8_t* byte_at(std::uintptr_t address) {
    return reinterpret_cast<const std::uint8_t*>(address);
  }
  static void store(std::uintptr_t address, std::uint32_t value) { board::word(address) = value; }
  static void wait() {
    while (board::word(kReady) == 0) {
    }
  }
  static void enter(Mode mode) {
    store(kConfiguration, mode);
    wait();
  }
};
