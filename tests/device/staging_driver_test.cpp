// SPDX-License-Identifier: Apache-2.0
// A staging area on drivers that take their time, share their port, lie, and wear out.
#include <doctest/doctest.h>

#include <memory>
#include <vector>

#include "device/dma_flash.hpp"
#include "device/staged_patch.hpp"
#include "tmd/flash/counted_flash.hpp"
#include "tmd/flash/ram_flash.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using Dma = DmaFlash<RamFlash<64 * 1024, 1024, 8>>;
using CountedDma = CountedFlash<Dma>;
constexpr Region kDmaArea = {0, 32 * 1024};

struct Slow {
  Dma dma;
  CountedDma flash{dma};
  FlashPort<CountedDma> port{flash};
  Staging<CountedDma> staging{port, kDmaArea};
  explicit Slow(unsigned calls) : dma(calls) {}

  Status store(const StagedPatch& patch, std::uint32_t index) {
    const Bytes copy(patch.fragment(index).begin(), patch.fragment(index).end());
    Status status = Status::would_block;
    // Each time from another place in memory, which is gone after the call.
    for (int i = 0; i < 1000 && status == Status::would_block; ++i) {
      const auto bytes = std::make_unique<Bytes>(copy);
      status = staging.store(index, view(*bytes));
    }
    return status;
  }
};

}  // namespace

TEST_CASE("what a driver is given stays where it is and what it is until the driver has ended") {
  for (const unsigned calls : {1U, 3U, 7U}) {
    for (const std::uint32_t size : {48U, 1000U}) {
      const StagedPatch patch(5000, size);
      Slow slow(calls);
      REQUIRE(patiently([&] { return slow.staging.open(patch.plan); }) == Status::ok);
      for (std::uint32_t i = 0; i < patch.plan.count(); ++i) REQUIRE(slow.store(patch, i) == Status::ok);
      CHECK(read_back(slow.staging) == patch.bytes);
      CHECK(slow.flash.counters().violations == 0);
    }
  }
}

TEST_CASE("another fragment between two calls ends the one at hand, which is there, and costs no place") {
  const StagedPatch patch(5000, 200);
  Slow slow(3);
  REQUIRE(patiently([&] { return slow.staging.open(patch.plan); }) == Status::ok);
  std::uint32_t index = 0;
  // Each packet is offered once only, whatever the answer, as from a radio that does not wait.
  for (int round = 0; slow.staging.next_missing(0, index) && round < 10000; ++round)
    (void)slow.staging.store(static_cast<std::uint32_t>(round) % patch.plan.count(),
                             patch.fragment(static_cast<std::uint32_t>(round) % patch.plan.count()));
  CHECK(slow.staging.complete());
  CHECK(read_back(slow.staging) == patch.bytes);
  CHECK(slow.flash.counters().violations == 0);
  // 32 erases and two headers; for each fragment its entry, its bytes (twice where a block ends in them), its mark.
  CHECK(slow.dma.operations() <= 34 + 3 * patch.plan.count() + 5);
}

TEST_CASE("every public call may come while an operation runs") {
  const StagedPatch patch(3000, 300);
  const StagedPatch other(2000, 100, 8);
  const StagedPatch twin(3000, 300, 9);
  for (int way = 0; way < 7; ++way) {
    // Some 70 calls begin the area, the others store fragments.
    for (int stop = 1; stop < 140; stop += stop < 60 ? 5 : 1) {
      CAPTURE(way);
      CAPTURE(stop);
      Slow slow(2);
      int blocked = 0;
      Status status = Status::ok;
      const auto until_stopped = [&](auto&& call) {
        while (blocked < stop && (status = call()) == Status::would_block) ++blocked;
      };
      REQUIRE(patiently([&] { return slow.staging.open(other.plan); }) == Status::ok);
      REQUIRE(store_missing(slow.staging, other) == Status::ok);
      until_stopped([&] { return slow.staging.open(patch.plan); });
      for (std::uint32_t i = 0; blocked < stop && i < patch.plan.count(); ++i)
        until_stopped([&] { return slow.staging.store(i, patch.fragment(i)); });
      std::uint8_t bytes[300];
      switch (way) {
        case 0:
          status = patiently([&] { return slow.staging.open(other.plan); });
          break;
        case 1:
          status = patiently([&] { return slow.staging.restart(); });
          break;
        case 2:
          status = patiently([&] { return slow.staging.wipe(); });
          break;
        case 3:
          status = patiently([&] { return slow.staging.read(0, bytes); });
          break;
        case 4:
          status = slow.staging.complete() ? Status::ok : Status::not_found;
          break;
        case 5:
          status = patiently([&] { return slow.staging.store(9, patch.fragment(9)); });
          break;
        case 6:
          REQUIRE(patiently([&] { return slow.staging.open(twin.plan); }) == Status::ok);
          CHECK(slow.staging.plan().identity == twin.plan.identity);
          REQUIRE(store_missing(slow.staging, twin) == Status::ok);
          slow.staging.attach(slow.port, kDmaArea);
          REQUIRE(slow.staging.open(twin.plan) == Status::ok);
          CHECK(slow.staging.complete());
          CHECK(read_back(slow.staging) == twin.bytes);
          break;
      }
      if (way < 3) CHECK(status == Status::ok);
      REQUIRE(patiently([&] { return slow.staging.open(patch.plan); }) == Status::ok);
      REQUIRE(store_missing(slow.staging, patch) == Status::ok);
      CHECK(read_back(slow.staging) == patch.bytes);
      CHECK(slow.flash.counters().violations == 0);
    }
  }
}

