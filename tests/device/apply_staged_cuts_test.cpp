// SPDX-License-Identifier: Apache-2.0
// A patch is received out of order, staged and applied, and power goes in any operation of it.
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "device/staged_patch.hpp"
#include "support/make_patch.hpp"
#include "tmd/apply_staged.hpp"
#include "tmd/flash/counted_flash.hpp"
#include "tmd/updater.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using CutFlash = CountedFlash<WideFlash>;
struct CutConfig : DefaultConfig<CutFlash> {
  using Authentication = AllowUnsigned;
  static constexpr std::uint32_t kCheckpointInterval = 60;
};
using CutStore = ModelStore<CutConfig>;

constexpr FlashPart kPart = {"STM32L4", 512, 8, true, Erased::ones};
constexpr Layout kCutLayout = {{0, 2048}, {2048, 2048}, {4096, 8192}};
constexpr Region kCutArea = {12288, 6144};

/// The models, the patch, and what a device does between a restart and the new model.
struct Staged {
  Bytes base = random_bytes(1200, 1);
  Bytes target = random_bytes(1501, 2);
  FactoryModel factory;
  StagedPatch patch{0, 48};

  Staged() {
    factory.length = static_cast<std::uint32_t>(base.size());
    factory.digest = digest_of(DigestKind::crc32, view(base));
    patch.bytes = make_patch(base, target);
    patch.plan.patch_length = static_cast<std::uint32_t>(patch.bytes.size());
  }

  WideFlash new_flash(std::uint64_t seed) const {
    WideFlash flash(kPart, kCutArea.end(), seed);
    flash.install(0, view(base));
    return flash;
  }

  Bytes active(CutStore& store) const {
    Bytes bytes(store.active().region.size);
    (void)store.port().read(store.active().region.address, MutableBytes(bytes.data(), bytes.size()));
    return bytes;
  }

  void receive_and_apply(WideFlash& flash, std::uint64_t seed, std::uint32_t& sent) const {
    CutFlash counted(flash);
    CutStore store(counted, kCutLayout);
    flash.protect({});
    REQUIRE(patiently([&] { return store.boot(factory); }) == Status::ok);
    const Bytes now = active(store);
    if (now == target) return;  // the cut came after the switch
    CHECK(now == base);
    flash.protect({store.slot(store.active().slot)});
    Staging<CutFlash> staging(store.port(), kCutArea);
    REQUIRE(patiently([&] { return staging.open(patch.plan); }) == Status::ok);
    std::vector<std::uint32_t> order(patch.plan.count());
    std::iota(order.begin(), order.end(), 0U);
    std::mt19937 random(static_cast<unsigned>(seed));
    std::shuffle(order.begin(), order.end(), random);
    Updater<CutConfig> updater(store);
    Status status = Status::not_found;
    // Cells that change can make a fragment a missing one that was there: it comes again.
    for (int round = 0; round < 20 && status == Status::not_found; ++round) {
      for (const std::uint32_t index : order) {
        std::uint32_t missing = 0;
        if (!staging.next_missing(index, missing) || missing != index) continue;
        ++sent;
        REQUIRE(patiently([&] { return staging.store(index, patch.fragment(index)); }) == Status::ok);
      }
      if (!updater.is_open()) {
        status = patiently([&] { return updater.resume(); });
        if (status == Status::not_found) status = patiently([&] { return updater.begin(); });
        REQUIRE(status == Status::ok);
      }
      status = patiently([&] { return apply_staged(staging, updater); });
    }
    CHECK(status == Status::ok);
    CHECK(active(store) == target);
    CHECK(counted.counters().violations == 0);
  }
};

constexpr unsigned kWays = 6;

/// A cut in every operation, in so many of the ways to be cut, which take turns.
void check_cuts(unsigned ways) {
  const Staged staged;
  std::uint32_t cuts = 0;
  std::uint32_t again = 0;
  bool ended = false;
  for (std::uint32_t operation = 0; !ended; ++operation) {
    for (unsigned turn = 0; turn < ways; ++turn) {
      const unsigned way = (operation * ways + turn) % kWays;
      const CutPosition position = static_cast<CutPosition>(way);
      const Torn torn = static_cast<Torn>((operation + way) % kTornKinds);
      CAPTURE(operation);
      CAPTURE(way);
      CAPTURE(static_cast<unsigned>(torn));
      WideFlash flash = staged.new_flash(operation * 8 + way + 1);
      flash.cut_at(operation, {position, torn});
      flash.be_busy(operation % 2 == 0 ? 0 : 4);
      std::uint32_t sent = 0;
      ended = true;
      try {
        staged.receive_and_apply(flash, operation, sent);
      } catch (const PowerCut&) {
        ended = false;
        ++cuts;
        flash.reboot();
        staged.receive_and_apply(flash, operation + 1, sent);
      }
      flash.reboot();
      staged.receive_and_apply(flash, 1, sent);
      CHECK(sent <= staged.patch.plan.count() + 1);
      again += sent - staged.patch.plan.count();
      CHECK(flash.violation() == "");
    }
  }
  CHECK(cuts > 1000 / kWays * ways);
  MESSAGE("cuts tried: " << cuts << ", fragments sent again: " << again);
}

}  // namespace

TEST_CASE(
    "a cut in any operation of receiving and applying ends with the new model, and the fragment at hand "
    "again") {
  check_cuts(2);
}
TEST_CASE("the same with each way to be cut in each operation" * doctest::skip()) {
  check_cuts(kWays);
}
