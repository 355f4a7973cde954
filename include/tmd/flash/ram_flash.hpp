// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/flash.hpp"

namespace tmd {

/// Erase blocks of one size, in bytes.
template <std::uint32_t kFlashSize, std::uint32_t kEraseSize>
struct EqualSectors {
  static_assert(kEraseSize != 0 && kFlashSize % kEraseSize == 0,
                "the flash is a whole number of erase blocks");
  static constexpr std::uint32_t kSize = kFlashSize;

  static constexpr std::uint32_t size_at(std::uint32_t /*address*/) { return kEraseSize; }
  static constexpr bool are_well_placed(std::uint32_t unit) { return kEraseSize % unit == 0; }
};

/// Erase blocks of these sizes, in bytes, one behind the other. An STM32F411 has
/// `Sectors<16384, 16384, 16384, 16384, 65536, 131072, 131072, 131072>`.
template <std::uint32_t... kSizes>
struct Sectors {
  static constexpr std::uint32_t kSize = (kSizes + ...);

  /// 0 behind the last one.
  static constexpr std::uint32_t size_at(std::uint32_t address) {
    const std::uint32_t sizes[] = {kSizes...};
    std::uint32_t end = 0;
    for (const std::uint32_t size : sizes) {
      end += size;
      if (address < end) return size;
    }
    return 0;
  }
  /// Each block is whole program units and begins at a multiple of its own size.
  static constexpr bool are_well_placed(std::uint32_t unit) {
    const std::uint32_t sizes[] = {kSizes...};
    std::uint32_t begin = 0;
    for (const std::uint32_t size : sizes) {
      if (size == 0 || size % unit != 0 || begin % size != 0) return false;
      begin += size;
    }
    return true;
  }
};

/// Flash in RAM with any table of erase blocks: as strict as a part that forbids programming a unit twice.
/// Contents are lost with power. `kErasedValue`: what erased bytes read as, 0xFF or 0x00.
///
///     tmd::RamSectorFlash<tmd::Sectors<16384, 16384, 65536>, 4> flash;
template <class Blocks, std::uint32_t kProgramSize, std::uint8_t kErasedValue = 0xFF>
class RamSectorFlash {
  static_assert(kProgramSize > 0 && kProgramSize <= kMaxProgramSize &&
                    (kProgramSize & (kProgramSize - 1)) == 0,
                "a program unit has 1, 2, 4 … 512 bytes");
  static_assert(Blocks::are_well_placed(kProgramSize),
                "an erase block is a whole number of program units and begins at a multiple of its own size");

 public:
  static constexpr std::uint32_t kLargestProgramUnit = kProgramSize;
  static constexpr std::uint8_t kErased = kErasedValue;

  RamSectorFlash() {
    for (std::uint8_t& byte : bytes_) byte = kErased;
  }

  static constexpr std::uint32_t size() { return Blocks::kSize; }
  static constexpr std::uint32_t erase_size(std::uint32_t address) { return Blocks::size_at(address); }
  static constexpr std::uint32_t program_size(std::uint32_t /*address*/) { return kProgramSize; }

  Status read(std::uint32_t address, MutableBytes out) const {
    if (!fits(address, static_cast<std::uint32_t>(out.size()), size())) return Status::out_of_bounds;
    copy_bytes(ConstBytes(bytes_ + address, out.size()), out);
    return Status::ok;
  }

  /// program_failed where a unit is misaligned or not erased.
  Status program(std::uint32_t address, ConstBytes bytes) {
    const std::uint32_t length = static_cast<std::uint32_t>(bytes.size());
    if (!fits(address, length, size())) return Status::out_of_bounds;
    bool blank = false;
    if (is_blank(address, length, blank) != Status::ok || !blank) return Status::program_failed;
    if (address % kProgramSize != 0 || length % kProgramSize != 0) return Status::program_failed;
    copy_bytes(bytes, MutableBytes(bytes_ + address, bytes.size()));
    return Status::ok;
  }

  Status erase(std::uint32_t address) {
    if (address >= size() || address % Blocks::size_at(address) != 0) return Status::out_of_bounds;
    std::uint8_t* next = bytes_ + address;
    std::uint8_t* const end = next + Blocks::size_at(address);
    for (; end - next >= 4; next += 4) detail::put_word(next, kErasedWord);
    while (next != end) *next++ = kErased;
    return Status::ok;
  }

  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) const {
    if (!fits(address, length, size())) return Status::out_of_bounds;
    const std::uint8_t* next = bytes_ + address;
    const std::uint8_t* const end = next + length;
    while (end - next >= 4 && detail::word_at(next) == kErasedWord) next += 4;
    while (next != end && *next == kErased) ++next;
    blank = next == end;
    return Status::ok;
  }

  /// The memory itself: an interpreter may run the active model in place.
  const std::uint8_t* data() const { return bytes_; }

 private:
  static constexpr std::uint32_t kErasedWord = kErased * 0x01010101U;

  alignas(16) std::uint8_t bytes_[Blocks::kSize];
};

/// Flash in RAM with erase blocks of one size, for tests, examples and first steps. Sizes in bytes.
///
///     tmd::RamFlash<256 * 1024, 4096, 8> flash;
template <std::uint32_t kSize, std::uint32_t kEraseSize, std::uint32_t kProgramSize,
          std::uint8_t kErasedValue = 0xFF>
class RamFlash : public RamSectorFlash<EqualSectors<kSize, kEraseSize>, kProgramSize, kErasedValue> {
 public:
  static constexpr std::uint32_t erase_size(std::uint32_t /*address*/ = 0) { return kEraseSize; }
  static constexpr std::uint32_t program_size(std::uint32_t /*address*/ = 0) { return kProgramSize; }
};

}  // namespace tmd