TEST_CASE("another owner of the port may end the staging's operation: it is not asked for again") {
  const StagedPatch patch(3000, 300);
  Slow slow(3);
  Status status = Status::would_block;
  std::uint32_t elsewhere = kDmaArea.end();
  const std::uint8_t unit[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  const auto disturb = [&] {
    slow.port.allow(0);
    REQUIRE(patiently([&] { return slow.port.program(elsewhere, unit); }) == Status::ok);
    elsewhere += 8;
  };
  while ((status = slow.staging.open(patch.plan)) == Status::would_block) disturb();
  REQUIRE(status == Status::ok);
  for (std::uint32_t i = 0; i < patch.plan.count(); ++i) {
    while ((status = slow.staging.store(i, patch.fragment(i))) == Status::would_block) disturb();
    REQUIRE(status == Status::ok);
  }
  CHECK(read_back(slow.staging) == patch.bytes);
  CHECK(slow.flash.counters().violations == 0);
  CHECK(elsewhere > kDmaArea.end() + 100);
}

TEST_CASE("a call begins one erase, or the programming of one piece, and no more") {
  using Ram = RamFlash<64 * 1024, 1024, 8>;
  using Flash = CountedFlash<Ram>;
  const StagedPatch patch(20000, 4096);
  auto ram = std::make_unique<Ram>();
  Flash flash(*ram);
  FlashPort<Flash> port(flash);
  Staging<Flash> staging(port, {0, 32 * 1024});
  unsigned calls = 0;
  const auto measured = [&](auto&& call) {
    Status status = Status::would_block;
    while (status == Status::would_block && ++calls < 1000) {
      flash.reset_counters();
      status = call();
      CHECK(flash.counters().erases <= 1);
      CHECK(flash.counters().programmed_bytes <= 256 + 64);
      if (flash.counters().erases == 1) CHECK(flash.counters().programmed_bytes == 0);
    }
    REQUIRE(status == Status::ok);
  };
  measured([&] { return staging.open(patch.plan); });
  CHECK(calls == 33);
  for (std::uint32_t i = 0; i < patch.plan.count(); ++i)
    measured([&] { return staging.store(i, patch.fragment(i)); });
  measured([&] { return staging.restart(); });
  measured([&] { return staging.wipe(); });
  // 0: no bound.
  Staging<Flash> unbounded(port, {0, 32 * 1024}, 0);
  CHECK(unbounded.open(patch.plan) == Status::ok);
  CHECK(unbounded.store(0, patch.fragment(0)) == Status::ok);
}

TEST_CASE("flash that lies, refuses or no longer erases is reported; what it spoiled goes to a spare place") {
  constexpr FlashPart kPart = {"STM32L4", 2048, 8, true, Erased::ones};
  const StagedPatch patch(500, 48);
  for (const FaultKind kind : {FaultKind::lie, FaultKind::refused, FaultKind::worn, FaultKind::worn_silently,
                               FaultKind::read_once, FaultKind::read_lost}) {
    unsigned struck = 0;
    for (std::uint32_t at = 0; at < (is_of_a_read(kind) ? 200U : 40U); ++at) {
      CAPTURE(static_cast<unsigned>(kind));
      CAPTURE(at);
      SimulatedFlash flash(kPart, 4096, at + 1);
      const Bytes old(2048, 0x55);
      flash.install(0, view(old));
      flash.install(2048, view(old));
      FlashPort<SimulatedFlash> port(flash);
      Staging<SimulatedFlash> staging(port, {0, 4096});
      flash.faults().plan({kind, at});
      Status status = patiently([&] { return staging.open(patch.plan); });
      if (status == Status::ok) {
        std::uint32_t index = 0;
        while (status == Status::ok && staging.next_missing(0, index))
          status = patiently([&] { return staging.store(index, patch.fragment(index)); });
      }
      if (!flash.faults().struck()) continue;
      ++struck;
      if (kind == FaultKind::worn || kind == FaultKind::worn_silently) {
        CHECK(status == Status::erase_failed);
        flash.faults().repair();
        REQUIRE(patiently([&] { return staging.open(patch.plan); }) == Status::ok);
      } else if (!is_of_a_read(kind)) {
        CHECK(status == (kind == FaultKind::lie ? Status::verify_failed : Status::program_failed));
        if (at < 4) REQUIRE(patiently([&] { return staging.open(patch.plan); }) == Status::ok);
      } else if (status != Status::ok) {
        CHECK(status == Status::read_failed);
        if (kind == FaultKind::read_lost) flash.faults().repair();
        REQUIRE(patiently([&] { return staging.open(patch.plan); }) == Status::ok);
      }
      REQUIRE(store_missing(staging, patch) == Status::ok);
      CHECK(read_back(staging) == patch.bytes);
      CHECK(flash.violation() == "");
    }
    CHECK(struck >= (kind == FaultKind::worn || kind == FaultKind::worn_silently ? 2 : 30));
  }
}

TEST_CASE("more than the spare places is too much: a fragment is refused until the area begins anew") {
  constexpr FlashPart kPart = {"STM32L4", 2048, 8, true, Erased::ones};
  const StagedPatch patch(600, 48);
  SimulatedFlash flash(kPart, 4096);
  FlashPort<SimulatedFlash> port(flash);
  Staging<SimulatedFlash> staging(port, {0, 4096});
  REQUIRE(patiently([&] { return staging.open(patch.plan); }) == Status::ok);
  std::uint32_t refused = 0;
  for (std::uint32_t i = 0; i < 9; ++i) {
    // The bytes of each fragment fail once: operations are entry, bytes, mark.
    flash.faults().plan({FaultKind::refused, flash.operations() + 1});
    const Status status = patiently([&] { return staging.store(i, patch.fragment(i)); });
    CHECK(status == Status::program_failed);
    flash.faults().repair();
    if (patiently([&] { return staging.store(i, patch.fragment(i)); }) == Status::staging_full) ++refused;
  }
  CHECK(refused == 1);
  CHECK_FALSE(staging.complete());
  for (std::uint32_t i = 0; i < 8; ++i) CHECK(staging.store(i, patch.fragment(i)) == Status::ok);
  Staging<SimulatedFlash> later(port, {0, 4096});
  REQUIRE(patiently([&] { return later.open(patch.plan); }) == Status::ok);
  for (std::uint32_t i = 0; i < 8; ++i) CHECK(later.store(i, patch.fragment(i)) == Status::ok);
  CHECK(later.store(8, patch.fragment(8)) == Status::staging_full);
  REQUIRE(patiently([&] { return later.restart(); }) == Status::ok);
  REQUIRE(store_missing(later, patch) == Status::ok);
  CHECK(flash.violation() == "");
}

TEST_CASE("an area whose wipe has begun is begun anew, though nothing of the wipe is to be seen yet") {
  const StagedPatch patch(5000, 200);
  Slow slow(3);
  REQUIRE(patiently([&] { return slow.staging.open(patch.plan); }) == Status::ok);
  REQUIRE(store_missing(slow.staging, patch) == Status::ok);
  CHECK(slow.staging.wipe() == Status::would_block);
  CHECK(patiently([&] { return slow.staging.open(patch.plan); }) == Status::ok);
  CHECK_FALSE(slow.staging.complete());
  REQUIRE(store_missing(slow.staging, patch) == Status::ok);
  CHECK(read_back(slow.staging) == patch.bytes);
  CHECK(slow.flash.counters().violations == 0);
  CHECK(slow.dma.refused() == 0);
}
