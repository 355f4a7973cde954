// SPDX-License-Identifier: Apache-2.0
// An application that calls an updater in place, its store and its staging area in any order.
#include <doctest/doctest.h>

#include "device/one_slot_steps.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// Streams through too few bytes of RAM to lend them.
struct LogsNothing : AllowsGap {
  static constexpr std::uint32_t kCheckpointInterval = 0;
};

/// One with its patch in the staging area.
template <class Device>
struct Received : Device {
  Received(const InPlacePair& pair, const Bytes& patch) : Device(pair.base, patch) {
    REQUIRE(this->boot() == Status::ok);
    REQUIRE(this->receive() == Status::ok);
  }
};

}  // namespace

TEST_CASE("a patch that begins to come in while another one is applied in place does not end that one") {
  const InPlacePair pair;
  Bytes first;
  Status expected = Status::need_more;
  SUBCASE("nothing of it came") {}
  SUBCASE("its first bytes came") {
    first.assign(pair.full_target().begin(), pair.full_target().begin() + 20);
  }
  SUBCASE("it is one that is refused") {
    first = pair.patch();
    expected = Status::slots_mismatch;
  }
  for (unsigned calls = 0; calls < 120; calls += 7) {
    CAPTURE(calls);
    Received<OneSlot> device(pair, pair.patch());
    for (unsigned i = 0; i < calls; ++i) REQUIRE(device.updater().apply() == Status::would_block);
    REQUIRE(patiently([&] { return device.updater().begin(); }) == Status::ok);
    Status status = device.updater().feed(view(first)).status;
    while (status == Status::would_block) status = device.updater().poll();
    CHECK(status == expected);
    CHECK(device.apply() == Status::ok);
    CHECK(device.active_bytes() == pair.target);
    CHECK_FALSE(device.updater().is_open());
    CHECK(device.flash().violation() == "");
  }
}

TEST_CASE("a model that is lost with its patch is replaced in one session, too") {
  const InPlacePair pair;
  Received<OneSlot> device(pair, pair.patch());
  overwrite(device, 10);
  REQUIRE(patiently([&] { return device.staging().wipe(); }) == Status::ok);
  CHECK(device.apply() == Status::wrong_state);
  CHECK(stream(device.updater(), pair.full_target()) == Status::ok);
  CHECK(device.active_bytes() == pair.target);
}

TEST_CASE("a full model that is being streamed is not touched by a call that would apply what is staged") {
  const InPlacePair pair;
  Received<GapSlot> device(pair, pair.patch());
  auto& updater = device.updater();
  const Bytes other = random_bytes(3000, 9);
  const Bytes full = make_in_place({}, other, {});
  REQUIRE(patiently([&] { return updater.begin(); }) == Status::ok);
  std::size_t offset = 0;
  Status status = Status::need_more;
  while (!is_error(status) && status != Status::ready_to_finish) {
    if (offset > full.size() / 2) CHECK(updater.apply() == Status::wrong_state);
    const FeedResult fed = updater.feed(view(full).slice(offset, 50));
    offset += fed.consumed;
    status = fed.status;
  }
  REQUIRE(status == Status::ready_to_finish);
  CHECK(patiently([&] { return updater.finish(); }) == Status::ok);
  CHECK(device.active_bytes() == other);
}

