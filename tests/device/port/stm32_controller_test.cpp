// SPDX-License-Identifier: Apache-2.0
// The drivers of the STM32F4 and L4, over a controller that behaves as their reference manuals say.
#include "tmd/port/stm32_controller.hpp"

#include <doctest/doctest.h>

#include "simulated_registers.hpp"
#include "tmd/port/stm32f4_flash.hpp"
#include "tmd/port/stm32l4_flash.hpp"

namespace tmd::test {
namespace {

/// STM32F4 and L4: registers at one place, control with lock in bit 31, words of `cells.unit`; a data cache, which
/// does not see what is erased and programmed, and can be reset only while it is off.
struct StmController : Controller {
  std::uint32_t access, key, status, control;
  std::vector<std::uint8_t> pending;
  std::map<std::uint32_t, std::vector<std::uint8_t>> cached;  ///< Lines of 16 bytes, by number.
  StmController(std::uint32_t access_at, std::uint32_t key_at, std::uint32_t status_at,
                std::uint32_t control_at)
      : access(access_at), key(key_at), status(status_at), control(control_at) {
    registers[control] = 0x80000000U;
    registers[access] = 0x400U;
  }
  std::uint32_t base() const override { return 0x08000000; }
  virtual void erase_asked(std::uint32_t operation) = 0;
  bool is_locked() { return (registers[control] & 0x80000000U) != 0; }
  bool is_cache_on() { return (registers[access] & 0x400U) != 0; }

  std::uint8_t read_cell(std::uint32_t offset) override {
    if (!is_cache_on()) return cells.bytes[offset];
    std::vector<std::uint8_t>& line = cached[offset / 16];
    if (line.empty()) line.assign(&cells.bytes[offset / 16 * 16], &cells.bytes[offset / 16 * 16] + 16);
    return line[offset % 16];
  }
  std::uint32_t load(std::uint32_t address) override {
    if (address == status && busy != 0) return --busy, 0x10000U;
    return registers[address];
  }
  void store(std::uint32_t address, std::uint32_t value) override {
    if (address == key) {
      keys = value == (keys == 0 ? 0x45670123U : 0xCDEF89ABU) ? keys + 1 : 99;
      if (keys == 2) registers[control] = keys = 0;
    } else if (address == status) {
      registers[status] &= ~value;
    } else if (address == access) {
      if (!is_cache_on() && (value & 0x1000U) != 0) cached.clear();
      registers[access] = value;
    } else if (address == control && is_locked()) {
      CHECK((value & 0x80000000U) != 0);  // nothing but locking again
    } else {
      registers[address] = value;
      if (address != control || (value & 0x10000U) == 0) return;
      registers[status] |= errors_next;
      if (errors_next == 0) erase_asked(value);
      busy = 4;
    }
  }
  void program_word(std::uint32_t offset, std::uint32_t value) override {
    REQUIRE(busy == 0);
    REQUIRE_FALSE(is_locked());
    REQUIRE((registers[control] & 1U) != 0);
    for (unsigned i = 0; i < 4; ++i) pending.push_back(static_cast<std::uint8_t>(value >> 8 * i));
    if (pending.size() < cells.unit) return;
    registers[status] |= errors_next;
    if (errors_next == 0) cells.program(offset + 4 - cells.unit, pending.data(), cells.unit);
    pending.clear();
    busy = 2;
  }
};

struct L4 : StmController {
  L4() : StmController(0x40022000, 0x40022008, 0x40022010, 0x40022014) { cells.reset(64 * 1024, 8); }
  void erase_asked(std::uint32_t operation) override {
    REQUIRE((operation & 2U) != 0);
    cells.erase((operation >> 3 & 0xFF) * 2048, 2048);
  }
  void on_unreadable() override {
    registers[0x40022018] |= 0x80000000U;
    on_nmi();
  }
  void store(std::uint32_t address, std::uint32_t value) override {
    if (address == 0x40022018)
      registers[address] &= ~value;
    else
      StmController::store(address, value);
  }
};

struct F4 : StmController {
  F4() : StmController(0x40023C00, 0x40023C04, 0x40023C0C, 0x40023C10) { cells.reset(512 * 1024, 4); }
  void erase_asked(std::uint32_t operation) override {
    REQUIRE((operation & 0x302U) == 0x202U);
    const std::uint32_t sector = operation >> 3 & 0xF;
    const std::uint32_t begins[] = {0, 0x4000, 0x8000, 0xC000, 0x10000, 0x20000, 0x40000, 0x60000, 0x80000};
    cells.erase(begins[sector], begins[sector + 1] - begins[sector]);
  }
};

}  // namespace

TEST_CASE("STM32L4: double words, pages by number, locked again; a torn one is read_failed through the NMI") {
  L4 controller;
  part = &controller;
  static port::Stm32L4Flash<64 * 1024, Bus> flash;
  controller.on_nmi = [] { CHECK(flash.on_nmi()); };
  check_contract(flash, controller.cells, 0x4000);
  CHECK(controller.is_locked());
  CHECK(controller.is_cache_on());
  check_errors(flash, controller, 0x20, 0x8000);
  CHECK_FALSE(flash.on_nmi());
  controller.unreadable.insert(0x4808 / 8);
  std::uint8_t bytes[16];
  CHECK(flash.read(0x4800, MutableBytes(bytes)) == Status::read_failed);
  CHECK(flash.read(0x4810, MutableBytes(bytes)) == Status::ok);
  bool blank = false;
  CHECK(flash.is_blank(0x4800, 64, blank) == Status::read_failed);
}

TEST_CASE("STM32F4: sectors of unequal size by number") {
  F4 controller;
  part = &controller;
  port::Stm32F4Flash<512 * 1024, Bus> flash;
  CHECK(is_whole_blocks(flash, Region{0x8000, 0x18000}));
  CHECK_FALSE(is_whole_blocks(flash, Region{0x10000, 0x4000}));
  for (const std::uint32_t block : {0x4000U, 0x20000U, 0x40000U})
    check_contract(flash, controller.cells, block);
  check_errors(flash, controller, 0x10, 0x10000);
  CHECK(controller.is_locked());
  CHECK(controller.is_cache_on());
}

TEST_CASE("a data cache that the application keeps off stays off") {
  L4 controller;
  part = &controller;
  port::Stm32L4Flash<64 * 1024, Bus> flash;
  controller.registers[controller.access] = 0;
  const std::uint8_t unit[8] = {1};
  REQUIRE(flash.erase(0x4000) == Status::ok);
  CHECK_FALSE(controller.is_cache_on());
  REQUIRE(flash.program(0x4000, ConstBytes(unit)) == Status::ok);
  CHECK_FALSE(controller.is_cache_on());
}

}  // namespace tmd::test
