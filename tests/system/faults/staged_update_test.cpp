// SPDX-License-Identifier: Apache-2.0
// A patch that arrives out of order, into the staging area, and is applied from there by the updater.
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "faults/workload.hpp"
#include "tmd/apply_staged.hpp"

using namespace tmd;
using namespace tmd::faults;
using namespace tmd::test;

namespace {

using TestStaging = Staging<SimulatedFlash>;
using TestStore = ModelStore<SimulatedFlash>;

constexpr FlashPart kPart = {"STM32L4", 2048, 8, true, Erased::ones};
constexpr std::uint32_t kFragment = 48;

/// A device with a staging area behind its journal.
struct StagedDevice {
  Workload work = make_workload(kPart, JournalSize::roomy, 2, 2500, 1, 7);
  ConstBytes patch = view(work.patches[0].bytes);
  FragmentPlan plan{work.patches[0].identity(), work.patches[0].size(), kFragment};
  Region area{work.flash_size(), 4096};

  SimulatedFlash new_flash(std::uint64_t seed) const {
    SimulatedFlash flash(kPart, area.end(), seed);
    Bytes padded = work.models[0];
    padded.resize((padded.size() + 7) / 8 * 8);
    flash.install(0, view(padded));
    return flash;
  }
  ConstBytes fragment(std::uint32_t index) const { return patch.slice(index * kFragment, kFragment); }
};

template <class Call>
Status patiently(Call&& call) {
  Status status = Status::would_block;
  for (int i = 0; i < 10000 && status == Status::would_block; ++i) status = call();
  return status;
}

/// From a restart to the new model: receives what is missing in an order of its own, and applies it.
void receive_and_apply(const StagedDevice& device, SimulatedFlash& flash, std::uint64_t seed,
                       std::uint32_t& received) {
  TestStore store(flash, device.work.layout);
  REQUIRE(patiently([&] { return store.boot(device.work.factory); }) == Status::ok);
  REQUIRE(store.verify_active() == Status::ok);
  if (store.active().region.address != 0) return;  // the cut came after the switch
  flash.protect({store.slot(store.active().slot)});
  TestStaging staging(flash, device.area);
  REQUIRE(patiently([&] { return staging.open(device.plan); }) == Status::ok);
  std::vector<std::uint32_t> order(device.plan.count());
  std::iota(order.begin(), order.end(), 0U);
  Chance chance(seed);
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[chance.below(static_cast<std::uint32_t>(i))]);
  for (const std::uint32_t index : order) {
    std::uint32_t missing = 0;
    if (!staging.next_missing(index, missing) || missing != index) continue;
    REQUIRE(patiently([&] { return staging.store(index, device.fragment(index)); }) == Status::ok);
    ++received;
  }
  REQUIRE(staging.complete());
  std::uint32_t written = 0;
  Policies<FaultConfig> policies;
  policies.observer.written = &written;
  Updater<FaultConfig> updater(store, policies);
  Status status = updater.resume(device.plan.identity);
  if (status == Status::not_found) status = updater.begin();
  REQUIRE(status == Status::ok);
  REQUIRE(patiently([&] { return apply_staged(staging, updater); }) == Status::ok);
}

void must_run_new_model(const StagedDevice& device, SimulatedFlash& flash) {
  flash.protect({});
  TestStore store(flash, device.work.layout);
  REQUIRE(patiently([&] { return store.boot(device.work.factory); }) == Status::ok);
  Bytes bytes(store.active().region.size);
  REQUIRE(flash.read(store.active().region.address, MutableBytes(bytes.data(), bytes.size())) == Status::ok);
  CHECK(bytes == device.work.models[1]);
  CHECK(flash.violation() == "");
}

}  // namespace

TEST_CASE("a staged patch is applied by the updater") {
  const StagedDevice device;
  SimulatedFlash flash = device.new_flash(1);
  std::uint32_t received = 0;
  receive_and_apply(device, flash, 1, received);
  CHECK(received == device.plan.count());
  must_run_new_model(device, flash);
}

TEST_CASE("a staged patch with a fragment missing, or with wrong bytes, becomes no model") {
  const StagedDevice device;
  SimulatedFlash flash = device.new_flash(1);
  TestStore store(flash, device.work.layout);
  REQUIRE(store.boot(device.work.factory) == Status::ok);
  TestStaging staging(flash, device.area);
  REQUIRE(staging.open(device.plan) == Status::ok);
  const std::uint32_t last = device.plan.count() - 1;
  for (std::uint32_t i = 0; i < last; ++i) REQUIRE(staging.store(i, device.fragment(i)) == Status::ok);
  std::uint32_t written = 0;
  Policies<FaultConfig> policies;
  policies.observer.written = &written;
  Updater<FaultConfig> updater(store, policies);
  REQUIRE(updater.begin() == Status::ok);
  CHECK(apply_staged(staging, updater) == Status::not_found);
  Bytes wrong(device.fragment(last).begin(), device.fragment(last).end());
  wrong.back() ^= 1;
  wrong.front() ^= 1;
  REQUIRE(staging.store(last, view(wrong)) == Status::ok);
  CHECK(is_error(apply_staged(staging, updater)));
  CHECK(store.active().region.address == 0);
  CHECK(store.verify_active() == Status::ok);
}

TEST_CASE("a cut at any operation of receiving and applying loses at most the fragment at hand") {
  const StagedDevice device;
  std::uint32_t cuts = 0;
  std::uint32_t resent = 0;
  for (std::uint32_t operation = 0;; ++operation) {
    bool all_done = true;
    for (const CutPosition position :
         {CutPosition::before, CutPosition::first_unit, CutPosition::last_unit, CutPosition::whole_call}) {
      const Torn torn = static_cast<Torn>((operation + static_cast<unsigned>(position)) % kTornKinds);
      CAPTURE(operation);
      CAPTURE(static_cast<unsigned>(position));
      CAPTURE(static_cast<unsigned>(torn));
      SimulatedFlash flash = device.new_flash(operation + 1);
      flash.cut_at(operation, {position, torn});
      flash.be_busy(operation % 2 == 0 ? 0 : 4);
      std::uint32_t received = 0;
      try {
        receive_and_apply(device, flash, operation, received);
      } catch (const PowerCut&) {
        all_done = false;
        ++cuts;
        flash.reboot();
        receive_and_apply(device, flash, operation + 1, received);
      }
      flash.reboot();
      // What was being stored when power went is not counted as received.
      if (torn != Torn::unstable) CHECK(received <= device.plan.count());
      resent += received > device.plan.count() ? received - device.plan.count() : 0;
      must_run_new_model(device, flash);
    }
    if (all_done) break;
  }
  CHECK(cuts > 300);
  MESSAGE("cuts tried: " << cuts << ", fragments sent again although stored: " << resent);
}
