// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/journal/banks.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "tmd/flash/ram_flash.hpp"

using namespace tmd;
using tmd::detail::Banks;

namespace {

template <class Flash>
bool splits(Banks& banks, Region region) {
  const auto flash = std::make_unique<Flash>();
  FlashPort<Flash> port(*flash);
  banks = Banks();
  return banks.split(port, region);
}

}  // namespace

TEST_CASE("equal blocks make two equal banks; an odd one is left unused") {
  using Flash = RamFlash<16384, 1024, 4>;
  Banks banks;
  REQUIRE(splits<Flash>(banks, {2048, 4096}));
  CHECK(banks.bank[0].address == 2048);
  CHECK(banks.bank[0].size == 2048);
  CHECK(banks.bank[1].address == 4096);
  CHECK(banks.bank[1].size == 2048);
  CHECK(banks.row.bytes == 16);
  REQUIRE(splits<Flash>(banks, {0, 5 * 1024}));
  CHECK(banks.bank[0].size + banks.bank[1].size <= 5 * 1024);
  CHECK(banks.bank[0].size >= 2048);
  CHECK(banks.bank[1].size >= 2048);
  CHECK(banks.bank[1].address == banks.bank[0].end());
}

TEST_CASE("one block is no two banks, nor is a region of broken blocks or outside the flash") {
  using Flash = RamFlash<16384, 1024, 4>;
  Banks banks;
  CHECK_FALSE(splits<Flash>(banks, {0, 1024}));
  CHECK_FALSE(splits<Flash>(banks, {0, 1500}));
  CHECK_FALSE(splits<Flash>(banks, {512, 2048}));
  CHECK_FALSE(splits<Flash>(banks, {15 * 1024, 2048}));
  CHECK_FALSE(splits<Flash>(banks, {0, 0}));
}

TEST_CASE("blocks of several sizes are split where the halves are nearest in size") {
  using Flash = RamSectorFlash<Sectors<4096, 4096, 8192, 16384>, 4>;
  Banks banks;
  REQUIRE(splits<Flash>(banks, {0, 16384}));
  CHECK(banks.bank[0].size == 8192);
  CHECK(banks.bank[1].address == 8192);
  CHECK(banks.bank[1].size == 8192);
  REQUIRE(splits<Flash>(banks, {0, 32768}));
  CHECK(banks.bank[0].size == 16384);
  CHECK(banks.bank[1].size == 16384);
}

TEST_CASE("a row is as large as a program unit, where that is above 16 bytes") {
  Banks banks;
  REQUIRE(splits<RamFlash<8192, 1024, 32>>(banks, {0, 2048}));
  CHECK(banks.row.bytes == 32);
  REQUIRE(splits<RamFlash<8192, 2048, 512>>(banks, {0, 4096}));
  CHECK(banks.row.bytes == 512);
  // A program call stays within one block: 32 bytes do not fit one of 16.
  CHECK_FALSE(splits<RamFlash<256, 16, 4>>(banks, {0, 256}));
}

TEST_CASE("banks hold as many states as the smaller one has room for") {
  Banks banks;
  REQUIRE(splits<RamFlash<8192, 1024, 4>>(banks, {0, 2048}));
  const std::uint32_t room = banks.row.state_room(144);
  CHECK(banks.hold(1024 / room, 144));
  CHECK_FALSE(banks.hold(1024 / room + 1, 144));
  banks.bank[1].size = room - 1;
  CHECK_FALSE(banks.hold(1, 144));
}
