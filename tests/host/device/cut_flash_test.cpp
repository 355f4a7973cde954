// SPDX-License-Identifier: Apache-2.0
#include "device/cut_flash.hpp"

#include <doctest/doctest.h>

#include "base/bytes.hpp"
#include "device/file_flash.hpp"

using namespace tmd;
using host::device::CutFlash;
using host::device::FileFlash;
using host::device::PowerCut;

TEST_CASE("of the program that is cut the first half of its units arrives") {
  FileFlash whole({4096, 1024, 8});
  CutFlash flash(whole);
  const host::Bytes units(32, 0x11);
  flash.cut_at(2);
  REQUIRE(flash.program(0, host::view(units)) == Status::ok);
  CHECK_THROWS_AS((void)flash.program(1024, host::view(units)), PowerCut);
  CHECK(whole.memory()[1024 + 15] == 0x11);
  CHECK(whole.memory()[1024 + 16] == FileFlash::kErased);
  REQUIRE(flash.program(2048, host::view(units)) == Status::ok);  // power goes once
}

TEST_CASE("an erase that is cut leaves the block as it was") {
  FileFlash whole({4096, 1024, 8});
  CutFlash flash(whole);
  REQUIRE(flash.program(0, host::view(host::Bytes(8, 0x22))) == Status::ok);
  flash.cut_at(1);
  CHECK_THROWS_AS((void)flash.erase(0), PowerCut);
  CHECK(whole.memory()[0] == 0x22);
  flash.cut_at(0);
  REQUIRE(flash.erase(0) == Status::ok);
  CHECK(whole.memory()[0] == FileFlash::kErased);
}
