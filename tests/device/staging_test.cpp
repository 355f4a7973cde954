// SPDX-License-Identifier: Apache-2.0
// Fragments in any order into flash. What cuts and drivers do to it: staging_cuts_test.cpp, staging_driver_test.cpp.
#include "tmd/staging.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <type_traits>

#include "device/staged_patch.hpp"
#include "tmd/flash/counted_flash.hpp"
#include "tmd/flash/ram_flash.hpp"
#include "tmd/flash/two_flashes.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using Ram = RamFlash<256 * 1024, 4096, 4>;
using Counted = CountedFlash<Ram>;
constexpr Region kArea = {4096, 128 * 1024};

/// A staging area on counted RAM flash; `restart` loses what is in RAM.
template <class RamPart = Ram>
struct Bench {
  using Counter = CountedFlash<RamPart>;
  std::unique_ptr<RamPart> ram = std::make_unique<RamPart>();
  Counter flash{*ram};
  std::unique_ptr<FlashPort<Counter>> port;
  std::unique_ptr<Staging<Counter>> staging;
  Region area;

  explicit Bench(Region region = kArea) : area(region) { restart(); }
  void restart() {
    staging.reset();
    port = std::make_unique<FlashPort<Counter>>(flash);
    staging = std::make_unique<Staging<Counter>>(*port, area);
  }
  Status open(const FragmentPlan& plan) {
    return patiently([&] { return staging->open(plan); });
  }
  Status store(std::uint32_t index, ConstBytes bytes) {
    return patiently([&] { return staging->store(index, bytes); });
  }
  /// Flips bits of one byte, as flash does that rots.
  void flip(std::uint32_t address, std::uint8_t bits) {
    const_cast<std::uint8_t*>(ram->data())[address] ^= bits;
  }
};

std::vector<std::uint32_t> shuffled(std::uint32_t count, unsigned seed) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  std::shuffle(order.begin(), order.end(), std::mt19937(seed));
  return order;
}

}  // namespace

TEST_CASE("after a restart a staging goes on with the plan that its region holds, without being told") {
  const StagedPatch patch(500, 48, 3);
  Bench<> bench;
  CHECK(bench.staging->reopen() == Status::not_found);
  REQUIRE(bench.open(patch.plan) == Status::ok);
  REQUIRE(store_missing(*bench.staging, patch) == Status::ok);
  bench.restart();
  CHECK(patiently([&] { return bench.staging->reopen(); }) == Status::ok);
  CHECK(bench.staging->plan().identity == 3);
  CHECK(bench.staging->complete());
  CHECK(read_back(*bench.staging) == patch.bytes);
  bench.restart();
  bench.flip(kArea.address + 5, 0x20);  // one of the two headers is enough
  CHECK(patiently([&] { return bench.staging->reopen(); }) == Status::ok);
  CHECK(bench.staging->complete());
}

TEST_CASE("fragments may come in any order and twice; what is missing is known, also after a restart") {
  const StagedPatch patch(500, 48);
  Bench<> bench;
  CHECK(bench.staging->store(0, patch.fragment(0)) == Status::wrong_state);
  REQUIRE(bench.open(patch.plan) == Status::ok);
  for (std::uint32_t i = patch.plan.count(); i-- > 0;) {
    std::uint32_t missing = 99;
    CHECK_FALSE(bench.staging->complete());
    REQUIRE(bench.staging->next_missing(i, missing));
    CHECK(missing == i);
    REQUIRE(bench.store(i, patch.fragment(i)) == Status::ok);
    REQUIRE(bench.store(i, patch.fragment(i)) == Status::ok);
    CHECK_FALSE(bench.staging->next_missing(i, missing));
    bench.restart();
    REQUIRE(bench.open(patch.plan) == Status::ok);
  }
  CHECK(bench.staging->complete());
  CHECK(read_back(*bench.staging) == patch.bytes);
  CHECK(bench.flash.counters().violations == 0);
}

