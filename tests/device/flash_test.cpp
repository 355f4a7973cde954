// SPDX-License-Identifier: Apache-2.0
// What the library itself asks a Flash policy, in both of its forms.
#include "tmd/flash.hpp"

#include <doctest/doctest.h>

#include "support/lying_flash.hpp"
#include "tmd/flash/ram_flash.hpp"

using namespace tmd;

namespace {

using Uneven = RamSectorFlash<Sectors<16384, 16384, 16384, 16384, 65536, 131072>, 4>;

/// Two program units in one part: no region may span both.
struct MixedUnits : RamFlash<8192, 1024, 8> {
  static constexpr std::uint32_t program_size(std::uint32_t address) { return address < 4096 ? 8 : 4; }
};

/// Says that its buffers hold units of 32 bytes, as a policy does that says nothing.
struct TooWide {
  std::uint32_t size() const { return 4096; }
  std::uint32_t erase_size() const { return 1024; }
  std::uint32_t program_size() const { return 64; }
  Status read(std::uint32_t, MutableBytes) { return Status::ok; }
  Status program(std::uint32_t, ConstBytes) { return Status::ok; }
  Status erase(std::uint32_t) { return Status::ok; }
  Status is_blank(std::uint32_t, std::uint32_t, bool&) { return Status::ok; }
};

}  // namespace

TEST_CASE("sizes are asked with an address or without, as the policy has them") {
  const RamFlash<8192, 1024, 8> even;
  CHECK(erase_size_at(even, 5000) == 1024);
  CHECK(program_size_at(even, 5000) == 8);
  const Uneven uneven;
  CHECK(erase_size_at(uneven, 0) == 16384);
  CHECK(erase_size_at(uneven, 65536) == 65536);
  CHECK(erase_size_at(uneven, 131072 + 5) == 131072);
  CHECK(erase_block_at(uneven, 70000).address == 65536);
  CHECK(erase_block_at(uneven, 70000).size == 65536);
  const TooWide plain;
  CHECK(erase_size_at(plain, 1) == 1024);
}

TEST_CASE("a region is whole erase blocks of one program unit that the buffers hold") {
  const Uneven uneven;
  CHECK(is_whole_blocks(uneven, {0, 32768}));
  CHECK(is_whole_blocks(uneven, {49152, 16384 + 65536}));
  CHECK_FALSE(is_whole_blocks(uneven, {49152, 16384 + 32768}));
  CHECK_FALSE(is_whole_blocks(uneven, {8192, 16384}));
  CHECK_FALSE(is_whole_blocks(uneven, {0, 0}));
  CHECK_FALSE(is_whole_blocks(uneven, {131072, 262144}));
  const MixedUnits mixed;
  CHECK(is_whole_blocks(mixed, {0, 4096}));
  CHECK(is_whole_blocks(mixed, {4096, 4096}));
  CHECK_FALSE(is_whole_blocks(mixed, {0, 8192}));
  CHECK_FALSE(is_whole_blocks(TooWide(), {0, 4096}));
}

TEST_CASE("a policy that names no largest unit has one of 32 bytes") {
  static_assert(largest_program_unit<TooWide>() == 32, "");
  static_assert(largest_program_unit<RamFlash<8192, 1024, 8>>() == 8, "");
  static_assert(largest_program_unit<RamFlash<8192, 1024, 512>>() == 512, "");
}

TEST_CASE("what was programmed is read back, to its last byte") {
  RamFlash<1024, 256, 4> flash;
  std::uint8_t bytes[68] = {1, 2, 3};
  REQUIRE(program_verified(flash, 0, bytes) == Status::ok);
  CHECK(verify_programmed(flash, 0, bytes) == Status::ok);
  bytes[67] = 9;
  CHECK(verify_programmed(flash, 0, bytes) == Status::verify_failed);
  CHECK(verify_programmed(flash, 1000, bytes) == Status::out_of_bounds);
  CHECK(program_verified(flash, 0, bytes) == Status::program_failed);
}

TEST_CASE("an erase is looked at before it is believed") {
  test::LyingFlash<1024, 256, 4> flash;
  std::uint8_t bytes[8] = {1, 2, 3};
  REQUIRE(program_verified(flash, 256, bytes) == Status::ok);
  CHECK(erase_verified(flash, Region{256, 256}) == Status::ok);
  REQUIRE(program_verified(flash, 256, bytes) == Status::ok);
  flash.lies = true;
  CHECK(erase_verified(flash, Region{256, 256}) == Status::erase_failed);
  CHECK(erase_verified(flash, Region{512, 256}) == Status::ok);  // blank all the same
  CHECK(program_verified(flash, 512, bytes) == Status::verify_failed);
}
