// SPDX-License-Identifier: Apache-2.0
#include "tmd/flash/two_flashes.hpp"

#include <doctest/doctest.h>

#include "tmd/flash/flash_port.hpp"
#include "tmd/flash/ram_flash.hpp"

using namespace tmd;

namespace {

using Nor = RamFlash<65536, 4096, 1>;
using Internal = RamSectorFlash<Sectors<1024, 1024, 2048>, 8, 0x00>;
using Both = TwoFlashes<Nor, Internal>;

/// Larger than there is room for before the second.
struct Huge : Nor {
  static constexpr std::uint32_t size() { return 0x80000001U; }
};

/// Reads anything anywhere, as a driver may that relies on its callers.
struct Trusting : Nor {
  Status read(std::uint32_t, MutableBytes) { return Status::ok; }
};

}  // namespace

TEST_CASE("two flashes keep their own geometry behind one address space") {
  Nor nor;
  Internal internal;
  const Both flash(nor, internal);
  static_assert(largest_program_unit<Both>() == 8, "");
  CHECK(flash.size() == Both::kSecondAt + 4096);
  CHECK(erase_size_at(flash, 5000) == 4096);
  CHECK(program_size_at(flash, 5000) == 1);
  CHECK(erase_size_at(flash, Both::kSecondAt + 1024) == 1024);
  CHECK(erase_block_at(flash, Both::kSecondAt + 3000).address == Both::kSecondAt + 2048);
  CHECK(program_size_at(flash, Both::kSecondAt) == 8);
  CHECK(is_whole_blocks(flash, {4096, 8192}));
  CHECK(is_whole_blocks(flash, {Both::kSecondAt + 1024, 3072}));
}

TEST_CASE("no region is between the two, or on both") {
  Nor nor;
  Internal internal;
  Both flash(nor, internal);
  CHECK(flash.erase_size(65536) == 0);
  CHECK_FALSE(is_whole_blocks(flash, {61440, 8192}));
  CHECK_FALSE(is_whole_blocks(flash, {65536, 4096}));
  CHECK_FALSE(is_whole_blocks(flash, {Both::kSecondAt - 4096, 8192}));
  std::uint8_t bytes[16] = {};
  bool blank = false;
  CHECK(flash.read(65528, bytes) == Status::out_of_bounds);
  CHECK(flash.read(Both::kSecondAt - 8, bytes) == Status::out_of_bounds);
  CHECK(flash.read(Both::kSecondAt + 4088, bytes) == Status::out_of_bounds);
  CHECK(flash.program(65536, bytes) == Status::out_of_bounds);
  CHECK(flash.erase(65536) == Status::out_of_bounds);
  CHECK(flash.is_blank(65530, 10, blank) == Status::out_of_bounds);
  Trusting trusting;
  TwoFlashes<Trusting, Internal> unchecked(trusting, internal);
  CHECK(unchecked.read(65520, bytes) == Status::ok);
  CHECK(unchecked.read(65528, bytes) == Status::out_of_bounds);
  CHECK(unchecked.read(0x100000, bytes) == Status::out_of_bounds);
  Huge huge;
  CHECK(TwoFlashes<Huge, Internal>(huge, internal).size() == 0);
}

TEST_CASE("an operation reaches the part that it is for, and only that") {
  Nor nor;
  Internal internal;
  Both flash(nor, internal);
  const std::uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  bool blank = true;
  REQUIRE(program_verified(flash, 4096, bytes) == Status::ok);
  REQUIRE(program_verified(flash, Both::kSecondAt + 8, bytes) == Status::ok);
  CHECK(verify_programmed(nor, 4096, bytes) == Status::ok);
  CHECK(verify_programmed(internal, 8, bytes) == Status::ok);
  CHECK(flash.is_blank(Both::kSecondAt, 1024, blank) == Status::ok);
  CHECK_FALSE(blank);
  REQUIRE(flash.erase(Both::kSecondAt) == Status::ok);
  CHECK(flash.is_blank(Both::kSecondAt, 1024, blank) == Status::ok);
  CHECK(blank);
  CHECK(verify_programmed(nor, 4096, bytes) == Status::ok);
  REQUIRE(flash.erase(4096) == Status::ok);
  CHECK(nor.data()[4096] == 0xFF);
}

TEST_CASE("two flashes share a port, and may be attached later") {
  static Nor nor;
  static Internal internal;
  static Both flash;
  static FlashPort<Both> port;
  flash.attach(nor, internal);
  port.attach(flash);
  const std::uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  CHECK(port.program(Both::kSecondAt, bytes) == Status::ok);
  CHECK(port.program(0, bytes) == Status::ok);
  CHECK(verify_programmed(port, Both::kSecondAt, bytes) == Status::ok);
}