TEST_CASE(
    "while one updater applies a patch another one does nothing, until it takes over or the first one ends") {
  const InPlacePair pair;
  bool was_overwritten = false;
  for (unsigned calls = 1; !was_overwritten || calls % 5 != 0; ++calls) {
    CAPTURE(calls);
    Received<OneSlot> device(pair, pair.patch());
    for (unsigned i = 0; i < calls; ++i) REQUIRE(device.updater().apply() == Status::would_block);
    was_overwritten = device.store().is_being_overwritten();
    if (device.store().snapshot().in_place == InPlaceStage::none) continue;
    OneSlot::TestUpdater other(device.store(), device.staging());
    const std::uint32_t operations = device.flash().operations();
    REQUIRE(patiently([&] { return other.apply(); }) == Status::wrong_state);
    CHECK(device.flash().operations() <= operations + 1);  // what was begun is ended
    SUBCASE("the first one goes on") {
      CHECK(device.apply() == Status::ok);
    }
    SUBCASE("the other one takes over") {
      CHECK(other.resume() == Status::not_found);
      do REQUIRE(other.apply() == Status::would_block);
      while (!device.store().is_held());
      CHECK(patiently([&] { return device.updater().apply(); }) == Status::wrong_state);
      CHECK(patiently([&] { return other.apply(); }) == Status::ok);
    }
    SUBCASE("after a restart there is none") {
      (void)device.boot();
      REQUIRE(patiently([&] { return device.staging().reopen(); }) == Status::ok);
      REQUIRE(device.updater().apply() == Status::would_block);
      OneSlot::TestUpdater late(device.store(), device.staging());
      while (!device.store().is_held()) REQUIRE(device.updater().apply() == Status::would_block);
      CHECK(patiently([&] { return late.apply(); }) == Status::wrong_state);
      CHECK(device.apply() == Status::ok);
    }
    CHECK(device.active_bytes() == pair.target);
    CHECK(device.flash().violation() == "");
  }
}

TEST_CASE("an updater that missed a fragment leaves the patch to any other one") {
  const InPlacePair pair;
  Received<OneSlot> device(pair, pair.patch());
  while (device.store().snapshot().in_place == InPlaceStage::none)
    REQUIRE(device.updater().apply() == Status::would_block);
  device.flash().rot(Rot{staged_at(device, pair.patch().size() - 20), 2});
  REQUIRE(device.apply() == Status::not_found);
  REQUIRE(device.store().snapshot().in_place == InPlaceStage::staged);
  REQUIRE(device.receive() == Status::ok);
  OneSlot::TestUpdater other(device.store(), device.staging());
  CHECK(patiently([&] { return other.apply(); }) == Status::ok);
  CHECK(device.active_bytes() == pair.target);
}

TEST_CASE("memory for streaming is lent to what applies, where there is enough of it") {
  using Lends = InPlaceUpdater<AllowsGap, GapSlot::Area>;
  using Own = InPlaceUpdater<LogsNothing, GapSlot::Area>;
  CHECK(sizeof(Lends) - sizeof(Updater<AllowsGap>) <= 24);
  CHECK(sizeof(Own) - sizeof(Updater<LogsNothing>) > sizeof(AllDigests));
}

TEST_CASE_TEMPLATE("streaming interrupts applying, which then goes on, wherever that is", Config, AllowsGap,
                   LogsNothing) {
  const InPlacePair pair;
  const Bytes other = random_bytes(3000, 9);
  const Bytes full = make_in_place({}, other, {});
  bool was_overwritten = false;
  for (unsigned calls = 0; !was_overwritten || calls % 7 != 0; ++calls) {
    CAPTURE(calls);
    Received<OneSlotDevice<Config>> device(pair, pair.patch());
    auto& updater = device.updater();
    for (unsigned i = 0; i < calls; ++i) REQUIRE(updater.apply() == Status::would_block);
    was_overwritten = device.store().is_being_overwritten();
    CHECK(updater.resume_offset() == 0);
    REQUIRE(patiently([&] { return updater.begin(); }) == Status::ok);
    CHECK(updater.blocks_left() == 0);
    CHECK(updater.resume_offset() == 0);
    (void)updater.feed(view(full).slice(0, 20));
    CHECK(updater.resume_offset() == 20);
    CHECK(device.apply() == Status::ok);
    CHECK(device.active_bytes() == pair.target);
    CHECK(updater.resume_offset() == 0);
    CHECK(stream(updater, full) == Status::ok);
    CHECK(device.active_bytes() == other);
    CHECK(device.flash().violation() == "");
  }
}

