// SPDX-License-Identifier: Apache-2.0
#include "tmd/flash/ram_flash.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

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
  bool blank = true;
  CHECK(flash.read(1023, byte) == Status::out_of_bounds);
  CHECK(flash.read(0xFFFFFFFFU, byte) == Status::out_of_bounds);
  CHECK(flash.program(1023, byte) == Status::out_of_bounds);
  CHECK(flash.is_blank(1023, 2, blank) == Status::out_of_bounds);
  CHECK(flash.erase(1024) == Status::out_of_bounds);
  CHECK(flash.erase(100) == Status::out_of_bounds);
}

TEST_CASE("RAM flash is blank where each byte is, and an erase reaches the block's end") {
  RamFlash<60, 30, 1> flash;
  const std::uint8_t byte[1] = {0x7F};
  for (std::uint32_t at = 30; at < 60; ++at) {
    CHECK(flash.program(at, byte) == Status::ok);
    for (std::uint32_t from = 30; from < 60; ++from) {
      bool blank = false;
      CHECK(flash.is_blank(from, 60 - from, blank) == Status::ok);
      CHECK(blank == (from > at));
      CHECK(flash.is_blank(30, from - 30, blank) == Status::ok);
      CHECK(blank == (from <= at));
    }
    CHECK(flash.erase(30) == Status::ok);
    CHECK(flash.data()[at] == 0xFF);
  }
}

TEST_CASE("RAM flash has program units of 1 to 512 bytes") {
  RamFlash<2048, 1024, 512> flash;
  const std::vector<std::uint8_t> page(512, 7);
  CHECK(flash.program(512, ConstBytes(page.data(), 512)) == Status::ok);
  CHECK(flash.program(1024, ConstBytes(page.data(), 256)) == Status::program_failed);
  CHECK(flash.program(1280, ConstBytes(page.data(), 512)) == Status::program_failed);
}

TEST_CASE("erased RAM flash reads as ones, or as zeros where the part does") {
  RamFlash<512, 256, 4, 0x00> flash;
  std::uint8_t bytes[4] = {1, 2, 3, 4};
  bool blank = false;
  REQUIRE(flash.read(0, bytes) == Status::ok);
  CHECK(std::all_of(bytes, bytes + 4, [](std::uint8_t byte) { return byte == 0; }));
  const std::uint8_t ones[4] = {0xFF, 0xFF, 0xFF, 0xFF};
  REQUIRE(flash.program(0, ones) == Status::ok);
  CHECK(flash.is_blank(0, 4, blank) == Status::ok);
  CHECK_FALSE(blank);
  REQUIRE(flash.erase(0) == Status::ok);
  CHECK(flash.is_blank(0, 256, blank) == Status::ok);
  CHECK(blank);
}

TEST_CASE("erase blocks of unequal size are erased each for itself") {
  RamSectorFlash<Sectors<1024, 1024, 2048, 4096>, 4> flash;
  CHECK(flash.size() == 8192);
  CHECK(flash.erase_size(1023) == 1024);
  CHECK(flash.erase_size(2048) == 2048);
  CHECK(flash.erase_size(8191) == 4096);
  CHECK(flash.erase_size(8192) == 0);
  const std::uint8_t unit[4] = {1, 2, 3, 4};
  for (const std::uint32_t at : {0U, 1024U, 2048U, 3072U, 4096U, 8188U})
    REQUIRE(flash.program(at, unit) == Status::ok);
  CHECK(flash.erase(3072) == Status::out_of_bounds);
  REQUIRE(flash.erase(2048) == Status::ok);
  for (const std::uint32_t at : {2048U, 3072U}) CHECK(flash.program(at, unit) == Status::ok);
  for (const std::uint32_t at : {0U, 1024U, 4096U, 8188U})
    CHECK(flash.program(at, unit) == Status::program_failed);
}
