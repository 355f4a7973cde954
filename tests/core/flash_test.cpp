// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tmd/flash/counted_flash.hpp"
#include "tmd/flash/ram_flash.hpp"

using namespace tmd;

TEST_CASE("RAM flash forbids programming a unit twice without an erase") {
  RamFlash<1024, 256, 8> flash;
  const std::uint8_t unit[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  CHECK(flash.program(8, unit) == Status::ok);
  CHECK(flash.program(8, unit) == Status::program_failed);
  CHECK(flash.program(12, unit) == Status::program_failed);
  CHECK(flash.erase(0) == Status::ok);
  CHECK(flash.program(8, unit) == Status::ok);
  CHECK(verify_programmed(flash, 8, unit) == Status::ok);
  CHECK(verify_programmed(flash, 0, unit) == Status::verify_failed);
}

TEST_CASE("RAM flash touches nothing outside itself") {
  RamFlash<1024, 256, 1> flash;
  std::uint8_t byte[2] = {};
  CHECK(flash.read(1023, byte) == Status::out_of_bounds);
  CHECK(flash.read(0xFFFFFFFFU, byte) == Status::out_of_bounds);
  CHECK(flash.erase(1024) == Status::out_of_bounds);
  CHECK(flash.erase(100) == Status::out_of_bounds);
}

TEST_CASE("counted flash counts what passes and refuses what breaks the contract") {
  RamFlash<1024, 256, 4> inner;
  CountedFlash<RamFlash<1024, 256, 4>> flash(inner);
  const std::uint8_t bytes[8] = {};
  CHECK(flash.program(0, bytes) == Status::ok);
  CHECK(flash.erase(256) == Status::ok);
  CHECK(flash.program(2, bytes) == Status::out_of_bounds);
  CHECK(flash.program(16, ConstBytes(bytes, 3)) == Status::out_of_bounds);
  CHECK(flash.erase(4) == Status::out_of_bounds);
  CHECK(flash.counters().programs == 1);
  CHECK(flash.counters().programmed_bytes == 8);
  CHECK(flash.counters().erases == 1);
  CHECK(flash.counters().violations == 3);
  static_assert(check_flash_policy<CountedFlash<RamFlash<1024, 256, 4>>>(), "");
}