TEST_CASE("another patch that is staged while one is being tried out is taken as a new one") {
  const InPlacePair pair;
  Bytes second = pair.target;
  second[100] ^= 1;
  const Bytes other = make_in_place(pair.base, second, kWindow);
  for (unsigned calls = 0; calls < 40; calls += 4) {
    CAPTURE(calls);
    Received<OneSlot> device(pair, pair.patch());
    for (unsigned i = 0; i < calls; ++i) REQUIRE(device.updater().apply() == Status::would_block);
    REQUIRE_FALSE(device.store().is_being_overwritten());
    device.patch().bytes = other;
    device.patch().plan.patch_length = static_cast<std::uint32_t>(other.size());
    device.patch().plan.identity = 8;
    REQUIRE(device.receive() == Status::ok);
    CHECK(device.apply() == Status::ok);
    CHECK(device.active_bytes() == second);
  }
}

TEST_CASE("a staging area that is wiped while its patch is tried out is not the patch's fault") {
  const InPlacePair pair;
  Received<OneSlot> device(pair, pair.patch());
  for (unsigned i = 0; i < 10; ++i) REQUIRE(device.updater().apply() == Status::would_block);
  REQUIRE(patiently([&] { return device.staging().wipe(); }) == Status::ok);
  CHECK(device.apply() == Status::wrong_state);
  CHECK(device.store().snapshot().attempts == 0);
  REQUIRE(device.receive() == Status::ok);
  CHECK(device.apply() == Status::ok);
}

TEST_CASE(
    "a staging area that is not opened after a restart costs no model, however often that is asked for") {
  const InPlacePair pair;
  Received<OneSlot> device(pair, pair.patch());
  overwrite(device, 10);
  REQUIRE(device.boot() == Status::updating);
  for (unsigned i = 0; i < 10; ++i) CHECK(device.apply() == Status::wrong_state);
  REQUIRE(patiently([&] { return device.staging().reopen(); }) == Status::ok);
  CHECK(device.apply() == Status::ok);
  CHECK(device.active_bytes() == pair.target);
}

TEST_CASE("with one slot there is no previous model to erase, and the only one stays") {
  const InPlacePair pair;
  SUBCASE("after an update") {
    Received<OneSlot> device(pair, pair.patch());
    REQUIRE(device.apply() == Status::ok);
    CHECK(patiently([&] { return device.store().erase_previous(); }) == Status::ok);
    CHECK(device.active_bytes() == pair.target);
    CHECK(device.store().verify_active() == Status::ok);
    CHECK(device.boot() == Status::ok);
    CHECK(device.active_bytes() == pair.target);
  }
  SUBCASE("behind a confirmed trial; what the ring held of other models is gone") {
    Received<ReversibleSlot> device(pair, pair.reversible());
    REQUIRE(device.apply() == Status::ok);
    CHECK(patiently([&] { return device.store().erase_previous(); }) == Status::wrong_state);
    REQUIRE(patiently([&] { return device.store().confirm(); }) == Status::ok);
    CHECK(patiently([&] { return device.store().erase_previous(); }) == Status::ok);
    CHECK(device.active_bytes() == pair.target);
    const Region& ring = device.layout().slot_b;
    for (std::uint32_t at = ring.address; at < ring.end(); ++at)
      CHECK_FALSE(device.flash().is_programmed(at));
  }
}

TEST_CASE("leave to try a patch again does not disturb one that is being applied") {
  const InPlacePair pair;
  Received<OneSlot> device(pair, pair.patch());
  Bytes damaged = pair.patch();
  damaged[damaged.size() - 20] ^= 4;
  device.patch().bytes = damaged;
  device.patch().plan.identity = 8;
  REQUIRE(device.receive() == Status::ok);
  REQUIRE(is_error(device.apply()));
  REQUIRE(device.store().snapshot().attempts == 1);
  device.patch().bytes = pair.patch();
  device.patch().plan.identity = 9;
  REQUIRE(device.receive() == Status::ok);
  overwrite(device, 10);
  CHECK(patiently([&] { return device.store().allow_again(); }) == Status::ok);
  CHECK(device.store().snapshot().attempts == 0);
  CHECK(device.apply() == Status::ok);
  CHECK(device.active_bytes() == pair.target);
}

