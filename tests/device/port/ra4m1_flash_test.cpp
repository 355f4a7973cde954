// SPDX-License-Identifier: Apache-2.0
// The flash sequencer of the RA4M1, as its hardware manual tells it.
#define TMD_PORT_RAM_CODE
#include "tmd/port/ra4m1_flash.hpp"

#include <doctest/doctest.h>

#include "simulated_part.hpp"

namespace tmd::test {
namespace {

constexpr std::uint32_t kCache = 0x4001C100, kForget = 0x4001C104, kEntry = 0x407EFFB2;

struct Sequencer {
  Cells code, data;
  std::map<std::uint32_t, std::uint32_t> registers;
  std::vector<std::uint8_t> modes;  ///< Of one stay in program/erase mode, in order.
  std::vector<std::uint8_t> written;
  unsigned unready = 0;
  bool is_unlocked = false;
  bool is_cache_stale = false;  ///< Reads would show what the cache held before.
  std::uint32_t fail_next = 0;
  unsigned leaving = 0;  ///< Reads until the sequencer is really in read mode.

  std::uint32_t at(std::uint32_t offset) { return registers[0x407EC000 + offset]; }
  bool is_code_mode() { return at(0x3FB2) == 0x01; }

  void command(std::uint8_t value) {
    if (value == 0) {
      registers[0x407EC12C] = 0;
      return;
    }
    REQUIRE(modes.back() == (is_code_mode() ? 0x82 : 0x10));
    REQUIRE((is_code_mode() || at(0x90) == 1));
    REQUIRE((!is_code_mode() || registers[kCache] == 0));
    is_cache_stale = is_cache_stale || is_code_mode();
    const std::uint32_t first = at(0x108) | at(0x110) << 16;
    const std::uint32_t last = at(0x118) | at(0x120) << 16;
    Cells& cells = is_code_mode() ? code : data;
    const std::uint32_t begin = is_code_mode() ? first : first - 0xFE000000U;
    const std::uint32_t length = last - first + 1;
    registers[0x407EC128] = fail_next;
    if (value == 0x81 && fail_next == 0) {
      std::uint8_t unit[8];
      store_le16(unit, static_cast<std::uint16_t>(at(0x130)));
      store_le16(unit + 2, static_cast<std::uint16_t>(at(0x138)));
      store_le16(unit + 4, static_cast<std::uint16_t>(at(0x140)));
      store_le16(unit + 6, static_cast<std::uint16_t>(at(0x144)));
      REQUIRE(length == cells.unit);
      cells.program(begin, unit, length);
    } else if (value == 0x84 && fail_next == 0) {
      cells.erase(begin, length);
    } else if (value == 0x83 && !cells.is_blank(begin, length)) {
      registers[0x407EC128] |= 8;
    }
    unready = 3;
  }
};
Sequencer* part = nullptr;

struct Bus {
  static std::uint8_t read8(std::uint32_t address) {
    if (address == 0x407EC090) return static_cast<std::uint8_t>(part->registers[address]);
    REQUIRE(part->at(0x3FB2) == 0);  // not readable in program/erase mode
    REQUIRE((address < 0x40100000 || part->at(0x90) == 1));
    REQUIRE_FALSE((part->is_cache_stale && part->registers[kCache] != 0));
    return address >= 0x40100000 ? part->data.bytes.at(address - 0x40100000) : part->code.bytes.at(address);
  }
  static std::uint16_t read16(std::uint32_t address) {
    if (address == kForget) part->registers[address] = 0;  // done
    if (address == kEntry && part->leaving > 0 && --part->leaving == 0) part->registers[address] = 0;
    return static_cast<std::uint16_t>(part->registers[address]);
  }
  static std::uint32_t read32(std::uint32_t address) {
    if (address == 0x407EC12C && part->unready > 0 && --part->unready == 0) part->registers[address] = 0x40;
    return part->registers[address];
  }
  static void write8(std::uint32_t address, std::uint8_t value) {
    if (address == 0x407EC100) {
      REQUIRE(part->is_unlocked);
      part->written.push_back(value);
      if (part->written.size() < 3) return;
      CHECK(part->written[0] == static_cast<std::uint8_t>(~part->written[1]));
      CHECK(part->written[0] == part->written[2]);
      part->modes.push_back(value);
      part->is_unlocked = false;
    } else if (address == 0x407EC114) {
      part->command(value);
    } else {
      part->registers[address] = value;
    }
  }
  static void write16(std::uint32_t address, std::uint16_t value) {
    if (address == kEntry) {
      REQUIRE((value >> 8) == 0xAA);
      value &= 0xFF;
      if (value == 0) {
        part->leaving = 3;
        return;
      }
      part->modes.clear();
    }
    if (address == kForget && value == 1) {
      REQUIRE(part->at(0x3FB2) == 0);
      part->is_cache_stale = false;
    }
    part->registers[address] = value;
  }
  static void write32(std::uint32_t address, std::uint32_t value) {
    if (address == 0x407EC180) {
      part->is_unlocked = value == 0xA5;
      part->written.clear();
    }
    part->registers[address] = value;
  }
};

}  // namespace

TEST_CASE("RA4M1: code flash and data flash through the sequencer, which is left in read mode") {
  Sequencer sequencer;
  part = &sequencer;
  sequencer.code.reset(256 * 1024, 8);
  sequencer.data.reset(8 * 1024, 1);
  port::Ra4m1Flash<32, Bus> code;
  port::Ra4m1DataFlash<32, Bus> data;
  check_contract(code, sequencer.code, 0x10000);
  CHECK(sequencer.modes == std::vector<std::uint8_t>{0x12, 0x92, 0x82, 0x92, 0x12, 0x08});
  check_contract(data, sequencer.data, 0x800);
  CHECK(sequencer.modes == std::vector<std::uint8_t>{0x10, 0x08});
  CHECK(sequencer.at(0x3FB2) == 0);
  CHECK(sequencer.at(0x1D8) == 31);
}

TEST_CASE("RA4M1: data flash is readable from the first call after a reset on") {
  Sequencer sequencer;
  part = &sequencer;
  sequencer.data.reset(8 * 1024, 1);
  port::Ra4m1DataFlash<32, Bus> data;
  std::uint8_t byte = 0;
  CHECK(data.read(5, MutableBytes(&byte, 1)) == Status::ok);
  CHECK(byte == 0xFF);
}

TEST_CASE("RA4M1: the flash cache is off while code flash changes, then as it was, and forgot") {
  Sequencer sequencer;
  part = &sequencer;
  sequencer.code.reset(256 * 1024, 8);
  port::Ra4m1Flash<32, Bus> code;
  for (const std::uint32_t cache : {1U, 0U}) {
    sequencer.registers[kCache] = cache;
    check_contract(code, sequencer.code, 0x10000);
    CHECK(sequencer.registers[kCache] == cache);
  }
}

TEST_CASE("RA4M1: what the sequencer reports as an error") {
  Sequencer sequencer;
  part = &sequencer;
  sequencer.code.reset(256 * 1024, 8);
  port::Ra4m1Flash<32, Bus> code;
  const std::uint8_t unit[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  bool blank = false;
  sequencer.fail_next = 2;
  CHECK(code.program(0, ConstBytes(unit)) == Status::program_failed);
  sequencer.fail_next = 1;
  CHECK(code.erase(0) == Status::erase_failed);
  sequencer.fail_next = 0x10;
  CHECK(code.is_blank(0, 8, blank) == Status::read_failed);
  CHECK(code.program(0, ConstBytes(unit).first(4)) == Status::program_failed);
  sequencer.fail_next = 0;
  CHECK(code.is_blank(3, 2, blank) == Status::ok);
  CHECK(blank);
}

}  // namespace tmd::test
