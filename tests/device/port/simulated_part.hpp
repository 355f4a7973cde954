// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "tmd/flash.hpp"

namespace tmd::test {

/// The cells of one part, as strict as flash with ECC: a unit is programmed once between erases.
struct Cells {
  std::vector<std::uint8_t> bytes;
  std::uint32_t unit = 4;
  std::uint32_t violations = 0;

  void reset(std::uint32_t size, std::uint32_t program_unit) {
    bytes.assign(size, 0xFF);
    unit = program_unit;
    violations = 0;
  }
  bool is_blank(std::uint32_t address, std::uint32_t length) const {
    for (std::uint32_t i = 0; i < length; ++i) {
      if (bytes.at(address + i) != 0xFF) return false;
    }
    return true;
  }
  void program(std::uint32_t address, const std::uint8_t* data, std::uint32_t length) {
    if (address % unit != 0 || length % unit != 0 || !is_blank(address, length)) ++violations;
    for (std::uint32_t i = 0; i < length; ++i) bytes.at(address + i) &= data[i];
  }
  void erase(std::uint32_t address, std::uint32_t length) {
    if (address % length != 0) ++violations;
    for (std::uint32_t i = 0; i < length; ++i) bytes.at(address + i) = 0xFF;
  }
};

/// What every driver must do with two neighbouring erase blocks, the first one at `block`.
template <class Flash>
void check_contract(Flash& flash, Cells& cells, std::uint32_t block, std::uint32_t cells_at = 0) {
  static_assert(check_flash_policy<Flash>());
  const std::uint32_t size = erase_size_at(flash, block);
  const std::uint32_t unit = program_size_at(flash, block);
  const std::uint32_t next = block + size;
  std::vector<std::uint8_t> data(4 * unit);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(3 * i + 1);
  const ConstBytes bytes(data.data(), data.size());
  bool blank = false;
  cells.bytes.at(cells_at + block) = 7;
  REQUIRE(flash.is_blank(block, size, blank) == Status::ok);
  CHECK_FALSE(blank);
  REQUIRE(flash.erase(block) == Status::ok);
  REQUIRE(flash.erase(next) == Status::ok);
  REQUIRE(flash.is_blank(block, 2 * size, blank) == Status::ok);
  CHECK(blank);
  REQUIRE(flash.program(next - 2 * unit, bytes.first(2 * unit)) == Status::ok);
  REQUIRE(flash.program(next, bytes) == Status::ok);
  std::vector<std::uint8_t> read(data.size());
  REQUIRE(flash.read(next, MutableBytes(read.data(), read.size())) == Status::ok);
  CHECK(read == data);
  REQUIRE(flash.read(next + 1, MutableBytes(read.data(), 3)) == Status::ok);
  CHECK(read[0] == data[1]);
  REQUIRE(flash.is_blank(next + 4 * unit, unit, blank) == Status::ok);
  CHECK(blank);
  REQUIRE(flash.is_blank(next + 3 * unit, unit, blank) == Status::ok);
  CHECK_FALSE(blank);
  // The neighbour of an erased block stays.
  REQUIRE(flash.erase(block) == Status::ok);
  CHECK(cells.is_blank(cells_at + block, size));
  CHECK(cells.bytes.at(cells_at + next) == data[0]);
  CHECK(flash.read(flash.size() - 1, MutableBytes(read.data(), 2)) != Status::ok);
  CHECK(flash.program(flash.size(), bytes) != Status::ok);
  CHECK(flash.erase(flash.size()) != Status::ok);
  CHECK(cells.violations == 0);
}

}  // namespace tmd::test