TEST_CASE("a journal that is started anew while a patch is applied leaves nothing of that behind") {
  const InPlacePair pair;
  Received<OneSlot> device(pair, pair.patch());
  overwrite(device, 10);
  SUBCASE("reset") {
    REQUIRE(patiently([&] { return device.store().reset(); }) == Status::ok);
    CHECK(device.updater().apply() == Status::wrong_state);
    REQUIRE(patiently([&] { return device.store().boot(); }) == Status::not_found);
  }
  SUBCASE("wiped") {
    REQUIRE(patiently([&] { return device.store().wipe(); }) == Status::ok);
  }
  CHECK_FALSE(device.updater().is_pending());
  CHECK(stream(device.updater(), pair.full_target()) == Status::ok);
  CHECK(device.active_bytes() == pair.target);
}

TEST_CASE("the way back is gone once the device is wiped, and the next model is not on trial") {
  const InPlacePair pair;
  Received<ReversibleSlot> device(pair, pair.reversible());
  REQUIRE(device.apply() == Status::ok);
  SUBCASE("on trial") {}
  SUBCASE("about to be taken back") {
    REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
    for (unsigned i = 0; i < 10; ++i) REQUIRE(device.updater().apply() == Status::would_block);
  }
  SUBCASE("being taken back") {
    REQUIRE(patiently([&] { return device.store().revert(); }) == Status::updating);
    overwrite(device, 5);
  }
  REQUIRE(patiently([&] { return device.store().wipe(); }) == Status::ok);
  CHECK(device.store().revert() == Status::nothing_to_revert);
  CHECK(is_error(device.apply()));
  CHECK(stream(device.updater(), pair.full_target()) == Status::ok);
  CHECK(device.store().active().state == ModelState::confirmed);
  CHECK(device.store().revert() == Status::nothing_to_revert);
  CHECK(device.boot() == Status::ok);
}

TEST_CASE("a patch that brings no byte is refused before anything is written") {
  const InPlacePair pair;
  Received<GapSlot> device(pair, make_in_place(pair.base, {}, kWindow));
  CHECK(device.apply() == Status::malformed_manifest);
  CHECK(stream(device.updater(), make_in_place({}, {}, {})) == Status::malformed_manifest);
  CHECK(device.active_bytes() == pair.base);
  CHECK(erases_in(device, device.layout().slot_a) == 0);
  CHECK(device.boot() == Status::ok);
  CHECK(device.active_bytes() == pair.base);
}

TEST_CASE("how many blocks are left is known right after a restart, and after an error") {
  const InPlacePair pair;
  Received<OneSlot> device(pair, pair.patch());
  CHECK(device.updater().blocks_left() == 0);
  overwrite(device, 40);
  const std::uint32_t left = device.updater().blocks_left();
  REQUIRE(left > 1);
  const auto check_left = [&] {
    const std::uint32_t now = device.updater().blocks_left();
    CHECK(now >= left);
    CHECK(now < (pair.target.size() + 255) / 256);
    CHECK(device.updater().blocks_left() == now);
    REQUIRE(device.updater().apply() == Status::would_block);
    CHECK(device.updater().blocks_left() <= now);
  };
  REQUIRE(device.boot() == Status::updating);
  // Whether the staging area is open or not.
  CHECK(device.updater().blocks_left() >= left);
  REQUIRE(patiently([&] { return device.staging().reopen(); }) == Status::ok);
  check_left();
  // Some reads that fail are repeated.
  Status status = Status::would_block;
  while (status == Status::would_block) {
    if (!device.flash().faults().struck())
      device.flash().faults().plan({FaultKind::read_once, device.flash().reads() + 1});
    status = device.updater().apply();
    if (status == Status::would_block) device.flash().faults().repair();
  }
  REQUIRE(status == Status::read_failed);
  check_left();
  CHECK(device.apply() == Status::ok);
  CHECK(device.updater().blocks_left() == 0);
  CHECK(device.active_bytes() == pair.target);
}
