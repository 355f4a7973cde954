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

/// Erase blocks of one size, one behind the other.
struct Sectors {
  std::uint32_t count = 0;  ///< 0: as many as there is room for.
  std::uint32_t size = 0;   ///< Bytes.
};

/// The geometry of a real memory, as its driver offers it to a Flash policy. Sizes in bytes.
struct FlashPart {
  const char* name = "";
  Sectors sectors[3];  ///< From the first address on; the last kind goes on to the memory's end.
  std::uint32_t program_size = 1;
  /// Words carry an ECC: a unit can be programmed once only, and a torn one may be unreadable.
  bool ecc = false;
  Erased erased = Erased::ones;
  /// FRAM, EEPROM: any byte may be written at any time, nothing is erased.
  bool rewritable = false;

  constexpr FlashPart() = default;
  constexpr FlashPart(const char* part, std::uint32_t erase_size, std::uint32_t unit, bool has_ecc,
                      Erased reads_as)
      : name(part), sectors{{0, erase_size}, {}, {}}, program_size(unit), ecc(has_ecc), erased(reads_as) {}
  constexpr FlashPart(const char* part, Sectors first, Sectors second, Sectors third, std::uint32_t unit,
                      bool has_ecc, Erased reads_as)
      : name(part), sectors{first, second, third}, program_size(unit), ecc(has_ecc), erased(reads_as) {}

  /// Of the erase block that begins so many bytes behind the memory's first one.
  constexpr std::uint32_t erase_size_at(std::uint32_t offset) const {
    std::uint32_t end = 0;
    for (const Sectors& kind : sectors) {
      end += kind.count * kind.size;
      if (kind.count == 0 || offset < end) return kind.size;
    }
    return sectors[2].size;
  }
  constexpr std::uint32_t smallest_erase_size() const { return sectors[0].size; }
  constexpr std::uint32_t largest_erase_size() const {
    std::uint32_t largest = 0;
    for (const Sectors& kind : sectors) largest = kind.size > largest ? kind.size : largest;
    return largest;
  }
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
    {"STM32H7", 131072, 32, true, Erased::ones},       // RM0433: 256-bit words with ECC
    {"PSoC6", 512, 512, true, Erased::zeros},          // 002-14449: rows are erased and programmed whole
    {"LPC55S6x", 512, 512, true, Erased::unreadable},  // UM11126: pages; erased ones do not pass the ECC
    {"MCXN", 8192, 128, true, Erased::ones},           // MCXNP184M150F70RM: 128-byte pages in 8 KB sectors
    {"RA4M2", {8, 8192}, {0, 32768}, {}, 128, true, Erased::ones},              // R01UH0892, RA6 alike
    {"RA8", {8, 8192}, {0, 32768}, {}, 128, true, Erased::undefined},           // R01UH0994
    {"STM32F4", {4, 16384}, {1, 65536}, {0, 131072}, 4, false, Erased::ones},   // RM0090
    {"XMC4", {8, 16384}, {1, 131072}, {0, 262144}, 256, true, Erased::zeros},   // erased reads 0
    {"STM32F4-small", {4, 256}, {1, 1024}, {0, 2048}, 4, false, Erased::ones},  // 1/64: slots over unequal
    {"RA4M2-small", {8, 512}, {0, 2048}, {}, 128, true, Erased::ones},          // 1/16, the same
};

/// Memory that a journal may lie in beside flash: FM24, MB85RC and the like.
constexpr FlashPart fram_part() {
  FlashPart part("FRAM", 256, 1, false, Erased::zeros);
  part.rewritable = true;
  return part;
}

/// A key-value store whose items are overwritten one at a time: NVS, ZMS.
constexpr FlashPart items_part() {
  FlashPart part("items", 256, 64, false, Erased::zeros);
  part.rewritable = true;
  return part;
}

}  // namespace tmd::test
