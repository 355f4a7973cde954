// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/in_place/ring.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <memory>

#include "support/bytes.hpp"
#include "tmd/flash/ram_flash.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

constexpr std::uint32_t kBlock = 256;
constexpr std::uint32_t kBlocks = 10;
constexpr Region kSlot = {0, kBlocks* kBlock};
constexpr Region kSpare = {4096, 3 * kBlock};

/// Counts its erases, and has a block that does not erase.
struct RingFlash : RamFlash<8192, kBlock, 8> {
  unsigned erases[8192 / kBlock] = {};
  std::uint32_t dead = 0xFFFFFFFF;

  Status erase(std::uint32_t address) {
    ++erases[address / kBlock];
    return address == dead ? Status::erase_failed : RamFlash::erase(address);
  }
  unsigned erases_in(const Region& region) const {
    unsigned sum = 0;
    for (std::uint32_t at = region.address; at < region.end(); at += kBlock) sum += erases[at / kBlock];
    return sum;
  }
};
using Ring = in_place::Ring<RingFlash, 64>;

/// A base in the slot, a ring of three blocks, and a target that differs from the base in the middle of some blocks.
struct RingBench {
  std::unique_ptr<RingFlash> flash = std::make_unique<RingFlash>();
  FlashPort<RingFlash> port{*flash};
  Ring::Map map{};
  std::uint8_t page[64] = {};
  Ring ring;
  Bytes target = random_bytes(kSlot.size, 1);

  explicit RingBench(std::initializer_list<std::uint32_t> changed, std::uint32_t settled = kSlot.size) {
    REQUIRE(flash->program(0, view(target)) == Status::ok);
    for (const std::uint32_t block : changed) target[block * kBlock + 100] ^= 0x55;
    map.window = {kBlock, 3, 1};
    map.forget_places();
    REQUIRE(Ring::check(port, kSlot, kSpare, map) == Status::ok);
    ring.attach(port, kSlot, settled, kSpare, page, map);
  }

  /// Puts the target up to this block.
  Status put(std::uint32_t blocks) {
    Status status = Status::ok;
    while (status == Status::ok && ring.position() < blocks * kBlock) {
      while (ring.room() != 0) ring.put(target[ring.position()]);
      status = ring.flush(kSlot.size);
      if (status == Status::ok && ring.begins_block()) status = ring.end_block(kBlock);
    }
    return status;
  }
  /// The target while it is tried out.
  Status try_out(std::uint32_t blocks = kBlocks) {
    ring.keep_from(Ring::Map::kNoBlock);
    ring.start(0);
    return put(blocks);
  }
  /// All of it in earnest: blocks go home as soon as the window says.
  Status write() {
    ring.keep_from(0);
    ring.start(0);
    Status status = Status::ok;
    for (std::uint32_t block = 1; status == Status::ok && block <= kBlocks; ++block) {
      status = put(block);
      const std::uint32_t end = block == kBlocks ? kBlocks : map.window.blocks_home(block);
      if (status == Status::ok && ring.holds(end)) status = ring.go_home(end, kSlot.size);
    }
    return status;
  }
  bool is_home() const { return equal_bytes(ConstBytes(flash->data(), kSlot.size), view(target)); }
  /// Flips a bit of a spare block.
  void rot(std::uint32_t place) {
    const_cast<std::uint8_t*>(flash->data())[kSpare.address + place * kBlock + 30] ^= 4;
  }
};

}  // namespace

TEST_CASE("slot and ring are whole blocks of the patch's size, and the ring has as many as it was made for") {
  RingFlash flash;
  FlashPort<RingFlash> port(flash);
  const auto check = [&](Region slot, Region ring, std::uint32_t size) {
    Ring::Map map{};
    map.window = {size, 3, 1};
    return Ring::check(port, slot, ring, map);
  };
  CHECK(check({0, 2560}, {4096, 768}, 256) == Status::ok);
  CHECK(check({0, 2560}, {4096, 768}, 512) == Status::slots_mismatch);
  CHECK(check({0, 2560}, {4096, 1536}, 512) == Status::ok);
  CHECK(check({0, 2560}, {4096, 512}, 256) == Status::slots_mismatch);
  CHECK(check({0, 2816}, {4096, 1536}, 512) == Status::slots_mismatch);
  CHECK(check({0, 2560}, {4096, 768}, 128) == Status::slots_mismatch);
}

