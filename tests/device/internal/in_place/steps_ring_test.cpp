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

/// One where a new block is followed by so many more of the same: they are copied from it, and from one another.
struct Repeated : FewBlocks {
  explicit Repeated(std::size_t count) : FewBlocks({}) {
    const Bytes block = random_bytes(kBlock, 4);
    for (std::size_t i = 0; i <= count; ++i)
      std::copy(block.begin(), block.end(), target.begin() + static_cast<std::ptrdiff_t>((2 + i) * kBlock));
  }
};

void receive(OneSlot& device) {
  stage(device);
}

}  // namespace

TEST_CASE("changed blocks are written into the ring once, however many there are") {
  for (const auto& blocks : {std::initializer_list<std::size_t>{4},
                             {0, 1},
                             {2, 3, 18},
                             {19},
                             {0, 4, 5, 12},
                             {1, 2, 3, 4, 5, 6, 7}}) {
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

TEST_CASE(
    "blocks that the decoder looks back at are kept while it is tried out, and written once all the same") {
  for (const std::size_t count : {1U, 2U, 3U}) {
    CAPTURE(count);
    const Repeated pair(count);
    OneSlot device = pair.device();
    receive(device);
    CHECK(device.apply() == Status::ok);
    CHECK(device.active_bytes() == pair.target);
    CHECK(erases_in(device, device.layout().slot_b) == count + 1);
  }
}

TEST_CASE("where they are more than the ring has places for, all are written twice") {
  const Repeated pair(7);
  OneSlot device = pair.device();
  receive(device);
  CHECK(device.apply() == Status::ok);
  CHECK(device.active_bytes() == pair.target);
  CHECK(erases_in(device, device.layout().slot_b) == 2 * 8);
  CHECK(erases_in(device, device.layout().slot_a) == 8);
}

TEST_CASE("what lies before all that is looked back at is not written for it while the patch is tried out") {
  FewBlocks pair({1, 2, 3, 4, 5, 6, 7});
  const Bytes block = random_bytes(kBlock, 4);
  for (const std::size_t at : {15U, 16U})
    std::copy(block.begin(), block.end(), pair.target.begin() + static_cast<std::ptrdiff_t>(at * kBlock));
  OneSlot device = pair.device();
  receive(device);
  CHECK(device.apply() == Status::ok);
  CHECK(device.active_bytes() == pair.target);
  // The first three, then the last two, which look back; and all of them in earnest.
  CHECK(erases_in(device, device.layout().slot_b) == 3 + 2 + 9);
  CHECK(erases_in(device, device.layout().slot_a) == 9);
}

TEST_CASE("what was streamed, and cut short, is not taken for what a target has in its place") {
  const Bytes base = random_bytes(5000, 1);
  Bytes target = base;
  const Bytes more = random_bytes(2000, 2);
  const Bytes first = random_bytes(10, 3);
  std::copy(first.begin(), first.end(), target.begin());
  std::uint32_t from = 0;
  Bytes streamed = base;
  SUBCASE("behind the base") {
    target.insert(target.end(), more.begin(), more.end());
    streamed = target;
    from = 20;
  }
  SUBCASE("the base itself, to its last byte but the commit") {}
  GapSlot device(base, make_in_place(base, target, kWindow));
  REQUIRE(device.boot() == Status::ok);
  REQUIRE(stream_unfinished(device.updater(), make_in_place({}, streamed, {})) == Status::ready_to_finish);
  REQUIRE(device.boot() != Status::ok);
  if (from != 0) REQUIRE(stream(device.updater(), make_in_place({}, base, {})) == Status::ok);
  std::vector<std::uint32_t> erases;
  for (std::uint32_t block = 0; block * kBlock < target.size(); ++block)
    erases.push_back(device.flash().erases_of(block * kBlock));
  REQUIRE(device.receive() == Status::ok);
  CHECK(device.apply() == Status::ok);
  CHECK(device.active_bytes() == target);
  for (std::uint32_t block = from; block < erases.size(); ++block) {
    CAPTURE(block);
    CHECK(device.flash().erases_of(block * kBlock) == erases[block] + 1);
  }
}

TEST_CASE("a patch that was refused does not make the next one write what stays") {
  const FewBlocks pair({4});
  const FewBlocks wrong({7});
  OneSlot device(pair.base, make_in_place(pair.base, wrong.base, kWindow, &pair.target));
  receive(device);
  REQUIRE(device.apply() == Status::target_mismatch);
  device.patch().bytes = make_in_place(pair.base, pair.target, kWindow);
  device.patch().plan.patch_length = static_cast<std::uint32_t>(device.patch().bytes.size());
  ++device.patch().plan.identity;
  REQUIRE(device.receive() == Status::ok);
  CHECK(device.apply() == Status::ok);
  CHECK(erases_in(device, device.layout().slot_a) == 1);
}

TEST_CASE("one of them that rots before it goes home is written anew") {
  const Repeated pair(1);
  OneSlot device = pair.device();
  receive(device);
  while (erases_in(device, device.layout().slot_b) == 0)
    REQUIRE(device.updater().apply() == Status::would_block);
  // The patch is being tried out still, and what it looks back at lies behind it.
  for (unsigned i = 0; i < 8; ++i) REQUIRE(device.updater().apply() == Status::would_block);
  device.flash().rot(Rot{device.layout().slot_b.address + 30, 3});
  CHECK(device.apply() == Status::ok);
  CHECK(device.active_bytes() == pair.target);
  CHECK(erases_in(device, device.layout().slot_b) == 3);
}

TEST_CASE("a ring that can't be written is found before the model is given up") {
  const FewBlocks pair({0, 4, 5, 12});
  for (std::uint32_t place = 0; place < 3; ++place) {
    CAPTURE(place);
    OneSlot device = pair.device();
    receive(device);
    device.flash().wear_out(device.layout().slot_b.address + place * kBlock, false);
    CHECK(is_error(device.apply()));
    CHECK(device.active_bytes() == pair.base);
    CHECK(device.boot() == Status::ok);
    CHECK(device.active_bytes() == pair.base);
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
  CHECK(erases_in(device, ring) == changed);
}
