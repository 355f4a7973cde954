// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/store/ring_map.hpp"

#include <doctest/doctest.h>

#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;
using namespace tmd::in_place;

namespace {

Status parsed(const Bytes& value, codec::ReadWindow& window) {
  return parse_window(view(value), window);
}

}  // namespace

TEST_CASE("an entry says block size, spare blocks and batch") {
  codec::ReadWindow window;
  REQUIRE(parsed(hex("0C 03 01"), window) == Status::ok);
  CHECK(window.block_size == 4096);
  CHECK(window.spare == 3);
  CHECK(window.batch == 1);
  CHECK(parsed(hex("18 02 01"), window) == Status::ok);
}

TEST_CASE("entries of another length, and numbers that mean nothing, are malformed") {
  codec::ReadWindow window;
  for (const char* digits :
       {"", "0C", "0C 03", "0C 03 01 00", "19 03 01", "0C 03 00", "0C 03 03", "FF 03 01"}) {
    CAPTURE(digits);
    CHECK(parsed(hex(digits), window) == Status::malformed_manifest);
  }
}

TEST_CASE("a device with one slot keeps the window, one with two takes no such patch") {
  RingMap<true> one{};
  CHECK(one.keep_window(ConstBytes()) == Status::ok);
  CHECK(one.window.is_open());
  CHECK(one.keep_window(view(hex("0C 03 01"))) == Status::ok);
  CHECK(one.window.block_size == 4096);
  one.forget_places();
  for (const auto& place : one.place) CHECK(place.block == RingMap<true>::kNoBlock);
  CHECK(RingMap<false>::keep_window(ConstBytes()) == Status::ok);
  CHECK(RingMap<false>::keep_window(view(hex("0C 03 01"))) == Status::slots_mismatch);
}
