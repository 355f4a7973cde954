// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulated_part.hpp"

namespace tmd::test {

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
  virtual std::uint8_t read_cell(std::uint32_t offset) { return cells.bytes[offset]; }
  virtual void program_word(std::uint32_t offset, std::uint32_t value) = 0;
  virtual void on_unreadable() {}
  virtual void barrier() {}
};
inline Controller* part = nullptr;

inline bool is_cell(std::uint32_t address) {
  return address >= part->base() && address - part->base() < part->cells.bytes.size();
}

struct Bus {
  static std::uint8_t read8(std::uint32_t address) {
    REQUIRE(is_cell(address));
    const std::uint32_t offset = address - part->base();
    if (part->unreadable.count(offset / part->cells.unit) != 0) part->on_unreadable();
    return part->read_cell(offset);
  }
  static std::uint32_t read32(std::uint32_t address) { return part->load(address); }
  static void write32(std::uint32_t address, std::uint32_t value) {
    if (is_cell(address)) return part->program_word(address - part->base(), value);
    part->store(address, value);
  }
  static void barrier() { part->barrier(); }
};

inline void word_to_cells(Cells& cells, std::uint32_t offset, std::uint32_t value) {
  std::uint8_t bytes[4];
  store_le32(bytes, value);
  cells.program(offset, bytes, 4);
}

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

}  // namespace tmd::test