TEST_CASE("plans and regions that make no sense are refused before anything is erased") {
  Bench<> bench;
  CHECK(bench.open({1, 500, 0}) == Status::invalid_layout);
  CHECK(bench.open({1, 0, 48}) == Status::invalid_layout);
  CHECK(bench.open({1, 200000, 48}) == Status::target_too_large);
  CHECK(bench.open({1, 0xFFFFFFFFU, 1}) == Status::target_too_large);
  CHECK(bench.open({1, 0xFFFFFFFFU, 0xFFFFFFFFU}) == Status::target_too_large);
  for (const Region region : {Region{0, 4000}, Region{100, 4096}, Region{0, 0}, Region{255 * 1024, 8192}}) {
    bench.area = region;
    bench.restart();
    CHECK(bench.open({1, 500, 48}) == Status::invalid_layout);
    CHECK(bench.staging->wipe() == Status::invalid_layout);
  }
  Staging<Counted> nowhere;
  CHECK(nowhere.open({1, 500, 48}) == Status::wrong_state);
  CHECK(nowhere.restart() == Status::wrong_state);
  CHECK(nowhere.wipe() == Status::wrong_state);
  CHECK(bench.staging->restart() == Status::wrong_state);
  CHECK(bench.flash.counters().erases == 0);
  CHECK(bench.flash.counters().programs == 0);
}

TEST_CASE("`needed` is enough and not a byte too much") {
  for (const FragmentPlan plan : {FragmentPlan{1, 3000, 48}, FragmentPlan{1, 3000, 51},
                                  FragmentPlan{1, 3000, 700}, FragmentPlan{1, 100, 5000}}) {
    const std::uint64_t needed = Staging<RamFlash<8192, 4, 4>>::needed(plan, 4, 4);
    for (const bool enough : {true, false}) {
      const std::uint32_t size = (static_cast<std::uint32_t>(needed) + 3) / 4 * 4 - (enough ? 0 : 4);
      Bench<RamFlash<8192, 4, 4>> bench({0, size});
      CHECK(bench.open(plan) == (enough ? Status::ok : Status::target_too_large));
      if (!enough) continue;
      const StagedPatch patch(plan.patch_length, plan.fragment_size);
      REQUIRE(bench.open(patch.plan) == Status::ok);
      CHECK(store_missing(*bench.staging, patch) == Status::ok);
      CHECK(read_back(*bench.staging) == patch.bytes);
    }
  }
}

TEST_CASE("a region is more than its first erase block, in which the log must not lie") {
  constexpr FragmentPlan kPlan = {1, 500, 48};
  Bench<> one({4096, 4096});
  CHECK(one.open(kPlan) == Status::target_too_large);
  using Fine = RamFlash<8192, 64, 4>;
  CHECK(Staging<Fine>::needed(kPlan, 4, 64) == 2 * 32 + (11 + 8) * (8 + 48) + (11 + 16) * 4);
  CHECK(Staging<Fine>::needed(kPlan, 4, 4096) == 4096 + (11 + 16) * 4);
}

TEST_CASE("a fragment of the wrong length, or of no number, is refused") {
  const StagedPatch patch(500, 48);
  const Bytes padded(200, 0xEE);
  Bench<> bench;
  REQUIRE(bench.open(patch.plan) == Status::ok);
  CHECK(bench.store(3, view(padded).first(47)) == Status::out_of_bounds);
  CHECK(bench.store(3, view(padded).first(49)) == Status::out_of_bounds);
  CHECK(bench.store(3, ConstBytes()) == Status::out_of_bounds);
  CHECK(bench.store(10, view(padded).first(19)) == Status::out_of_bounds);
  CHECK(bench.store(10, view(padded).first(49)) == Status::out_of_bounds);
  CHECK(bench.store(11, patch.fragment(3)) == Status::out_of_bounds);
  CHECK(bench.store(0xFFFFFFFFU, patch.fragment(3)) == Status::out_of_bounds);
  CHECK(bench.staging->read(0, MutableBytes()) == Status::ok);
  std::uint8_t byte[1];
  CHECK(bench.staging->read(500, byte) == Status::out_of_bounds);
  CHECK(bench.staging->read(0, byte) == Status::not_found);
}

