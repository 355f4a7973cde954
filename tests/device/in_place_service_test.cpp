// SPDX-License-Identifier: Apache-2.0
// What stands between a device with one slot and a model to run: each time there is a way back to service.
#include <doctest/doctest.h>

#include <optional>

#include "device/encrypted_slot.hpp"
#include "device/on_trial.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

struct ChecksConfig : ReversibleConfig<WideFlash> {
  static constexpr bool kBootCheck = true;
};
using Checks = OneSlotDevice<ChecksConfig>;

void wear_out(WideFlash& flash, const Region& region) {
  for (std::uint32_t at = region.address; at < region.end(); at += flash.erase_size(at))
    flash.wear_out(at, false);
}

/// What an update takes of flash, from the staged patch on.
std::uint32_t operations_of(const InPlacePair& pair) {
  OneSlot device = pair.device();
  stage(device);
  device.flash().reset_operations();
  REQUIRE(device.apply() == Status::ok);
  return device.flash().operations();
}
/// Applies the patch until flash refuses this operation, once.
void refuse(OneSlot& device, std::uint32_t operation) {
  stage(device);
  device.flash().reset_operations();
  device.flash().faults().plan({FaultKind::refused, operation});
  REQUIRE(device.apply() == Status::program_failed);
}

}  // namespace

TEST_CASE(
    "a target whose trial ends with the journal worn out is run: it can't be taken back, and is whole") {
  const InPlacePair pair;
  ReversibleSlot device(pair.base, pair.reversible());
  put_on_trial(device);
  REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
  SUBCASE("in one session") {
    wear_out(device.flash(), device.layout().journal);
  }
  SUBCASE("after a restart") {
    wear_out(device.flash(), device.layout().journal);
    REQUIRE(device.boot() == Status::updating);
    REQUIRE(patiently([&] { return device.staging().reopen(); }) == Status::ok);
  }
  CHECK(device.apply() == Status::erase_failed);
  CHECK(device.apply() == Status::journal_worn);
  CHECK(device.store().active().state == ModelState::trial);
  CHECK(device.active_bytes() == pair.target);
}

TEST_CASE("a boot whose end of a trial can't be written down leaves the target, on trial") {
  const InPlacePair pair;
  ReversibleSlot device(pair.base, pair.reversible());
  put_on_trial(device);
  REQUIRE(device.boot() == Status::ok);
  REQUIRE(device.boot() == Status::ok);
  device.flash().reset_operations();
  device.flash().faults().plan({FaultKind::refused, 0});
  CHECK(device.boot() == Status::program_failed);
  CHECK(device.store().active().state == ModelState::trial);
  CHECK(device.active_bytes() == pair.target);
  CHECK(device.boot() == Status::updating);
  REQUIRE(patiently([&] { return device.staging().reopen(); }) == Status::ok);
  CHECK(device.apply() == Status::ok);
  CHECK(device.active_bytes() == pair.base);
}

TEST_CASE("a commit that flash refuses once costs no model: it is tried again") {
  const InPlacePair pair;
  const std::uint32_t operations = operations_of(pair);
  for (std::uint32_t last = 1; last <= 16; ++last) {
    CAPTURE(last);
    OneSlot device = pair.device();
    refuse(device, operations - last);
    CHECK(device.apply() == Status::ok);
    CHECK(device.active_bytes() == pair.target);
    CHECK(device.boot() == Status::ok);
    CHECK(device.active_bytes() == pair.target);
  }
}

TEST_CASE("a patch that begins to come in does not forget a commit that flash refused") {
  const InPlacePair pair;
  const std::uint32_t operations = operations_of(pair);
  for (std::uint32_t last = 1; last <= 15; ++last) {
    CAPTURE(last);
    OneSlot device = pair.device();
    refuse(device, operations - last);
    CHECK(patiently([&] { return device.updater().begin(); }) == Status::wrong_state);
    CHECK(device.apply() == Status::ok);
    CHECK(device.active_bytes() == pair.target);
    CHECK(patiently([&] { return device.updater().begin(); }) == Status::ok);
  }
}

TEST_CASE("a device that is reset while flash refuses its commit takes a full model") {
  const InPlacePair pair;
  OneSlot device = pair.device();
  refuse(device, operations_of(pair) - 3);
  REQUIRE(patiently([&] { return device.store().reset(); }) == Status::ok);
  REQUIRE(patiently([&] { return device.store().boot(); }) == Status::not_found);
  CHECK(stream(device.updater(), pair.full_target()) == Status::ok);
  CHECK(device.active_bytes() == pair.target);
}

