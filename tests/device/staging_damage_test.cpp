// SPDX-License-Identifier: Apache-2.0
// What a staging area believes of its flash: bits that rot, marks of something else, entries that were torn.
#include <doctest/doctest.h>

#include <string>

#include "device/staging_bench.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("a flipped bit costs the fragment it is in, or nothing") {
  const StagedPatch patch(500, 48);
  StagingBench<> good({4096, 8192});
  REQUIRE(good.open(patch.plan) == Status::ok);
  for (const std::uint32_t i : {7U, 0U, 3U, 10U, 9U, 1U, 2U, 8U, 4U, 6U, 5U})
    REQUIRE(good.store(i, patch.fragment(i)) == Status::ok);
  std::uint32_t lost = 0;
  for (std::uint32_t at = 4096; at < 4096 + 8192; ++at) {
    CAPTURE(at);
    StagingBench<> bench({4096, 8192});
    *bench.ram = *good.ram;
    bench.flip(at, static_cast<std::uint8_t>(1U << (at % 8)));
    REQUIRE(bench.open(patch.plan) == Status::ok);
    std::uint32_t sent = 0;
    REQUIRE(store_missing(*bench.staging, patch, &sent) == Status::ok);
    CHECK(sent <= 1);
    lost += sent;
    CHECK(read_back(*bench.staging) == patch.bytes);
    bench.restart();
    REQUIRE(bench.open(patch.plan) == Status::ok);
    CHECK(bench.staging->complete());
    CHECK(bench.flash.counters().violations == 0);
  }
  // Each byte of the patch and of its 11 marks, and none but these.
  CHECK(lost == 500 + 11 * 8);
}

TEST_CASE("what rots after `complete` is found when it is read, and asked for again") {
  const StagedPatch patch(500, 48);
  StagingBench<> bench;
  REQUIRE(bench.open(patch.plan) == Status::ok);
  REQUIRE(store_missing(*bench.staging, patch) == Status::ok);
  REQUIRE(bench.staging->complete());
  const staging::AreaLayout layout(patch.plan, kStagingArea, 4, 48);
  bench.flip(layout.place_address(6) + 11, 0x10);
  std::uint8_t bytes[500];
  CHECK(bench.staging->read(0, bytes) == Status::not_found);
  CHECK_FALSE(bench.staging->complete());
  std::uint32_t missing = 0;
  REQUIRE(bench.staging->next_missing(0, missing));
  CHECK(missing == 6);
  REQUIRE(bench.store(6, patch.fragment(6)) == Status::ok);
  CHECK(bench.staging->complete());
  CHECK(read_back(*bench.staging) == patch.bytes);
}

TEST_CASE("what was said to be missing stays so where the plan is opened again, though it reads right") {
  const StagedPatch patch(500, 48);
  StagingBench<> bench;
  REQUIRE(bench.open(patch.plan) == Status::ok);
  REQUIRE(store_missing(*bench.staging, patch) == Status::ok);
  const staging::AreaLayout layout(patch.plan, kStagingArea, 4, 48);
  bench.flip(layout.place_address(6) + 11, 0x10);
  ConstBytes bytes;
  REQUIRE(bench.staging->view(6 * 48, bytes) == Status::not_found);
  bench.flip(layout.place_address(6) + 11, 0x10);  // the bit is back
  REQUIRE(bench.open(patch.plan) == Status::ok);
  std::uint32_t missing = 0;
  REQUIRE(bench.staging->next_missing(0, missing));
  CHECK(missing == 6);
  REQUIRE(bench.store(6, patch.fragment(6)) == Status::ok);
  CHECK(bench.staging->complete());
}

TEST_CASE("marks of another plan, another piece, another place or another region say nothing") {
  const StagedPatch patch(500, 48);
  const staging::AreaLayout mine(patch.plan, kStagingArea, 4, 48);
  std::uint8_t mark[8] = {};
  const auto with_mark = [&](const staging::AreaLayout& layout, std::uint32_t piece, std::uint32_t place) {
    layout.fill_mark(piece, place, Crc32::of(patch.fragment(3)), MutableBytes(mark));
    StagingBench<> bench;
    REQUIRE(bench.open(patch.plan) == Status::ok);
    REQUIRE(bench.ram->program(mine.place_address(3), patch.fragment(3)) == Status::ok);
    REQUIRE(bench.ram->program(mine.mark_address(3), ConstBytes(mark)) == Status::ok);
    bench.restart();
    REQUIRE(bench.open(patch.plan) == Status::ok);
    std::uint32_t missing = 99;
    return bench.staging->next_missing(3, missing) && missing == 3 ? "missing" : "there";
  };
  CHECK(with_mark(mine, 3, 3) == std::string("there"));
  CHECK(with_mark(mine, 4, 3) == std::string("missing"));
  CHECK(with_mark(mine, 3, 4) == std::string("missing"));
  for (const FragmentPlan& other :
       {FragmentPlan{8, 500, 48}, FragmentPlan{7, 501, 48}, FragmentPlan{7, 500, 47}})
    CHECK(with_mark(staging::AreaLayout(other, kStagingArea, 4, 48), 3, 3) == std::string("missing"));
  for (const Region other :
       {Region{8192, kStagingArea.size}, Region{kStagingArea.address, kStagingArea.size + 4096}})
    CHECK(with_mark(staging::AreaLayout(patch.plan, other, 4, 48), 3, 3) == std::string("missing"));
}

