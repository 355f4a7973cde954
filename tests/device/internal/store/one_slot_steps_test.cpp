// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/store/one_slot_steps.hpp"

#include <doctest/doctest.h>

#include "device/internal/store/opened_steps.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// A device with one slot whose model is there, and how far an update in place is.
auto with_model_and(InPlaceStage stage) {
  return [stage](Snapshot& snapshot) {
    snapshot.state = ModelState::confirmed;
    snapshot.model(SlotId::a) = StepsBench<>::model(SlotId::a);
    snapshot.settled_of(SlotId::a) = 3072;
    snapshot.in_place = stage;
    snapshot.set_updating(stage != InPlaceStage::none);
  };
}
/// The same, the model on trial, and behind it what is kept of the one before.
void with_way_back(Snapshot& snapshot) {
  with_model_and(InPlaceStage::reversible)(snapshot);
  snapshot.state = ModelState::trial;
  snapshot.boots_left = 2;
  snapshot.model(SlotId::b) = StepsBench<>::model(SlotId::b);
  snapshot.model(SlotId::b).present = false;
}
void with_model_to_take_back(Snapshot& snapshot) {
  with_way_back(snapshot);
  snapshot.in_place = InPlaceStage::returning;
}

using Bench = StepsBench<StepsInPlace>;

/// One after its start from such a state.
template <class Change>
Bench started(const Change& change) {
  Bench bench;
  bench.be(change);
  REQUIRE(bench.store->boot() == Status::ok);
  return bench;
}
Status keep(Bench& bench, const KeptForWayBack& kept = {}) {
  const std::uint8_t state[] = {1, 2, 3};
  return bench.store->keep_in_place(77, state, 1, kept);
}

}  // namespace

TEST_CASE("a patch that is about to be tried out leaves the model what it is") {
  Bench bench = started(with_model_and(InPlaceStage::none));
  REQUIRE(bench.store->begin_in_place(7, 4) == Status::ok);
  CHECK(bench.now().in_place == InPlaceStage::staged);
  CHECK(bench.now().update_identity == 7);
  CHECK(bench.now().begun_counter == 4);
  CHECK(bench.now().model(SlotId::a).present);
  CHECK(bench.store->is_in_place_pending());
  CHECK_FALSE(bench.store->is_being_overwritten());
  CHECK_FALSE(bench.store->needs_staged_patch());
}

TEST_CASE("behind a full model that was cut short no block of the slot is settled") {
  Bench bench;
  bench.be([](Snapshot& snapshot) {
    with_model_and(InPlaceStage::none)(snapshot);
    snapshot.set_updating(true);
  });
  REQUIRE(bench.store->boot() == Status::ok);
  REQUIRE(bench.store->begin_in_place(7, 0) == Status::ok);
  CHECK(bench.now().settled_of(SlotId::a) == 0);
}

TEST_CASE("behind a patch that was only tried out all blocks are settled still") {
  Bench bench = started(with_model_and(InPlaceStage::staged));
  REQUIRE(bench.store->begin_in_place(8, 0) == Status::ok);
  CHECK(bench.now().settled_of(SlotId::a) == 3072);
  REQUIRE(bench.store->abandon_update(true) == Status::ok);
  CHECK(bench.now().settled_of(SlotId::a) == 3072);
}

TEST_CASE(
    "a patch that was given up while it was tried out is counted where it is begun anew, or another one is") {
  Bench bench = started(with_model_and(InPlaceStage::none));
  REQUIRE(bench.store->begin_in_place(7, 0) == Status::ok);
  bench.store->give_up();
  REQUIRE(bench.store->begin_in_place(7, 0) == Status::ok);
  CHECK(bench.now().refusals() == 1);
  bench.store->hold();
  REQUIRE(bench.store->begin_in_place(7, 0) == Status::ok);
  CHECK(bench.now().refusals() == 1);
  bench.store->give_up();
  REQUIRE(bench.store->begin_in_place(8, 0) == Status::ok);
  CHECK(bench.now().refusals() == 0);
  CHECK(bench.now().turns() == 1);
}

