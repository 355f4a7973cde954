// SPDX-License-Identifier: Apache-2.0
// How the spare blocks are used up: by how many erases, and each as much as the others.
#include <doctest/doctest.h>

#include <algorithm>

#include "device/one_slot_steps.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

constexpr std::uint32_t kBlock = 256;

/// A model, and what it becomes where a byte changes in each of these blocks.
struct FewBlocks {
  Bytes base = random_bytes(5000, 1);
  Bytes target = base;

  explicit FewBlocks(std::initializer_list<std::size_t> blocks) {
    for (const std::size_t block : blocks) target[block * kBlock + 100] ^= 0x55;
  }
  OneSlot device() const { return OneSlot(base, make_in_place(base, target, kWindow)); }
};

void receive(OneSlot& device) {
  REQUIRE(device.boot() == Status::ok);
  REQUIRE(device.receive() == Status::ok);
}

}  // namespace

TEST_CASE("changed blocks that all find room in the ring are written there once: as the patch is tried out") {
  for (const auto& blocks : {std::initializer_list<std::size_t>{4}, {0, 1}, {2, 3, 18}, {19}, {0, 9, 19}}) {
    CAPTURE(blocks.size());
    const FewBlocks pair(blocks);
    OneSlot device = pair.device();
    receive(device);
    CHECK(device.apply() == Status::ok);
    CHECK(device.active_bytes() == pair.target);
    CHECK(erases_in(device, device.layout().slot_b) == blocks.size());
    CHECK(erases_in(device, device.layout().slot_a) == blocks.size());
    CHECK(device.flash().violation() == "");
  }
}

TEST_CASE("more of them are written twice: the ring has to hold what the decoder looks back at, both times") {
  const FewBlocks pair({0, 4, 5, 12});
  OneSlot device = pair.device();
  receive(device);
  CHECK(device.apply() == Status::ok);
  CHECK(device.active_bytes() == pair.target);
  CHECK(erases_in(device, device.layout().slot_b) == 8);
}

TEST_CASE("one of them that rots before it goes home is written anew") {
  const FewBlocks pair({2, 9, 18});
  for (unsigned place = 0; place < 3; ++place) {
    for (const bool is_restarted : {false, true}) {
      CAPTURE(place);
      CAPTURE(is_restarted);
      OneSlot device = pair.device();
      receive(device);
      overwrite(device, 0);
      device.flash().rot(Rot{device.layout().slot_b.address + place * kBlock + 30, 3});
      if (is_restarted) {
        REQUIRE(device.boot() == Status::updating);
        REQUIRE(patiently([&] { return device.staging().reopen(); }) == Status::ok);
      }
      CHECK(device.apply() == Status::ok);
      CHECK(device.active_bytes() == pair.target);
      CHECK(erases_in(device, device.layout().slot_b) == 4);
    }
  }
}

TEST_CASE("over many updates each spare block is erased as often as the others, but for one time") {
  FewBlocks pair({});
  OneSlot device = pair.device();
  REQUIRE(device.boot() == Status::ok);
  Bytes now = pair.base;
  std::uint32_t changed = 0;
  for (std::uint32_t update = 0; update < 40; ++update) {
    CAPTURE(update);
    Bytes next = now;
    for (std::uint32_t i = 0; i <= update % 4; ++i)
      next[((update * 7 + i * 5) % 19) * kBlock + update] ^= 0x11;
    changed += update % 4 + 1;
    device.patch().bytes = make_in_place(now, next, kWindow);
    device.patch().plan = {update + 1, static_cast<std::uint32_t>(device.patch().bytes.size()), 64};
    REQUIRE(device.receive() == Status::ok);
    REQUIRE(device.apply() == Status::ok);
    REQUIRE(device.active_bytes() == next);
    now = next;
  }
  std::uint32_t least = ~0U;
  std::uint32_t most = 0;
  const Region& ring = device.layout().slot_b;
  for (std::uint32_t at = ring.address; at < ring.end(); at += kBlock) {
    least = std::min(least, device.flash().erases_of(at));
    most = std::max(most, device.flash().erases_of(at));
  }
  CHECK(most - least <= 1);
  // A quarter of the updates changes four blocks, one more than the ring has.
  CHECK(erases_in(device, ring) == changed + 10 * 4);
}
