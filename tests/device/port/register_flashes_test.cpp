// SPDX-License-Identifier: Apache-2.0
// The drivers that work on registers, over controllers that behave as their reference manuals say.
#include <doctest/doctest.h>

#include "simulated_part.hpp"
#include "tmd/port/nrf52_nvmc_flash.hpp"
#include "tmd/port/stm32f4_flash.hpp"
#include "tmd/port/stm32h7_flash.hpp"
#include "tmd/port/stm32l4_flash.hpp"

namespace tmd::test {
namespace {

/// What the processor's bus reaches in these tests: one controller at a time.
struct Controller {
  Cells cells;
  std::map<std::uint32_t, std::uint32_t> registers;
  std::set<std::uint32_t> unreadable;  ///< Units whose ECC is wrong.
  unsigned keys = 0;
  unsigned busy = 0;  ///< So many reads of the status see the controller at work.
  std::uint32_t errors_next = 0;
  void (*on_nmi)() = nullptr;

  virtual ~Controller() = default;
  virtual std::uint32_t base() const = 0;
  virtual std::uint32_t load(std::uint32_t address) { return registers[address]; }
  virtual void store(std::uint32_t address, std::uint32_t value) { registers[address] = value; }
  virtual void program_word(std::uint32_t offset, std::uint32_t value) = 0;
  virtual void on_unreadable() {}
};
Controller* part = nullptr;

bool is_cell(std::uint32_t address) {
  return address >= part->base() && address - part->base() < part->cells.bytes.size();
}

struct Bus {
  static std::uint8_t read8(std::uint32_t address) {
    REQUIRE(is_cell(address));
    const std::uint32_t offset = address - part->base();
    if (part->unreadable.count(offset / part->cells.unit) != 0) part->on_unreadable();
    return part->cells.bytes[offset];
  }
  static std::uint32_t read32(std::uint32_t address) { return part->load(address); }
  static void write32(std::uint32_t address, std::uint32_t value) {
    if (is_cell(address)) return part->program_word(address - part->base(), value);
    part->store(address, value);
  }
};

void word_to_cells(Cells& cells, std::uint32_t offset, std::uint32_t value) {
  std::uint8_t bytes[4];
  store_le32(bytes, value);
  cells.program(offset, bytes, 4);
}

struct Nvmc : Controller {
  std::uint32_t page = 4096;
  std::uint32_t base() const override { return 0; }
  std::uint32_t load(std::uint32_t address) override {
    REQUIRE(address == 0x4001E400);
    return busy == 0 ? 1 : (--busy, 0U);
  }
  void store(std::uint32_t address, std::uint32_t value) override {
    registers[address] = value;
    if (address != 0x4001E508) return;
    REQUIRE(registers[0x4001E504] == 2);
    cells.erase(value, page);
    busy = 3;
  }
  void program_word(std::uint32_t offset, std::uint32_t value) override {
    REQUIRE(busy == 0);
    REQUIRE(registers[0x4001E504] == 1);
    word_to_cells(cells, offset, value);
    busy = 2;
  }
};

/// STM32F4 and L4: registers at one place, control with lock in bit 31, words of `cells.unit`.
struct StmController : Controller {
  std::uint32_t key, status, control, error_bits;
  std::vector<std::uint8_t> pending;
  StmController(std::uint32_t key_at, std::uint32_t status_at, std::uint32_t control_at, std::uint32_t errors)
      : key(key_at), status(status_at), control(control_at), error_bits(errors) {
    registers[control] = 0x80000000U;
  }
  std::uint32_t base() const override { return 0x08000000; }
  virtual void erase_asked(std::uint32_t operation) = 0;
  bool is_locked() { return (registers[control] & 0x80000000U) != 0; }

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
  L4() : StmController(0x40022008, 0x40022010, 0x40022014, 0xC3FA) { cells.reset(64 * 1024, 8); }
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
  F4() : StmController(0x40023C04, 0x40023C0C, 0x40023C10, 0xF2) { cells.reset(512 * 1024, 4); }
  void erase_asked(std::uint32_t operation) override {
    REQUIRE((operation & 0x302U) == 0x202U);
    const std::uint32_t sector = operation >> 3 & 0xF;
    const std::uint32_t begins[] = {0, 0x4000, 0x8000, 0xC000, 0x10000, 0x20000, 0x40000, 0x60000, 0x80000};
    cells.erase(begins[sector], begins[sector + 1] - begins[sector]);
  }
};

struct H7 : Controller {
  std::vector<std::uint8_t> pending;
  H7() {
    cells.reset(2 * 1024 * 1024, 32);
    registers[0x5200200C] = registers[0x5200210C] = 1;
  }
  std::uint32_t base() const override { return 0x08000000; }
  std::uint32_t load(std::uint32_t address) override {
    if ((address == 0x52002010 || address == 0x52002110) && busy != 0) return --busy, 4U;
    return registers[address];
  }
  void store(std::uint32_t address, std::uint32_t value) override {
    const std::uint32_t bank = address >= 0x52002100 && address < 0x52002200 ? 1 : 0;
    const std::uint32_t local = address - 0x52002000 - 0x100 * bank;
    if (local == 0x04) {
      keys = value == (keys == 0 ? 0x45670123U : 0xCDEF89ABU) ? keys + 1 : 99;
      if (keys == 2) registers[address + 8] = keys = 0;
    } else if (local == 0x14) {
      registers[address - 4] &= ~value;
    } else if (local == 0x0C && (registers[address] & 1U) != 0) {
      CHECK((value & 1U) != 0);
    } else {
      registers[address] = value;
      if (local != 0x0C || (value & 0x80U) == 0) return;
      registers[address + 4] |= errors_next;
      REQUIRE((value & 4U) != 0);
      if (errors_next == 0) cells.erase(bank * 0x100000 + (value >> 8 & 7) * 0x20000, 0x20000);
      busy = 5;
    }
  }
  void program_word(std::uint32_t offset, std::uint32_t value) override {
    const std::uint32_t bank = offset / 0x100000;
    REQUIRE(busy == 0);
    REQUIRE((registers[0x5200200C + 0x100 * bank] & 3U) == 2);
    for (unsigned i = 0; i < 4; ++i) pending.push_back(static_cast<std::uint8_t>(value >> 8 * i));
    if (pending.size() < 32) return;
    registers[0x52002010 + 0x100 * bank] |= errors_next;
    if (errors_next == 0) cells.program(offset - 28, pending.data(), 32);
    pending.clear();
    busy = 2;
  }
  void on_unreadable() override {
    // Without this the load would be a bus fault.
    CHECK((registers[0xE000ED14] & 0x100U) != 0);
    registers[0x52002010] |= 1U << 26;
  }
};

template <class Flash>
void check_errors(Flash& flash, Controller& controller, std::uint32_t error, std::uint32_t block) {
  const std::vector<std::uint8_t> data(program_size_at(flash, block), 5);
  REQUIRE(flash.erase(block) == Status::ok);
  controller.errors_next = error;
  CHECK(flash.program(block, ConstBytes(data.data(), data.size())) == Status::program_failed);
  CHECK(flash.erase(block) == Status::erase_failed);
  controller.errors_next = 0;
  // An old error does not spoil the next operation.
  CHECK(flash.erase(block) == Status::ok);
  CHECK(flash.program(block, ConstBytes(data.data(), data.size())) == Status::ok);
  CHECK(flash.program(block + 1, ConstBytes(data.data(), data.size())) == Status::program_failed);
}

}  // namespace

TEST_CASE("nRF52: pages and words through the NVMC, which is left read-only") {
  Nvmc nvmc;
  nvmc.cells.reset(64 * 1024, 4);
  part = &nvmc;
  port::Nrf52NvmcFlash<64 * 1024, 4096, Bus> flash;
  check_contract(flash, nvmc.cells, 0x4000);
  CHECK(nvmc.registers[0x4001E504] == 0);
  const std::uint8_t byte = 1;
  CHECK(flash.program(0, ConstBytes(&byte, 1)) == Status::program_failed);
}

TEST_CASE("STM32L4: double words, pages by number, locked again; a torn one is read_failed through the NMI") {
  L4 controller;
  part = &controller;
  static port::Stm32L4Flash<64 * 1024, Bus> flash;
  controller.on_nmi = [] { CHECK(flash.on_nmi()); };
  check_contract(flash, controller.cells, 0x4000);
  CHECK(controller.is_locked());
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
}

TEST_CASE("STM32H7: flash words in two banks; a torn one is read_failed without a bus fault") {
  H7 controller;
  part = &controller;
  port::Stm32H7Flash<Bus> flash;
  check_contract(flash, controller.cells, 0x20000);
  check_contract(flash, controller.cells, 0x100000);
  check_errors(flash, controller, 1U << 17, 0x60000);
  CHECK(controller.registers[0x5200200C] == 1);
  controller.unreadable.insert(0x80000 / 32);
  std::uint8_t bytes[8];
  CHECK(flash.read(0x80000, MutableBytes(bytes)) == Status::read_failed);
  CHECK(flash.read(0x80020, MutableBytes(bytes)) == Status::ok);
  CHECK((controller.registers[0xE000ED14] & 0x100U) == 0);
}

}  // namespace tmd::test
