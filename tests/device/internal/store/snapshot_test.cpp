// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/store/snapshot.hpp"

#include <doctest/doctest.h>

using namespace tmd;

TEST_CASE("versions are compared field by field, the first one first") {
  const ModelVersion ordered[] = {{0, 0, 0}, {0, 0, 1},     {0, 1, 0}, {0, 255, 65535},
                                  {1, 0, 0}, {1, 65535, 0}, {2, 0, 0}, {65535, 0, 0}};
  constexpr std::size_t kCount = sizeof(ordered) / sizeof(ordered[0]);
  for (std::size_t i = 0; i < kCount; ++i) {
    for (std::size_t j = 0; j < kCount; ++j) {
      CHECK((ordered[i] < ordered[j]) == (i < j));
      CHECK((ordered[i] == ordered[j]) == (i == j));
    }
  }
}

TEST_CASE("the other slot of either is the other one") {
  CHECK(other(SlotId::a) == SlotId::b);
  CHECK(other(SlotId::b) == SlotId::a);
}

TEST_CASE("what stands for a slot is its own") {
  Snapshot snapshot;
  snapshot.model(SlotId::b).length = 5;
  snapshot.settled_of(SlotId::b) = 7;
  const Snapshot& seen = snapshot;
  CHECK(seen.models[1].length == 5);
  CHECK(seen.model(SlotId::a).length == 0);
  CHECK(seen.settled_of(SlotId::b) == 7);
  CHECK(seen.settled_of(SlotId::a) == 0);
}

TEST_CASE("the sum of what lies behind a model does not wrap") {
  ModelRecord model;
  model.self_test_size = 0xFFFF;
  model.facts_size = 0xFFFF;
  CHECK(model.trailer_size() == 0x1FFFE);
}

TEST_CASE("a snapshot knows of nothing at first") {
  const Snapshot snapshot;
  CHECK(snapshot.state == ModelState::none);
  CHECK_FALSE(snapshot.is_updating());
  CHECK_FALSE(snapshot.models[0].present);
  CHECK(snapshot.security_counter == 0);
}

TEST_CASE("refused bodies are counted under one patch, and those of another one from none on") {
  Snapshot snapshot;
  snapshot.count_for(7, 0);
  CHECK(snapshot.refusals() == 0);
  snapshot.count_refusal();
  snapshot.count_refusal();
  snapshot.count_for(7, 0);
  CHECK(snapshot.refusals() == 2);
  snapshot.count_for(8, 0);
  CHECK(snapshot.update_identity == 8);
  CHECK(snapshot.refusals() == 0);
  for (unsigned i = 0; i < 20; ++i) snapshot.count_refusal();
  CHECK(snapshot.refusals() == 15);
}

TEST_CASE("patches that take turns are counted where one was refused, at most fifteen times") {
  Snapshot snapshot;
  snapshot.count_for(1, 0);
  snapshot.count_for(2, 0);  // nothing was refused under the first one
  CHECK(snapshot.turns() == 0);
  for (unsigned turn = 1; turn < 20; ++turn) {
    snapshot.count_refusal();
    snapshot.count_for(turn % 2 + 1 + 10, 0);
    CHECK(snapshot.turns() == (turn < 15 ? turn : 15));
  }
}

TEST_CASE(
    "the highest counter of a patch that was begun is known until a commit, and one above it is newer") {
  Snapshot snapshot;
  CHECK_FALSE(snapshot.is_newer(0));
  CHECK(snapshot.is_newer(1));
  snapshot.count_for(1, 5);
  snapshot.count_for(2, 3);
  CHECK_FALSE(snapshot.is_newer(5));
  CHECK(snapshot.is_newer(6));
  snapshot.count_refusal();
  snapshot.forget_attempts();
  CHECK(snapshot.refusals() == 0);
  CHECK(snapshot.is_newer(5));
}

TEST_CASE("an open update and slots that are being erased are known apart") {
  Snapshot snapshot;
  snapshot.set_erasing(2);
  snapshot.set_updating(true);
  CHECK(snapshot.erasing() == 2);
  CHECK(snapshot.is_updating());
  snapshot.set_erasing(0);
  CHECK(snapshot.erasing() == 0);
  CHECK(snapshot.is_updating());
  snapshot.set_erasing(3);
  snapshot.set_updating(false);
  CHECK(snapshot.erasing() == 3);
  CHECK_FALSE(snapshot.is_updating());
}