TEST_CASE("the log tells which places were attempted; what is left of a torn entry tells nothing") {
  const StagedPatch patch(600, 48);
  const staging::AreaLayout layout(patch.plan, kStagingArea, 4, 48);
  StagingBench<> bench;
  std::uint32_t entries = 0;
  const auto enter = [&](std::uint32_t number, bool torn) {
    std::uint8_t entry[4] = {};
    layout.fill_entry(number, MutableBytes(entry));
    if (torn) entry[3] ^= 0x40;
    REQUIRE(bench.ram->program(layout.entry_address(entries++), ConstBytes(entry)) == Status::ok);
  };
  const auto free_places = [&] {
    bench.restart();
    REQUIRE(bench.open(patch.plan) == Status::ok);
    std::uint32_t stored = 0;
    for (std::uint32_t i = 0; i < patch.plan.count(); ++i) {
      const Status status = bench.store(i, patch.fragment(i));
      if (status == Status::ok) ++stored;
      if (status != Status::ok) CHECK(status == Status::staging_full);
    }
    return stored;
  };
  REQUIRE(bench.open(patch.plan) == Status::ok);
  SUBCASE("eight attempted places are made up for by the spare ones") {
    for (std::uint32_t i = 0; i < 8; ++i) enter(i, false);
    CHECK(free_places() == 13);
    bool blank = false;
    CHECK(bench.ram->is_blank(layout.place_address(0), 8 * 48, blank) == Status::ok);
    CHECK(blank);
  }
  SUBCASE("nine are not, and nothing is written any more") {
    for (std::uint32_t i = 0; i < 9; ++i) enter(i, false);
    CHECK(free_places() == 0);
  }
  SUBCASE("torn entries name no place, spare or not") {
    for (std::uint32_t i = 0; i < 4; ++i) enter(i, true);
    for (std::uint32_t i = 0; i < 4; ++i) enter(20 - i, true);
    CHECK(free_places() == 13);
    bool blank = false;
    CHECK(bench.ram->is_blank(layout.place_address(13), 8 * 48, blank) == Status::ok);
    CHECK(blank);
  }
  SUBCASE("one header is enough where the only mark is a spare place's") {
    enter(0, false);
    bench.restart();
    REQUIRE(bench.open(patch.plan) == Status::ok);
    REQUIRE(bench.store(0, patch.fragment(0)) == Status::ok);
    bench.flip(layout.header_address(1) + 9, 0x08);
    bench.restart();
    REQUIRE(bench.open(patch.plan) == Status::ok);
    std::uint8_t bytes[48];
    CHECK(bench.staging->read(0, bytes) == Status::ok);
  }
  SUBCASE("a spare place that is not blank is left out") {
    enter(0, false);
    const std::uint8_t unit[4] = {1, 2, 3, 4};
    REQUIRE(bench.ram->program(layout.place_address(13), unit) == Status::ok);
    REQUIRE(bench.ram->program(layout.mark_address(14), unit) == Status::ok);
    CHECK(free_places() == 13);
    CHECK(verify_programmed(*bench.ram, layout.place_address(15), patch.fragment(0)) == Status::ok);
  }
}

namespace {

/// Flash of which a block, or two, do not erase.
struct DeadBlocks : StagingRam {
  std::uint32_t dead[2] = {};
  unsigned erases = 0;
  Status erase(std::uint32_t address) {
    ++erases;
    return address == dead[0] || address == dead[1] ? Status::erase_failed : StagingRam::erase(address);
  }
};

}  // namespace

TEST_CASE("a wipe erases all but the blocks that don't, and what is left there is no area any more") {
  constexpr Region kFiveBlocks = {4096, 5 * 4096};
  const StagedPatch patch(9000, 96);
  for (std::uint32_t first = kFiveBlocks.address; first < kFiveBlocks.end(); first += 4096) {
    for (std::uint32_t second = first; second < kFiveBlocks.end(); second += 4096) {
      CAPTURE(first);
      CAPTURE(second);
      StagingBench<DeadBlocks> bench(kFiveBlocks);
      REQUIRE(bench.open(patch.plan) == Status::ok);
      REQUIRE(store_missing(*bench.staging, patch) == Status::ok);
      bench.ram->dead[0] = first;
      bench.ram->dead[1] = second;
      bench.ram->erases = 0;
      CHECK(patiently([&] { return bench.staging->wipe(); }) == Status::erase_failed);
      CHECK(bench.ram->erases == 5);
      for (std::uint32_t block = kFiveBlocks.address; block < kFiveBlocks.end(); block += 4096) {
        if (block == first || block == second || block + 4096 == kFiveBlocks.end()) continue;
        bool blank = false;
        REQUIRE(bench.ram->is_blank(block, 4096, blank) == Status::ok);
        CHECK(blank);
      }
      // The last one may have the word that it is retired, nothing more.
      if (second + 4096 != kFiveBlocks.end()) {
        bool blank = false;
        REQUIRE(bench.ram->is_blank(kFiveBlocks.end() - 4096, 4096 - 4 * 4, blank) == Status::ok);
        CHECK(blank);
      }
      bench.restart();
      CHECK(patiently([&] { return bench.staging->reopen(); }) != Status::ok);
      CHECK_FALSE(bench.staging->is_open());
      // The blocks are well again: wiped to the last byte.
      bench.ram->dead[0] = bench.ram->dead[1] = 0;
      CHECK(patiently([&] { return bench.staging->wipe(); }) == Status::ok);
      bool blank = false;
      REQUIRE(bench.ram->is_blank(kFiveBlocks.address, kFiveBlocks.size, blank) == Status::ok);
      CHECK(blank);
    }
  }
}
