// SPDX-License-Identifier: Apache-2.0
// Fragments in any order into flash. What damage, power cuts and drivers do to it: staging_damage_test.cpp,
// staging_cuts_test.cpp, staging_driver_test.cpp; a restart: staging_reopen_test.cpp.
#include "tmd/staging.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <type_traits>

#include "device/staging_bench.hpp"
#include "tmd/flash/two_flashes.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using CountedRam = CountedFlash<StagingRam>;

std::vector<std::uint32_t> shuffled(std::uint32_t count, unsigned seed) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  std::shuffle(order.begin(), order.end(), std::mt19937(seed));
  return order;
}

}  // namespace

TEST_CASE("fragments may come in any order and twice; what is missing is known, also after a restart") {
  const StagedPatch patch(500, 48);
  StagingBench<> bench;
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
  StagingBench<> bench;
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
  Staging<CountedRam> nowhere;
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
      StagingBench<RamFlash<8192, 4, 4>> bench({0, size});
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
  StagingBench<> one({4096, 4096});
  CHECK(one.open(kPlan) == Status::target_too_large);
  using Fine = RamFlash<8192, 64, 4>;
  CHECK(Staging<Fine>::needed(kPlan, 4, 64) == 2 * 32 + (11 + 8) * (8 + 48) + (11 + 16) * 4);
  CHECK(Staging<Fine>::needed(kPlan, 4, 4096) == 4096 + (11 + 16) * 4);
}

TEST_CASE("a fragment of the wrong length, or of no number, is refused") {
  const StagedPatch patch(500, 48);
  const Bytes padded(200, 0xEE);
  StagingBench<> bench;
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
    StagingBench<> bench;
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
  StagingBench<Uneven> bench({1024, 15 * 1024});
  REQUIRE(bench.open(patch.plan) == Status::ok);
  CHECK(bench.flash.counters().erases == 4);
  REQUIRE(store_missing(*bench.staging, patch) == Status::ok);
  CHECK(read_back(*bench.staging) == patch.bytes);
  CHECK(bench.flash.counters().violations == 0);

  using Both = TwoFlashes<StagingRam, Uneven>;
  auto ram = std::make_unique<StagingRam>();
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
    StagingBench<> bench;
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
    StagingBench<> bench;
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

TEST_CASE("what was looked at stays right when something is stored in between") {
  const StagedPatch patch(500, 48);
  StagingBench<> bench;
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
  StagingBench<> bench;
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
  StagingBench<> bench({4096, 8192});
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

TEST_CASE("an area tells that it was begun anew, or took a fragment: what was read may be another one then") {
  const StagedPatch patch(500, 48);
  StagingBench<> bench;
  std::uint32_t seen = bench.staging->changes();
  const auto has_changed = [&] {
    const std::uint32_t before = seen;
    seen = bench.staging->changes();
    return seen != before;
  };
  REQUIRE(bench.open(patch.plan) == Status::ok);
  CHECK(has_changed());
  CHECK_FALSE(has_changed());
  REQUIRE(bench.store(3, patch.fragment(3)) == Status::ok);
  CHECK(has_changed());
  // It is there already, and nothing is written.
  REQUIRE(bench.store(3, patch.fragment(3)) == Status::ok);
  CHECK_FALSE(has_changed());
}