TEST_CASE("a last fragment that is padded is taken; what is behind the patch's end is ignored") {
  for (const std::uint32_t size : {20U, 21U, 47U, 48U}) {
    const StagedPatch patch(500, 48);
    Bench<> bench;
    REQUIRE(bench.open(patch.plan) == Status::ok);
    for (std::uint32_t i = 0; i < 10; ++i) REQUIRE(bench.store(i, patch.fragment(i)) == Status::ok);
    Bytes last(patch.fragment(10).begin(), patch.fragment(10).end());
    last.resize(size, 0xEE);
    REQUIRE(bench.store(10, view(last)) == Status::ok);
    CHECK(bench.staging->complete());
    CHECK(read_back(*bench.staging) == patch.bytes);
  }
}

TEST_CASE("fragments of any size lie on flash of any program unit and any erase block") {
  const FlashPart parts[] = {{"bytes", 256, 1, false, Erased::ones},
                             {"STM32L0", 256, 4, true, Erased::zeros},
                             {"data flash", 1024, 1, false, Erased::undefined},
                             {"STM32U5", 8192, 16, true, Erased::unreadable},
                             {"RA6M4", 8192, 128, true, Erased::ones},
                             {"LPC55S6x", 512, 512, true, Erased::ones},
                             {"XMC4", 16384, 256, true, Erased::zeros}};
  for (const FlashPart& part : parts) {
    for (const std::uint32_t size : {1U, 48U, 51U, 242U, 512U, 1000U, 4096U}) {
      CAPTURE(part.name);
      CAPTURE(size);
      const StagedPatch patch(size == 1 ? 50 : 3001, size);
      WideFlash flash(part, 256 * 1024);
      CountedFlash<WideFlash> counted(flash);
      FlashPort<CountedFlash<WideFlash>> port(counted);
      Staging<CountedFlash<WideFlash>> staging(port, {16384, 240 * 1024});
      REQUIRE(patiently([&] { return staging.open(patch.plan); }) == Status::ok);
      for (const std::uint32_t i : shuffled(patch.plan.count(), size))
        REQUIRE(patiently([&] { return staging.store(i, patch.fragment(i)); }) == Status::ok);
      CHECK(staging.complete());
      CHECK(read_back(staging) == patch.bytes);
      Staging<CountedFlash<WideFlash>> later(port, {16384, 240 * 1024});
      REQUIRE(patiently([&] { return later.open(patch.plan); }) == Status::ok);
      CHECK(later.complete());
      CHECK(flash.violation() == "");
      CHECK(counted.counters().violations == 0);
    }
  }
}

TEST_CASE("a region may have erase blocks of unequal size, and lie on a second flash") {
  using Uneven = RamSectorFlash<tmd::Sectors<1024, 1024, 2048, 4096, 8192>, 4>;
  const StagedPatch patch(5000, 200);
  Bench<Uneven> bench({1024, 15 * 1024});
  REQUIRE(bench.open(patch.plan) == Status::ok);
  CHECK(bench.flash.counters().erases == 4);
  REQUIRE(store_missing(*bench.staging, patch) == Status::ok);
  CHECK(read_back(*bench.staging) == patch.bytes);
  CHECK(bench.flash.counters().violations == 0);

  using Both = TwoFlashes<Ram, Uneven>;
  auto ram = std::make_unique<Ram>();
  Uneven second;
  Both both(*ram, second);
  FlashPort<Both> port(both);
  Staging<Both> staging(port, {Both::kSecondAt, 16 * 1024});
  REQUIRE(patiently([&] { return staging.open(patch.plan); }) == Status::ok);
  REQUIRE(store_missing(staging, patch) == Status::ok);
  CHECK(read_back(staging) == patch.bytes);
}

