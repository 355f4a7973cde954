// SPDX-License-Identifier: Apache-2.0
// The drivers that work on registers, over controllers that behave as their reference manuals say.
#include <doctest/doctest.h>

#include "simulated_registers.hpp"
#include "tmd/port/nrf52_nvmc_flash.hpp"
#include "tmd/port/stm32h7_flash.hpp"

namespace tmd::test {
namespace {

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

/// Its processor keeps writes to flash back, and writes to registers may overtake them or the other way round: what is
/// certain is what stands before a barrier.
struct H7 : Controller {
  std::vector<std::uint8_t> pending;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> kept_back;  ///< Words on their way to the flash.
  bool is_certain = true;  ///< Registers are what was written to them.
  H7() {
    cells.reset(2 * 1024 * 1024, 32);
    registers[0x5200200C] = registers[0x5200210C] = 1;
  }
  std::uint32_t base() const override { return 0x08000000; }
  std::uint32_t load(std::uint32_t address) override {
    if ((address == 0x52002010 || address == 0x52002110) && busy != 0) return --busy, 4U;
    return registers[address];
  }
  void barrier() override {
    is_certain = true;
    for (const auto& [offset, value] : kept_back) arrive(offset, value);
    kept_back.clear();
  }
  void store(std::uint32_t address, std::uint32_t value) override {
    CHECK(kept_back.empty());
    is_certain = false;
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
    CHECK(is_certain);
    kept_back.emplace_back(offset, value);
  }
  void arrive(std::uint32_t offset, std::uint32_t value) {
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
    CHECK(is_certain);
    registers[0x52002010] |= 1U << 26;
  }
};

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
