// SPDX-License-Identifier: Apache-2.0
// What a restart finds in a region, of this firmware or of another release with pieces of another size.
#include <doctest/doctest.h>

#include "device/staging_bench.hpp"
#include "support/simulated_flash.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using Counter = StagingBench<>::Counter;
template <std::uint32_t kPieceSize>
using InPieces = Staging<Counter, kPieceSize>;

}  // namespace

TEST_CASE("after a restart a staging goes on with the plan that its region holds, without being told") {
  const StagedPatch patch(500, 48, 3);
  StagingBench<> bench;
  CHECK(bench.staging->reopen() == Status::not_found);
  REQUIRE(bench.open(patch.plan) == Status::ok);
  REQUIRE(store_missing(*bench.staging, patch) == Status::ok);
  bench.restart();
  CHECK(patiently([&] { return bench.staging->reopen(); }) == Status::ok);
  CHECK(bench.staging->plan().identity == 3);
  CHECK(bench.staging->complete());
  CHECK(read_back(*bench.staging) == patch.bytes);
  bench.restart();
  bench.flip(kStagingArea.address + 5, 0x20);  // one of the two headers is enough
  CHECK(patiently([&] { return bench.staging->reopen(); }) == Status::ok);
  CHECK(bench.staging->complete());
}

TEST_CASE("firmware with larger pieces goes on with what one with smaller pieces has staged") {
  const StagedPatch patch(3000, 1000);
  StagingBench<> bench;  // pieces of up to 256 bytes
  REQUIRE(bench.open(patch.plan) == Status::ok);
  REQUIRE(bench.store(0, patch.fragment(0)) == Status::ok);
  bench.restart();
  bench.flash.reset_counters();
  InPieces<1024> larger(*bench.port, kStagingArea);
  SUBCASE("asked for this plan") {
    CHECK(patiently([&] { return larger.open(patch.plan); }) == Status::ok);
  }
  SUBCASE("not told which") {
    CHECK(patiently([&] { return larger.reopen(); }) == Status::ok);
  }
  CHECK(bench.flash.counters().erases == 0);
  std::uint32_t sent = 0;
  REQUIRE(store_missing(larger, patch, &sent) == Status::ok);
  CHECK(sent == 2);
  CHECK(read_back(larger) == patch.bytes);
  CHECK(bench.flash.counters().violations == 0);
}

TEST_CASE("firmware with smaller pieces leaves what has been staged, until it is told what to begin") {
  const StagedPatch patch(3000, 1000);
  StagingBench<> bench;
  InPieces<1024> larger(*bench.port, kStagingArea);
  REQUIRE(patiently([&] { return larger.open(patch.plan); }) == Status::ok);
  REQUIRE(store_missing(larger, patch) == Status::ok);
  bench.restart();
  bench.flash.reset_counters();
  CHECK(bench.staging->reopen() == Status::invalid_layout);
  CHECK_FALSE(bench.staging->is_open());
  CHECK(bench.flash.counters().erases == 0);
  CHECK(bench.flash.counters().programs == 0);
  InPieces<1024> again(*bench.port, kStagingArea);
  REQUIRE(patiently([&] { return again.reopen(); }) == Status::ok);
  CHECK(again.complete());

  REQUIRE(bench.open(patch.plan) == Status::ok);
  CHECK(bench.flash.counters().erases != 0);
  REQUIRE(store_missing(*bench.staging, patch) == Status::ok);
  CHECK(read_back(*bench.staging) == patch.bytes);
}

TEST_CASE("firmware with larger pieces needs no more room for an area than the one that began it") {
  const StagedPatch patch(3000, 1000);
  const Region tight = {4096, 8192};
  StagingBench<> bench(tight);
  REQUIRE(bench.open(patch.plan) == Status::ok);
  REQUIRE(bench.store(2, patch.fragment(2)) == Status::ok);
  bench.restart();
  InPieces<1024> larger(*bench.port, tight);
  REQUIRE(InPieces<1024>::needed(patch.plan, 4, 4096) > tight.size);
  CHECK(patiently([&] { return larger.reopen(); }) == Status::ok);
  REQUIRE(store_missing(larger, patch) == Status::ok);
  CHECK(read_back(larger) == patch.bytes);
  CHECK(larger.restart() == Status::target_too_large);
  CHECK(larger.is_open());
  CHECK(larger.complete());
}

TEST_CASE("an area is not begun anew because its headers can't be read again") {
  constexpr FlashPart kPart = {"STM32L4", 2048, 8, true, Erased::ones};
  const StagedPatch patch(500, 48);
  SimulatedFlash flash(kPart, 4096);
  FlashPort<SimulatedFlash> port(flash);
  Staging<SimulatedFlash> first(port, {0, 4096});
  REQUIRE(patiently([&] { return first.open(patch.plan); }) == Status::ok);
  REQUIRE(store_missing(first, patch) == Status::ok);
  const std::uint32_t operations = flash.operations();
  for (std::uint32_t at = 0; at < 6; ++at) {
    CAPTURE(at);
    flash.reset_reads();
    flash.faults().plan({FaultKind::reads_refused, at});
    Staging<SimulatedFlash> refused(port, {0, 4096});
    const Status status = patiently([&] { return refused.reopen(); });
    CHECK(status == (at < 3 ? Status::not_found : Status::ok));
    CHECK(flash.operations() == operations);
    flash.reboot();
    Staging<SimulatedFlash> again(port, {0, 4096});
    REQUIRE(patiently([&] { return again.reopen(); }) == Status::ok);
    CHECK(read_back(again) == patch.bytes);
  }
}