TEST_CASE("each byte of the patch is read once per pass, and each mark") {
  for (const std::uint32_t size : {48U, 240U, 1024U, 4096U}) {
    const StagedPatch patch(58000, size);
    Bench<> bench;
    REQUIRE(bench.open(patch.plan) == Status::ok);
    for (const std::uint32_t i : shuffled(patch.plan.count(), 1))
      REQUIRE(bench.store(i, patch.fragment(i)) == Status::ok);
    bench.restart();
    REQUIRE(bench.open(patch.plan) == Status::ok);
    const double limit = size == 48 ? 1.2 : 1.05;

    bench.flash.reset_counters();
    CHECK(bench.staging->complete());
    const double completing = bench.flash.counters().read_bytes / 58000.0;
    CHECK(completing <= limit);
    bench.flash.reset_counters();
    CHECK(bench.staging->complete());
    CHECK(bench.flash.counters().read_bytes == 0);

    CHECK(read_back(*bench.staging) == patch.bytes);
    const double viewing = bench.flash.counters().read_bytes / 58000.0;
    CHECK(viewing <= limit);
    bench.flash.reset_counters();
    std::uint8_t chunk[64];
    for (std::uint32_t at = 0; at < 58000; at += 64)
      REQUIRE(bench.staging->read(at, MutableBytes(chunk).first(58000 - at)) == Status::ok);
    CHECK(bench.flash.counters().read_bytes / 58000.0 <= limit);
    MESSAGE("fragments of " << size << ": complete() reads " << completing << ", a pass over the patch "
                            << viewing << " bytes per byte of the patch");
  }
}

TEST_CASE("asking for completeness after each arrival costs the order of one pass, however they arrive") {
  const StagedPatch patch(58000, 48);
  for (const bool in_order : {true, false}) {
    Bench<> bench;
    REQUIRE(bench.open(patch.plan) == Status::ok);
    std::vector<std::uint32_t> order = shuffled(patch.plan.count(), 2);
    if (in_order) std::sort(order.begin(), order.end());
    std::uint64_t asking = 0;
    for (const std::uint32_t i : order) {
      REQUIRE(bench.store(i, patch.fragment(i)) == Status::ok);
      bench.flash.reset_counters();
      (void)bench.staging->complete();
      asking += bench.flash.counters().read_bytes;
    }
    CHECK(bench.staging->complete());
    CHECK(asking <= 2 * 58000);
    MESSAGE((in_order ? "in order: " : "shuffled: ") << asking << " bytes read");
  }
}

