// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "board.hpp"
#include "semihosting.hpp"
#include "tmd/flash/ram_flash.hpp"

/// The board's flash in RAM, kept in a file of the machine that emulates the board: what was programmed is there after
/// the emulator was killed. A board with flash of its own has its driver in this place.
class KeptFlash : public board::Flash {
 public:
  /// Takes over what the file holds; makes it where it is absent. The file's name is the program's argument.
  bool open() {
    static char name[512];
    const std::uintptr_t line[2] = {reinterpret_cast<std::uintptr_t>(name), sizeof(name)};
    if (semihosting::call(kGetCommandLine, line) != 0) return false;
    std::uintptr_t length = 0;
    while (name[length] != 0) ++length;
    const std::uintptr_t existing[3] = {reinterpret_cast<std::uintptr_t>(name), kReadAndWrite, length};
    file_ = semihosting::call(kOpen, existing);
    if (file_ != kNone) return load();
    const std::uintptr_t made[3] = {reinterpret_cast<std::uintptr_t>(name), kMake, length};
    file_ = semihosting::call(kOpen, made);
    return file_ != kNone && keep(0, size());
  }

  tmd::Status program(std::uint32_t address, tmd::ConstBytes bytes) {
    const tmd::Status status = board::Flash::program(address, bytes);
    if (status != tmd::Status::ok) return status;
    return keep(address, static_cast<std::uint32_t>(bytes.size())) ? status : tmd::Status::program_failed;
  }
  tmd::Status erase(std::uint32_t address) {
    const tmd::Status status = board::Flash::erase(address);
    if (status != tmd::Status::ok) return status;
    return keep(address, erase_size(address)) ? status : tmd::Status::erase_failed;
  }

 private:
  // Arm, "Semihosting for AArch32 and AArch64".
  static constexpr std::uintptr_t kOpen = 0x01;
  static constexpr std::uintptr_t kWrite = 0x05;
  static constexpr std::uintptr_t kRead = 0x06;
  static constexpr std::uintptr_t kSeek = 0x0A;
  static constexpr std::uintptr_t kGetCommandLine = 0x15;
  static constexpr std::uintptr_t kReadAndWrite = 3;
  static constexpr std::uintptr_t kMake = 7;
  static constexpr std::uintptr_t kNone = 0xFFFFFFFF;

  std::uint8_t* memory(std::uint32_t address) { return const_cast<std::uint8_t*>(data()) + address; }

  bool load() {
    const std::uintptr_t block[3] = {file_, reinterpret_cast<std::uintptr_t>(memory(0)), size()};
    // A file that was cut short while it was made: the rest was never programmed, and RAM is erased.
    (void)semihosting::call(kRead, block);
    return true;
  }
  bool keep(std::uint32_t address, std::uint32_t length) {
    const std::uintptr_t place[2] = {file_, address};
    if (semihosting::call(kSeek, place) != 0) return false;
    const std::uintptr_t block[3] = {file_, reinterpret_cast<std::uintptr_t>(memory(address)), length};
    return semihosting::call(kWrite, block) == 0;
  }

  std::uintptr_t file_ = kNone;
};
