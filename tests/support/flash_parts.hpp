// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tmd::test {

/// What erased flash reads as.
enum class Erased : std::uint8_t {
  ones,
  zeros,
  unreadable,  ///< Reads fail (ECC does not decode); only a blank check tells.
  undefined,   ///< Reads give anything, each time something else; only a blank check tells.
};

/// The geometry of a real memory, as its driver offers it to a Flash policy. Sizes in bytes.
struct FlashPart {
  const char* name;
  std::uint32_t erase_size;
  std::uint32_t program_size;
  /// Words carry an ECC: a unit can be programmed once only, and a torn one may be unreadable.
  bool ecc;
  Erased erased;
};

// From the reference manuals and data sheets of the makers, named in the comment.
constexpr FlashPart kFlashParts[] = {
    {"SAMD21", 256, 4, false, Erased::ones},  // rows of 4 pages; words of 4 bytes in the page buffer
    {"EEPROM-emulation", 256, 1, false, Erased::ones},  // the smallest that drivers offer
    {"STM32L0", 256, 4, true, Erased::zeros},           // RM0377: half-pages and words, erased reads 0
    {"RA4M1-data", 1024, 1, false,
     Erased::undefined},                          // R01UH0887: erased data flash reads undefined, blank check
    {"STM32F1", 1024, 4, false, Erased::ones},    // PM0075, word writes of two half-words
    {"STM32L4", 2048, 8, true, Erased::ones},     // RM0351: 64-bit words with ECC, PROGERR on a second write
    {"RA4M1-code", 2048, 8, true, Erased::ones},  // R01UH0887
    {"STM32WB-strict", 4096, 8, true,
     Erased::unreadable},                          // RM0434 geometry under a driver that traps ECC on erased
    {"nRF52", 4096, 4, false, Erased::ones},       // PS v1.7 NVMC: at most two writes a word; one is used
    {"ESP32-NOR", 4096, 16, false, Erased::ones},  // with flash encryption 16-byte units
    {"SPI-NOR", 4096, 1, false, Erased::ones},     // W25Q: 4 KB sectors, byte to page programming
    {"STM32U5", 8192, 16, true, Erased::ones},     // RM0456: 128-bit words with ECC
    {"RW61x-strict", 4096, 32, true, Erased::unreadable},
    {"STM32H7", 131072, 32, true, Erased::ones},  // RM0433: 256-bit words with ECC
};

}  // namespace tmd::test