TEST_CASE("a model that a boot finds damaged on trial gives way to a full one") {
  const InPlacePair pair;
  Checks device(pair.base, pair.reversible());
  put_on_trial(device);
  device.flash().rot(Rot{device.layout().slot_a.address + 1000, 2});
  REQUIRE(device.boot() == Status::model_damaged);
  CHECK_FALSE(device.store().active().present);
  CHECK(stream(device.updater(), pair.full_base()) == Status::ok);
  CHECK(device.active_bytes() == pair.base);
  CHECK(device.store().active().state == ModelState::confirmed);
  CHECK(device.boot() == Status::ok);
}

TEST_CASE(
    "what is left of a model that was given up is not taken for the factory's, but is a base to begin from") {
  const InPlacePair pair;
  OneSlot device(pair.base, pair.patch());
  stage(device);
  overwrite(device, 0);
  const auto give_up = [&] {
    const Status status = device.store().enter();
    return status == Status::ok ? device.store().abandon_update(false) : status;
  };
  REQUIRE(patiently(give_up) == Status::ok);
  // No block was erased yet: all reads as it did, and any of it may be torn as far as the device knows.
  CHECK(device.boot() == Status::factory_mismatch);
  CHECK_FALSE(device.store().active().present);
  REQUIRE(device.receive() == Status::ok);
  CHECK(device.apply() == Status::ok);
  CHECK(device.active_bytes() == pair.target);
  for (std::uint32_t at = 0; at < pair.target.size(); at += 256) CHECK(device.flash().erases_of(at) == 1);
}

TEST_CASE("a full model that is streamed while a wipe is unfinished is there after the next start, too") {
  const InPlacePair pair;
  for (const unsigned calls : {5U, 20U, 60U}) {
    CAPTURE(calls);
    OneSlot device(pair.base, pair.patch());
    REQUIRE(device.boot() == Status::ok);
    for (unsigned i = 0; i < calls; ++i) REQUIRE(device.store().wipe() == Status::would_block);
    CHECK(stream(device.updater(), pair.full_base()) == Status::ok);
    CHECK(device.active_bytes() == pair.base);
    CHECK(device.boot() == Status::ok);
    CHECK(device.active_bytes() == pair.base);
    CHECK(device.flash().violation() == "");
  }
}

TEST_CASE("a cipher that fails for a while costs neither the model nor the way back") {
  const InPlacePair pair;
  Encrypted device(pair.base, make_encrypted(pair));
  Status answer = Status::ok;
  Encrypted::TestUpdater::Policies policies;
  policies.cipher.answer = &answer;
  REQUIRE(device.boot() == Status::ok);
  device.updater().attach(device.store(), device.staging(), policies);
  REQUIRE(device.receive() == Status::ok);
  const auto fail_ten_times = [&](Status failure) {
    answer = failure;
    for (int tries = 0; tries < 10; ++tries) CHECK(device.apply() == failure);
    answer = Status::ok;
  };
  SUBCASE("while the model is being overwritten") {
    overwrite(device, 10);
    fail_ten_times(Status::cipher_failure);
    fail_ten_times(Status::out_of_memory);
    CHECK(device.apply() == Status::ok);
    CHECK(device.active_bytes() == pair.target);
  }
  SUBCASE("before it is taken back") {
    REQUIRE(device.apply() == Status::ok);
    REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
    fail_ten_times(Status::cipher_failure);
    fail_ten_times(Status::out_of_memory);
    CHECK(device.apply() == Status::ok);
    CHECK(device.active_bytes() == pair.base);
  }
}

TEST_CASE("what one update was being given up for is not said of the next") {
  const InPlacePair pair;
  const Bytes wrong = make_in_place(pair.base, pair.target, kWindow, &pair.base);
  const auto refused_after = [&](OneSlot& device) {
    unsigned calls = 1;
    while (device.updater().apply() == Status::would_block) ++calls;
    return calls;
  };
  OneSlot first(pair.base, wrong);
  stage(first);
  const unsigned all = refused_after(first);
  for (unsigned before_end = 1; before_end < 4; ++before_end) {
    CAPTURE(before_end);
    OneSlot device(pair.base, wrong);
    stage(device);
    for (unsigned i = 0; i + before_end < all; ++i) REQUIRE(device.updater().apply() == Status::would_block);
    REQUIRE(patiently([&] { return device.store().wipe(); }) == Status::ok);
    std::remove_reference_t<decltype(device.updater())> other(device.store(), device.staging());
    REQUIRE(stream(other, pair.full_base()) == Status::ok);
    device.patch().bytes = pair.patch();
    device.patch().plan = {8, static_cast<std::uint32_t>(pair.patch().size()), 64};
    REQUIRE(device.receive() == Status::ok);
    CHECK(device.apply() == Status::ok);
    CHECK(device.active_bytes() == pair.target);
  }
}