TEST_CASE("a flipped bit costs the fragment it is in, or nothing") {
  const StagedPatch patch(500, 48);
  Bench<> good({4096, 8192});
  REQUIRE(good.open(patch.plan) == Status::ok);
  for (const std::uint32_t i : {7U, 0U, 3U, 10U, 9U, 1U, 2U, 8U, 4U, 6U, 5U})
    REQUIRE(good.store(i, patch.fragment(i)) == Status::ok);
  std::uint32_t lost = 0;
  for (std::uint32_t at = 4096; at < 4096 + 8192; ++at) {
    CAPTURE(at);
    Bench<> bench({4096, 8192});
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
  Bench<> bench;
  REQUIRE(bench.open(patch.plan) == Status::ok);
  REQUIRE(store_missing(*bench.staging, patch) == Status::ok);
  REQUIRE(bench.staging->complete());
  const staging::AreaLayout layout(patch.plan, kArea, 4, 48);
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

TEST_CASE("marks of another plan, another piece, another place or another region say nothing") {
  const StagedPatch patch(500, 48);
  const staging::AreaLayout mine(patch.plan, kArea, 4, 48);
  std::uint8_t mark[8] = {};
  const auto with_mark = [&](const staging::AreaLayout& layout, std::uint32_t piece, std::uint32_t place) {
    layout.fill_mark(piece, place, Crc32::of(patch.fragment(3)), MutableBytes(mark));
    Bench<> bench;
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
    CHECK(with_mark(staging::AreaLayout(other, kArea, 4, 48), 3, 3) == std::string("missing"));
  for (const Region other : {Region{8192, kArea.size}, Region{kArea.address, kArea.size + 4096}})
    CHECK(with_mark(staging::AreaLayout(patch.plan, other, 4, 48), 3, 3) == std::string("missing"));
}

TEST_CASE("the log tells which places were attempted; what is left of a torn entry tells nothing") {
  const StagedPatch patch(600, 48);
  const staging::AreaLayout layout(patch.plan, kArea, 4, 48);
  Bench<> bench;
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

TEST_CASE("what was looked at stays right when something is stored in between") {
  const StagedPatch patch(500, 48);
  Bench<> bench;
  REQUIRE(bench.open(patch.plan) == Status::ok);
  REQUIRE(bench.store(0, patch.fragment(0)) == Status::ok);
  for (std::uint32_t i = 1; i < patch.plan.count(); ++i) {
    std::uint8_t bytes[48];
    REQUIRE(bench.staging->read(0, bytes) == Status::ok);
    CHECK(equal_bytes(ConstBytes(bytes), patch.fragment(0)));
    REQUIRE(bench.store(i, patch.fragment(i)) == Status::ok);
  }
}

TEST_CASE("another plan begins afresh, also where only its identity differs") {
  const StagedPatch first(500, 48, 1);
  const StagedPatch second(500, 48, 2);
  Bench<> bench;
  REQUIRE(bench.open(first.plan) == Status::ok);
  REQUIRE(store_missing(*bench.staging, first) == Status::ok);
  REQUIRE(bench.open(second.plan) == Status::ok);
  std::uint32_t missing = 99;
  CHECK(bench.staging->next_missing(0, missing));
  CHECK(missing == 0);
  REQUIRE(store_missing(*bench.staging, second) == Status::ok);
  CHECK(read_back(*bench.staging) == second.bytes);
  REQUIRE(bench.open(first.plan) == Status::ok);
  CHECK_FALSE(bench.staging->complete());
}

TEST_CASE("restart begins the same plan again; wipe leaves nothing behind") {
  const StagedPatch patch(500, 48);
  Bench<> bench({4096, 8192});
  REQUIRE(bench.open(patch.plan) == Status::ok);
  REQUIRE(store_missing(*bench.staging, patch) == Status::ok);
  REQUIRE(patiently([&] { return bench.staging->restart(); }) == Status::ok);
  CHECK_FALSE(bench.staging->complete());
  REQUIRE(store_missing(*bench.staging, patch) == Status::ok);
  REQUIRE(bench.staging->complete());
  bench.restart();
  REQUIRE(patiently([&] { return bench.staging->wipe(); }) == Status::ok);
  CHECK_FALSE(bench.staging->complete());
  CHECK(bench.staging->store(0, patch.fragment(0)) == Status::wrong_state);
  bool blank = false;
  REQUIRE(bench.ram->is_blank(4096, 8192, blank) == Status::ok);
  CHECK(blank);
}

TEST_CASE("a staging needs no code to be initialised, and is not copied") {
  using Small = Staging<RamFlash<8192, 1024, 4>>;
  static_assert(!std::is_copy_constructible<Small>::value && !std::is_copy_assignable<Small>::value, "");
  static_assert(std::is_trivially_destructible<Small>::value, "");
  static constexpr Small zero;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&zero);
  CHECK(std::all_of(bytes, bytes + sizeof(zero), [](std::uint8_t byte) { return byte == 0; }));
  MESSAGE("bytes of RAM here: " << sizeof(zero));
}