TEST_CASE("once the updater's state is kept there is no model, and the base is remembered for the way back") {
  Bench bench = started(with_model_and(InPlaceStage::staged));
  const Digest digest = bench.now().model(SlotId::a).digest;
  REQUIRE(keep(bench, {6, 0x1234}) == Status::ok);
  CHECK(bench.store->is_being_overwritten());
  CHECK(bench.store->needs_staged_patch());
  CHECK_FALSE(bench.store->is_going_back());
  CHECK_FALSE(bench.now().model(SlotId::a).present);
  CHECK(bench.now().state == ModelState::none);
  CHECK(bench.now().ring_head == 1);
  CHECK(bench.now().models[1].digest == digest);
  CHECK(bench.now().models[1].facts_size == 6);
  CHECK(bench.now().models[1].trailer_crc == 0x1234);
  CHECK_FALSE(bench.now().models[1].present);
  REQUIRE(bench.contents.log.size() == 1);
  CHECK(bench.contents.log.front().kind == RecordKind::decoder);
  CHECK(bench.contents.log.front().number == 77);
}

TEST_CASE(
    "a model that is being taken back is resumed so, and the one before stays known until it is there") {
  Bench bench = started(with_model_to_take_back);
  REQUIRE(keep(bench) == Status::ok);
  CHECK(bench.now().in_place == InPlaceStage::undoing);
  CHECK(bench.store->is_going_back());
  CHECK(bench.now().models[1].digest == StepsBench<>::model(SlotId::b).digest);
  bench.restart();
  REQUIRE(bench.store->boot() == Status::ok);
  REQUIRE(keep(bench) == Status::ok);
  CHECK(bench.now().in_place == InPlaceStage::undoing);
  CHECK(bench.now().models[1].digest == StepsBench<>::model(SlotId::b).digest);
  REQUIRE(bench.store->take_back({4, 9}, 3000) == Status::ok);
  CHECK(bench.now().state == ModelState::reverted);
  CHECK(bench.now().models[0].digest == StepsBench<>::model(SlotId::b).digest);
  CHECK(bench.now().models[0].present);
  CHECK(bench.now().models[0].facts_size == 4);
  CHECK(bench.now().models[0].trailer_crc == 9);
  CHECK(bench.now().models[1].length == 0);
  CHECK(bench.now().in_place == InPlaceStage::none);
  CHECK_FALSE(bench.now().is_updating());
}

TEST_CASE("a way back that ends leaves a whole target on trial, and no model where it is not whole") {
  for (const bool is_whole : {true, false}) {
    CAPTURE(is_whole);
    Bench bench = started(with_model_to_take_back);
    CHECK(bench.store->is_returning());
    REQUIRE(bench.store->end_way_back(is_whole) == Status::ok);
    CHECK_FALSE(bench.store->is_returning());
    CHECK_FALSE(bench.store->needs_staged_patch());
    CHECK(bench.now().model(SlotId::a).present == is_whole);
    CHECK(bench.now().state == (is_whole ? ModelState::trial : ModelState::none));
    CHECK(bench.now().models[1].length == 0);
  }
}

TEST_CASE("a way back whose end can't be written down has ended all the same, until the next start") {
  Bench bench = started(with_model_to_take_back);
  bench.journal->written = Status::journal_worn;
  CHECK(bench.store->end_way_back(true) == Status::journal_worn);
  CHECK_FALSE(bench.store->is_returning());
  bench.restart();
  REQUIRE(bench.store->boot() == Status::ok);
  CHECK(bench.store->is_returning());
}

TEST_CASE("a model on trial keeps the staged patch needed") {
  Bench bench = started(with_way_back);
  CHECK(bench.store->needs_staged_patch());
  CHECK_FALSE(bench.store->is_in_place_pending());
  CHECK_FALSE(bench.store->is_going_back());
}