TEST_CASE(
    "blocks that change go home through the ring, each written once, what stays in them with the rest") {
  RingBench bench({0, 4, 5, 6, 7, 9});
  CHECK(bench.write() == Status::ok);
  CHECK(bench.is_home());
  CHECK(bench.flash->erases_in(kSlot) == 6);
  CHECK(bench.flash->erases_in(kSpare) == 6);
}

TEST_CASE("what lies behind the settled part of a slot is written though it reads right") {
  RingBench bench({}, 3 * kBlock);
  CHECK(bench.write() == Status::ok);
  CHECK(bench.is_home());
  CHECK(bench.flash->erases_in({0, 3 * kBlock}) == 0);
  CHECK(bench.flash->erases_in(kSlot) == kBlocks - 3);
}

TEST_CASE("a block that the ring has since the patch was tried out is written anew only where it rotted") {
  for (const bool rots : {false, true}) {
    CAPTURE(rots);
    RingBench bench({4, 8});
    REQUIRE(bench.try_out() == Status::ok);
    CHECK(bench.flash->erases_in(kSpare) == 2);
    if (rots) bench.rot(0);
    CHECK(bench.write() == Status::ok);
    CHECK(bench.is_home());
    CHECK(bench.flash->erases_in(kSpare) == (rots ? 3 : 2));
  }
}

TEST_CASE("a spare block that does not erase is found while the patch is tried out") {
  for (std::uint32_t place = 0; place < 3; ++place) {
    CAPTURE(place);
    RingBench bench({0, 4, 5, 8});
    bench.flash->dead = kSpare.address + place * kBlock;
    CHECK(bench.try_out() == Status::erase_failed);
    CHECK(bench.flash->erases_in(kSlot) == 0);
  }
}

TEST_CASE(
    "while a patch is tried out what is looked back at is kept once it was missing, as far as it may be "
    "read") {
  RingBench bench({1, 2, 3, 4, 5, 6, 7});
  Bytes block(kBlock);
  const auto look_back = [&] { return bench.ring.read(6 * kBlock, MutableBytes(block.data(), kBlock)); };
  REQUIRE(bench.try_out(8) == Status::ok);
  CHECK(look_back() == Status::would_block);
  CHECK(bench.ring.is_missing());
  CHECK(bench.flash->erases_in(kSpare) == 3);
  bench.ring.start(0);
  REQUIRE(bench.put(8) == Status::ok);
  REQUIRE(look_back() == Status::ok);
  CHECK(equal_bytes(view(block), view(bench.target).slice(6 * kBlock, kBlock)));
  // The first three are there still; beside them the sixth and the seventh, and nothing in front of those.
  CHECK(bench.flash->erases_in(kSpare) == 3 + 2);
}

TEST_CASE("what rots in the ring does not go home, unless it is home already") {
  RingBench bench({0});
  bench.ring.keep_from(0);
  bench.ring.start(0);
  REQUIRE(bench.put(1) == Status::ok);
  const Ring::Map before = bench.map;
  bench.rot(0);
  CHECK(bench.ring.go_home(1, kSlot.size) == Status::model_damaged);
  CHECK(bench.flash->erases_in(kSlot) == 0);
  bench.rot(0);
  CHECK(bench.ring.go_home(1, kSlot.size) == Status::ok);
  CHECK(bench.is_home());
  // Power went before that was written down, and the ring has lost it since.
  bench.map = before;
  bench.rot(0);
  bench.ring.start(kBlock);
  CHECK(bench.ring.go_home(1, kSlot.size) == Status::ok);
  CHECK(bench.is_home());
}
