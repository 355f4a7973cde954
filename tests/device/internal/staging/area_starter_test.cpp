// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/staging/area_starter.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "support/bytes.hpp"
#include "tmd/flash/ram_flash.hpp"

using namespace tmd;
using namespace tmd::test;
using staging::AreaLayout;

namespace {

constexpr std::uint32_t kStarterPiece = 32;
constexpr Region kStarterArea = {1024, 4 * 1024};
constexpr FragmentPlan kFirstPlan = {5, 20 * kStarterPiece, kStarterPiece};
constexpr FragmentPlan kSecondPlan = {6, 30 * kStarterPiece, kStarterPiece};

/// Has a block that says that it was erased, and was not; flips a bit of what it programs while it is told to.
struct StarterFlash : RamFlash<8192, 1024, 4> {
  std::uint32_t dead = 0;
  bool lies = false;

  Status erase(std::uint32_t address) { return address == dead ? Status::ok : RamFlash::erase(address); }
  Status program(std::uint32_t address, ConstBytes bytes) {
    Bytes changed(bytes.begin(), bytes.end());
    if (lies) changed.back() ^= 0x10;
    return RamFlash::program(address, view(changed));
  }
  bool is_clear(std::uint32_t address, std::uint32_t size) {
    bool blank = false;
    REQUIRE(is_blank(address, size, blank) == Status::ok);
    return blank;
  }
};

struct StarterBench {
  std::unique_ptr<StarterFlash> flash = std::make_unique<StarterFlash>();
  FlashPort<StarterFlash> port{*flash};
  staging::PieceIndex<StarterFlash> index;
  staging::PieceWriter<StarterFlash, kStarterPiece> writer;
  staging::AreaStarter<StarterFlash, kStarterPiece> starter;

  static AreaLayout layout(const FragmentPlan& plan) { return {plan, kStarterArea, 4, kStarterPiece}; }
  void begin(const FragmentPlan& plan, bool with_headers = true) {
    starter.begin(plan, with_headers, writer);
  }
  Status advance(const FragmentPlan& plan) { return starter.advance(port, layout(plan), index, writer); }
  Status start(const FragmentPlan& plan, bool with_headers = true) {
    begin(plan, with_headers);
    return advance(plan);
  }
  /// Whether one of the two headers says that there is an area of this plan.
  bool has_header(const FragmentPlan& plan, std::uint32_t copy) {
    std::uint8_t header[staging::kHeaderSize] = {};
    REQUIRE(flash->read(layout(plan).header_address(copy), MutableBytes(header)) == Status::ok);
    return AreaLayout::of_header(ConstBytes(header), kStarterArea, 4).plan() == plan;
  }
  bool is_retired(const FragmentPlan& plan) {
    index.mount(port, layout(plan));
    return index.is_retired();
  }
};

}  // namespace

TEST_CASE("an area is begun with two headers and nothing else, over whatever was there") {
  StarterBench bench;
  REQUIRE(bench.flash->program(kStarterArea.address, view(Bytes(kStarterArea.size, 0x5A))) == Status::ok);
  CHECK(bench.start(kFirstPlan) == Status::ok);
  CHECK_FALSE(bench.starter.is_busy());
  CHECK(bench.has_header(kFirstPlan, 0));
  CHECK(bench.has_header(kFirstPlan, 1));
  CHECK(bench.flash->is_clear(kStarterArea.address + 2 * staging::kHeaderSize,
                              kStarterArea.size - 2 * staging::kHeaderSize));
  CHECK(bench.start(kFirstPlan, false) == Status::ok);
  CHECK(bench.flash->is_clear(kStarterArea.address, kStarterArea.size));
}

TEST_CASE("the area that was there is retired before its first block is erased") {
  StarterBench bench;
  REQUIRE(bench.start(kFirstPlan) == Status::ok);
  CHECK_FALSE(bench.is_retired(kFirstPlan));
  bench.begin(kSecondPlan);
  bench.port.allow(1);  // one operation a call
  CHECK(bench.advance(kSecondPlan) == Status::would_block);
  CHECK(bench.has_header(kFirstPlan, 0));
  CHECK(bench.is_retired(kFirstPlan));
  bench.port.allow(0);
  CHECK(bench.advance(kSecondPlan) == Status::ok);
  CHECK(bench.has_header(kSecondPlan, 0));
  CHECK_FALSE(bench.is_retired(kSecondPlan));
}

TEST_CASE("what is begun goes on for its own plan, and with headers or without them") {
  StarterBench bench;
  bench.begin(kFirstPlan);
  CHECK(bench.starter.is_for(kFirstPlan, true));
  CHECK_FALSE(bench.starter.is_for(kFirstPlan, false));
  CHECK_FALSE(bench.starter.is_for(kSecondPlan, true));
  REQUIRE(bench.advance(kFirstPlan) == Status::ok);
  CHECK_FALSE(bench.starter.is_for(kFirstPlan, true));
}

TEST_CASE("no area begins where a block does not erase, though it says so, or a header does not read back") {
  StarterBench bench;
  REQUIRE(bench.flash->program(kStarterArea.address, view(Bytes(kStarterArea.size, 0x5A))) == Status::ok);
  bench.flash->dead = kStarterArea.address + 2048;
  CHECK(bench.start(kFirstPlan) == Status::erase_failed);
  CHECK_FALSE(bench.has_header(kFirstPlan, 0));
  bench.flash->dead = 0;
  bench.flash->lies = true;
  CHECK(bench.start(kFirstPlan) == Status::verify_failed);
  CHECK_FALSE(bench.starter.is_busy());
}

TEST_CASE("an area is emptied but for what does not erase, and its header, left there, is of none any more") {
  StarterBench bench;
  REQUIRE(bench.start(kFirstPlan) == Status::ok);
  const std::uint32_t last = kStarterArea.end() - 1024;
  REQUIRE(bench.flash->program(kStarterArea.address + 2048, view(Bytes(1024, 0x5A))) == Status::ok);
  bench.flash->dead = kStarterArea.address;
  CHECK(bench.start(kFirstPlan, false) == Status::erase_failed);
  CHECK(bench.flash->is_clear(kStarterArea.address + 1024, 2048));
  CHECK(bench.flash->is_clear(last, 1024 - staging::kEntrySize));
  REQUIRE(bench.has_header(kFirstPlan, 0));
  CHECK(bench.is_retired(kFirstPlan));
}
