// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/store/layout.hpp"

#include <doctest/doctest.h>

#include <set>

#include "tmd/flash/ram_flash.hpp"

using namespace tmd;

namespace {

using Flash = RamSectorFlash<Sectors<4096, 4096, 4096, 4096, 16384, 16384>, 4>;
const Flash kFlash;

bool is_sound(Region a, Region b) {
  return has_sound_slots(kFlash, Layout{a, b, Region{}});
}

}  // namespace

TEST_CASE("slots are whole erase blocks that do not overlap") {
  CHECK(is_sound({0, 8192}, {8192, 8192}));
  CHECK(is_sound({16384, 16384}, {0, 16384}));  // of other blocks each, in any order
  CHECK_FALSE(is_sound({0, 8192}, {4096, 8192}));
  CHECK_FALSE(is_sound({0, 8192}, {0, 8192}));
  CHECK_FALSE(is_sound({0, 16384 + 4096}, {32768, 16384}));  // ends inside a block
  CHECK_FALSE(is_sound({2048, 4096}, {8192, 8192}));
  CHECK_FALSE(is_sound({0, 0}, {8192, 8192}));
  CHECK_FALSE(is_sound({0, 8192}, {32768, 32768}));  // outside the flash
  CHECK_FALSE(is_sound({0, 8192}, {0xFFFFF000, 8192}));
}

TEST_CASE("slots are found by their names") {
  const Layout layout = {{0, 8192}, {8192, 4096}, {16384, 16384}};
  CHECK(layout.slot(SlotId::a).size == 8192);
  CHECK(layout.slot(SlotId::b).address == 8192);
}

TEST_CASE("the fingerprint tells slots apart, and does not look at the journal") {
  const Layout layout = {{0, 8192}, {8192, 4096}, {16384, 16384}};
  std::set<std::uint32_t> seen = {layout.fingerprint()};
  for (std::uint32_t Region::*field : {&Region::address, &Region::size}) {
    for (Region Layout::*slot : {&Layout::slot_a, &Layout::slot_b}) {
      Layout other = layout;
      (other.*slot).*field += 4096;
      CHECK(seen.insert(other.fingerprint()).second);
    }
  }
  CHECK(seen.insert(Layout{layout.slot_b, layout.slot_a, layout.journal}.fingerprint()).second);
  Layout other = layout;
  other.journal = {32768, 16384};
  CHECK(other.fingerprint() == layout.fingerprint());
}
