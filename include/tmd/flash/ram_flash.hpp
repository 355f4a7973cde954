// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/flash.hpp"

namespace tmd {

/// Flash in RAM, for tests, examples and first steps: as strict as a part that forbids programming a unit
/// twice. Contents are lost with power. Sizes in bytes.
template <std::uint32_t kSize, std::uint32_t kEraseSize, std::uint32_t kProgramSize>
class RamFlash {
  static_assert(kProgramSize > 0 && kProgramSize <= kMaxProgramSize, "a program unit has 1 to 32 bytes");
  static_assert(kEraseSize % kProgramSize == 0, "an erase block is a whole number of program units");
  static_assert(kSize % kEraseSize == 0, "the flash is a whole number of erase blocks");

 public:
  static constexpr std::uint8_t kErased = 0xFF;

  RamFlash() {
    for (std::uint8_t& byte : bytes_) byte = kErased;
  }

  static constexpr std::uint32_t size() { return kSize; }
  static constexpr std::uint32_t erase_size() { return kEraseSize; }
  static constexpr std::uint32_t program_size() { return kProgramSize; }

  Status read(std::uint32_t address, MutableBytes out) const {
    if (!fits(address, static_cast<std::uint32_t>(out.size()), kSize)) return Status::out_of_bounds;
    copy_bytes(ConstBytes(bytes_ + address, out.size()), out);
    return Status::ok;
  }

  /// program_failed where a unit is misaligned or not erased.
  Status program(std::uint32_t address, ConstBytes bytes) {
    const std::uint32_t length = static_cast<std::uint32_t>(bytes.size());
    if (!fits(address, length, kSize)) return Status::out_of_bounds;
    bool blank = false;
    if (is_blank(address, length, blank) != Status::ok || !blank) return Status::program_failed;
    if (address % kProgramSize != 0 || length % kProgramSize != 0) return Status::program_failed;
    copy_bytes(bytes, MutableBytes(bytes_ + address, bytes.size()));
    return Status::ok;
  }

  Status erase(std::uint32_t address) {
    if (!fits(address, kEraseSize, kSize) || address % kEraseSize != 0) return Status::out_of_bounds;
    for (std::uint32_t i = 0; i < kEraseSize; ++i) bytes_[address + i] = kErased;
    return Status::ok;
  }

  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) const {
    if (!fits(address, length, kSize)) return Status::out_of_bounds;
    blank = true;
    for (const std::uint8_t byte : ConstBytes(bytes_).slice(address, length))
      blank = blank && byte == kErased;
    return Status::ok;
  }

  /// The memory itself: an interpreter may run the active model in place.
  const std::uint8_t* data() const { return bytes_; }

 private:
  alignas(16) std::uint8_t bytes_[kSize];
};

}  // namespace tmd
