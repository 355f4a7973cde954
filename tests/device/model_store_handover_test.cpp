// SPDX-License-Identifier: Apache-2.0
// Whose the inactive slot is, what is known of it, whether one may go back to it, and what is left of it in the end.
#include <doctest/doctest.h>

#include <algorithm>

#include "support/device.hpp"
#include "support/make_patch.hpp"
#include "tmd/model_store.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

template <class F>
struct Confirming : UnsignedConfig<F> {
  static constexpr std::uint8_t kTrialBoots = 0;
};
using Board = Device<Confirming>;

/// A device that was updated twice: the second model in slot B was replaced by the third one in slot A.
struct Updated {
  Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2), third = random_bytes(5500, 3);
  Board board{first};
  Updated() {
    REQUIRE(board.update(make_patch(first, second)) == Status::ok);
    REQUIRE(board.update(make_patch(second, third)) == Status::ok);
    REQUIRE(board.store().active().slot == SlotId::a);
  }
  Board::Store& store() { return board.store(); }
};

}  // namespace

TEST_CASE("a slot that belongs to an updater is not given to another update") {
  Updated device;
  device.store().hold();
  CHECK(device.store().is_held());
  CHECK(device.store().begin_update(7, 0) == Status::wrong_state);
  CHECK_FALSE(device.store().snapshot().is_updating());
  CHECK(device.store().snapshot().model(SlotId::b).present);
  device.store().release();
  CHECK(device.store().begin_update(7, 0) == Status::ok);
  CHECK(device.store().snapshot().is_updating());
  CHECK(device.store().snapshot().update_identity == 7);
  CHECK_FALSE(device.store().snapshot().model(SlotId::b).present);
}

TEST_CASE("an update after one that was cut short finds no block of the slot settled") {
  Updated device;
  const std::uint32_t settled = device.store().snapshot().settled_of(SlotId::b);
  CHECK(settled == 8192);
  REQUIRE(device.store().begin_update(7, 0) == Status::ok);
  CHECK(device.store().snapshot().settled_of(SlotId::b) == settled);
  // Power goes while the slot is written: which block was torn is not known.
  REQUIRE(device.board.restart() == Status::ok);
  REQUIRE(device.store().begin_update(8, 0) == Status::ok);
  CHECK(device.store().snapshot().settled_of(SlotId::b) == 0);
  CHECK(device.store().snapshot().settled_of(SlotId::a) != 0);
}

TEST_CASE("an update that is given up leaves no block of its slot settled") {
  Updated device;
  REQUIRE(device.store().begin_update(7, 0) == Status::ok);
  REQUIRE(device.store().abandon_update(false) == Status::ok);
  CHECK_FALSE(device.store().snapshot().is_updating());
  CHECK(device.store().snapshot().settled_of(SlotId::b) == 0);
  CHECK(device.store().snapshot().settled_of(SlotId::a) != 0);
}

TEST_CASE("a damaged model is not gone back to, and nothing changes") {
  for (const bool is_damaged : {false, true}) {
    CAPTURE(is_damaged);
    Updated device;
    const std::uint32_t address = device.store().slot(SlotId::b).address + 4321;
    if (is_damaged) const_cast<std::uint8_t*>(device.board.ram().data())[address] ^= 0x20;
    for (unsigned boot = 0; boot < 2; ++boot) {
      const Status status = device.store().revert();
      CHECK(status ==
            (!is_damaged ? (boot == 0 ? Status::ok : Status::nothing_to_revert) : Status::target_mismatch));
      CHECK(device.store().active().state == (is_damaged ? ModelState::confirmed : ModelState::reverted));
      CHECK(device.board.active_bytes() == (is_damaged ? device.third : device.second));
      REQUIRE(device.board.restart() == Status::ok);
    }
  }
}

TEST_CASE("the way back is not erased while a model is on trial, nor a slot while it is written") {
  const Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2);
  Device<> trial(first);
  REQUIRE(trial.update(make_patch(first, second)) == Status::ok);
  REQUIRE(trial.store().active().state == ModelState::trial);
  CHECK(trial.store().erase_previous() == Status::wrong_state);
  CHECK(trial.store().revert() == Status::ok);
  CHECK(trial.active_bytes() == first);
  Updated device;
  REQUIRE(device.store().begin_update(7, 0) == Status::ok);
  CHECK(device.store().erase_previous() == Status::wrong_state);
  CHECK(device.store().snapshot().is_updating());
}

TEST_CASE("a refused body is counted, for its manifest only") {
  Updated device;
  const auto attempt = [&](std::uint32_t identity, bool refused) {
    REQUIRE(device.store().begin_update(identity, 0) == Status::ok);
    REQUIRE(device.store().abandon_update(refused) == Status::ok);
    REQUIRE(device.board.restart() == Status::ok);
    return device.store().snapshot().refusals();
  };
  CHECK(attempt(7, true) == 1);
  CHECK(attempt(7, false) == 1);
  CHECK(attempt(7, true) == 2);
  CHECK(device.store().snapshot().turns() == 0);
  CHECK(attempt(8, false) == 0);
  CHECK(device.store().snapshot().turns() == 1);
  CHECK(attempt(8, true) == 1);
  // It came after one that was never refused.
  CHECK(attempt(9, false) == 0);
  CHECK(attempt(7, false) == 0);
  CHECK(device.store().snapshot().turns() == 2);
  CHECK(device.store().allow_again() == Status::ok);
  CHECK(device.store().snapshot().attempts == 0);
}

TEST_CASE("a wipe leaves no bytes of a patch in the journal either") {
  const Bytes first = random_bytes(5000, 1);
  const Bytes patch = make_patch(first, random_bytes(60000, 2));
  Board board(first);
  REQUIRE(board.updater().begin() == Status::ok);
  REQUIRE(board.feed(Bytes(patch.begin(), patch.begin() + 30000), pieces_of(97)) == Status::need_more);
  const std::uint8_t* const journal = board.ram().data() + Board::layout().journal.address;
  // How many pieces of twelve bytes of the patch the journal holds, behind the manifest.
  const auto pieces_left = [&] {
    unsigned count = 0;
    for (auto at = patch.begin() + 100; at < patch.begin() + 30000; at += 12) {
      const auto* const end = journal + Board::kJournalSize;
      if (std::search(journal, end, at, at + 12) != end) ++count;
    }
    return count;
  };
  REQUIRE(board.restart() == Status::ok);
  CHECK(pieces_left() > 0);
  CHECK(until_done([&] { return board.store().wipe(); }) == Status::ok);
  CHECK(pieces_left() == 0);
  CHECK(board.restart() == Status::factory_mismatch);
}
