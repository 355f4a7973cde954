// SPDX-License-Identifier: Apache-2.0
#include "tmd/flash/counted_flash.hpp"

#include <doctest/doctest.h>

#include "tmd/flash/ram_flash.hpp"

using namespace tmd;

namespace {

using Ram = RamFlash<1024, 256, 4>;

/// Answers would_block once before each operation, and gives its sizes without an address.
struct SlowFlash {
  Ram ram;
  bool started = false;

  std::uint32_t size() const { return 1024; }
  std::uint32_t erase_size() const { return 256; }
  std::uint32_t program_size() const { return 4; }
  bool waits() { return (started = !started); }
  Status read(std::uint32_t address, MutableBytes out) { return ram.read(address, out); }
  Status program(std::uint32_t address, ConstBytes bytes) {
    return waits() ? Status::would_block : ram.program(address, bytes);
  }
  Status erase(std::uint32_t address) { return waits() ? Status::would_block : ram.erase(address); }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    return ram.is_blank(address, length, blank);
  }
};

}  // namespace

TEST_CASE("counted flash counts what passes and refuses what breaks the contract") {
  Ram inner;
  CountedFlash<Ram> flash(inner);
  const std::uint8_t bytes[8] = {};
  CHECK(flash.program(0, bytes) == Status::ok);
  CHECK(flash.erase(256) == Status::ok);
  CHECK(flash.program(2, bytes) == Status::out_of_bounds);
  CHECK(flash.program(16, ConstBytes(bytes, 3)) == Status::out_of_bounds);
  CHECK(flash.program(16, ConstBytes()) == Status::out_of_bounds);
  CHECK(flash.program(1020, bytes) == Status::out_of_bounds);
  CHECK(flash.erase(4) == Status::out_of_bounds);
  CHECK(flash.erase(1024) == Status::out_of_bounds);
  CHECK(flash.counters().programs == 1);
  CHECK(flash.counters().programmed_bytes == 8);
  CHECK(flash.counters().erases == 1);
  CHECK(flash.counters().violations == 6);
  static_assert(check_flash_policy<CountedFlash<Ram>>(), "");
}

TEST_CASE("a program call over the end of an erase block is refused") {
  Ram inner;
  CountedFlash<Ram> flash(inner);
  const std::uint8_t bytes[8] = {};
  CHECK(flash.program(252, bytes) == Status::out_of_bounds);
  CHECK(flash.counters().violations == 1);
  CHECK(flash.program(248, bytes) == Status::ok);
}

TEST_CASE("sizes come from either form of policy, and the largest unit too") {
  SlowFlash slow;
  CountedFlash<SlowFlash> plain(slow);
  CHECK(plain.erase_size(700) == 256);
  CHECK(plain.program_size(700) == 4);
  using Uneven = RamSectorFlash<Sectors<512, 512, 1024>, 512>;
  Uneven uneven;
  CountedFlash<Uneven> counted(uneven);
  CHECK(counted.erase_size(513) == 512);
  CHECK(counted.erase_size(1024) == 1024);
  CHECK(counted.program_size(0) == 512);
  static_assert(largest_program_unit<CountedFlash<Uneven>>() == 512, "");
  CHECK(counted.erase(1536) == Status::out_of_bounds);
  CHECK(counted.erase(1024) == Status::ok);
}

TEST_CASE("while an operation runs, no other one and no other bytes are let through") {
  SlowFlash slow;
  CountedFlash<SlowFlash> flash(slow);
  std::uint8_t bytes[4] = {1, 2, 3, 4};
  const std::uint8_t same[4] = {1, 2, 3, 4};
  REQUIRE(flash.program(0, bytes) == Status::would_block);
  CHECK(flash.program(4, bytes) == Status::out_of_bounds);
  CHECK(flash.erase(0) == Status::out_of_bounds);
  CHECK(flash.program(0, same) == Status::out_of_bounds);
  bytes[3] = 5;
  CHECK(flash.program(0, bytes) == Status::out_of_bounds);
  bytes[3] = 4;
  CHECK(flash.counters().violations == 4);
  CHECK(flash.counters().programs == 0);
  CHECK(flash.program(0, bytes) == Status::ok);
  CHECK(flash.counters().programs == 1);
  REQUIRE(flash.erase(256) == Status::would_block);
  CHECK(flash.program(0, bytes) == Status::out_of_bounds);
  CHECK(flash.erase(256) == Status::ok);
  CHECK(flash.counters().erases == 1);
}
