// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/store/transaction_steps.hpp"

#include <doctest/doctest.h>

#include "device/internal/store/opened_steps.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("a slot that an updater holds is given to no other update, and keeps its model") {
  StepsBench bench;
  bench.be(with_two_models);
  REQUIRE(bench.store->boot() == Status::ok);
  bench.store->hold();
  CHECK(bench.store->begin_update(7, 0) == Status::wrong_state);
  CHECK(bench.now().model(SlotId::b).present);
  bench.store->release();
  CHECK(bench.store->begin_update(7, 0) == Status::ok);
  CHECK(bench.now().is_updating());
  CHECK(bench.now().update_identity == 7);
  CHECK_FALSE(bench.now().model(SlotId::b).present);
  CHECK(bench.now().model(SlotId::a).present);
}

TEST_CASE("a slot that is begun to be written is no untouched one, also before its first model") {
  StepsBench bench;
  REQUIRE(bench.store->boot() == Status::ok);
  CHECK(bench.store->inactive_slot() == SlotId::a);
  REQUIRE(bench.store->begin_update(7, 0) == Status::ok);
  CHECK(bench.now().model(SlotId::a).length != 0);
}

TEST_CASE(
    "behind an update that was cut short no block of its slot is settled, nor behind one that was given up") {
  StepsBench bench;
  bench.be(with_two_models);
  REQUIRE(bench.store->boot() == Status::ok);
  REQUIRE(bench.store->begin_update(7, 0) == Status::ok);
  CHECK(bench.now().settled_of(SlotId::b) == 3072);
  REQUIRE(bench.store->begin_update(8, 0) == Status::ok);
  CHECK(bench.now().settled_of(SlotId::b) == 0);
  StepsBench given_up;
  given_up.be(with_two_models);
  REQUIRE(given_up.store->boot() == Status::ok);
  REQUIRE(given_up.store->begin_update(7, 0) == Status::ok);
  REQUIRE(given_up.store->abandon_update(false) == Status::ok);
  CHECK_FALSE(given_up.now().is_updating());
  CHECK(given_up.now().settled_of(SlotId::b) == 0);
  CHECK(given_up.now().settled_of(SlotId::a) == 3072);
}

TEST_CASE("bodies that were refused are counted, and so is an update that was given up for another one") {
  StepsBench bench;
  bench.be(with_two_models);
  REQUIRE(bench.store->boot() == Status::ok);
  REQUIRE(bench.store->begin_update(7, 0) == Status::ok);
  REQUIRE(bench.store->abandon_update(true) == Status::ok);
  CHECK(bench.now().refusals() == 1);
  REQUIRE(bench.store->begin_update(7, 0) == Status::ok);
  REQUIRE(bench.store->abandon_update(false) == Status::ok);
  CHECK(bench.now().refusals() == 1);
  REQUIRE(bench.store->begin_update(8, 0) == Status::ok);
  CHECK(bench.now().turns() == 1);
  bench.store->give_up();
  REQUIRE(bench.store->begin_update(9, 0) == Status::ok);
  CHECK(bench.now().refusals() == 0);
  CHECK(bench.now().turns() == 2);
}

TEST_CASE(
    "a model that is committed is on trial where there is one to fall back to; counter and keys stay known") {
  for (const bool is_first : {false, true}) {
    CAPTURE(is_first);
    StepsBench bench;
    if (!is_first) bench.be(with_two_models);
    REQUIRE(bench.store->boot() == Status::ok);
    REQUIRE(bench.store->begin_update(7, 9) == Status::ok);
    CHECK_FALSE(bench.now().is_newer(9));
    bench.store->successor(3, 9, 4).length = 2000;
    REQUIRE(bench.store->commit(2000) == Status::ok);
    CHECK(bench.now().is_newer(9));
    CHECK(bench.now().active == (is_first ? SlotId::a : SlotId::b));
    CHECK(bench.now().state == (is_first ? ModelState::confirmed : ModelState::trial));
    CHECK(bench.now().boots_left == (is_first ? 0 : 3));
    CHECK(bench.now().security_counter == 9);
    CHECK(bench.now().revoked_keys == 4);
    bench.store->successor(0, 8, 1).length = 2000;
    REQUIRE(bench.store->commit(2000) == Status::ok);
    CHECK(bench.now().security_counter == 9);
    CHECK(bench.now().revoked_keys == 5);
  }
}

TEST_CASE("a model that was updated in place is on trial though there is no other: it can be taken back") {
  StepsBench<StepsInPlace> bench;
  bench.be([](Snapshot& snapshot) {
    snapshot.set_updating(true);
    snapshot.in_place = InPlaceStage::applying;
  });
  REQUIRE(bench.store->boot() == Status::ok);
  bench.store->successor(3, 0, 0).length = 2000;
  REQUIRE(bench.store->commit(2000) == Status::ok);
  CHECK(bench.now().state == ModelState::trial);
  CHECK(bench.now().boots_left == 3);
  CHECK(bench.now().in_place == InPlaceStage::reversible);
}

TEST_CASE("what is being erased on purpose is erased before an update begins, but for what can't be") {
  StepsBench bench;
  bench.be(with_two_models);
  REQUIRE(bench.store->boot() == Status::ok);
  REQUIRE(bench.store->begin_erasing(2) == Status::ok);
  bench.flash->dead = 8192;
  bench.store->state_.port().allow(1);  // one block a call
  CHECK(bench.store->begin_update(7, 0) == Status::would_block);
  CHECK_FALSE(bench.now().is_updating());
  bench.store->state_.port().allow(0);
  CHECK(bench.store->begin_update(7, 0) == Status::ok);
  // No boot takes the new model for what is to be erased.
  CHECK(bench.now().erasing() == 0);
}
