// SPDX-License-Identifier: Apache-2.0
// Power that comes back for a moment only, any number of times, while a log is started anew.
#include <doctest/doctest.h>

#include "device/journal/flash_medium.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

constexpr std::uint32_t kLongState = 144;
constexpr std::uint32_t kLogged = 1200;
constexpr unsigned kRestarts = 200;

Bytes state_of(std::uint32_t number) {
  return plain_payload(number, kLongState);
}
Bytes logged_in(std::uint32_t number) {
  return plain_payload(number, kLogged);
}

/// The number of the state that a mount finds; its log begins with the record that was written with it.
std::uint32_t check_found(FlashMedium::Session& session) {
  Bytes state(kLongState);
  std::uint32_t length = 0;
  REQUIRE(session.journal.mount(MutableBytes(state.data(), state.size()), length) == Status::ok);
  std::uint32_t number = 0;
  for (unsigned i = 0; i < 4; ++i) number |= std::uint32_t{state[i]} << (8 * i);
  CHECK(state == state_of(number));
  JournalRecord record;
  REQUIRE(session.journal.first(record));
  CHECK(record.kind == RecordKind::decoder);
  CHECK(record.number == number);
  Bytes logged(record.length);
  CHECK(session.journal.read(record, 0, MutableBytes(logged.data(), logged.size())) == Status::ok);
  CHECK(logged == logged_in(number));
  return number;
}

Status start_log(FlashMedium::Session& session, std::uint32_t number) {
  return session.journal.start_log(RecordKind::decoder, number, view(logged_in(number)),
                                   view(state_of(number)));
}

/// A restart, after which the next state and its log are written. False where power goes in this operation.
bool survives(FlashMedium& medium, std::uint32_t operation, Cut cut) {
  medium.flash.reset_operations();
  medium.flash.cut_at(operation, cut);
  FlashMedium::Session session(medium);
  const std::uint32_t number = check_found(session);
  try {
    REQUIRE(session.journal.restore_state() == Status::ok);
    REQUIRE(start_log(session, number + 1) == Status::ok);
  } catch (const PowerCut&) {
    medium.reboot();
    return false;
  }
  medium.reboot();
  return true;
}

}  // namespace

TEST_CASE(
    "two hundred restarts in a row, each of them cut, leave the state and the record its log starts with") {
  const FlashPart part = {"small", 256, 8, true, Erased::ones};
  const Region region = {512, 24 * 256};
  unsigned cuts = 0;
  for (std::uint32_t operation = 0; operation < 100; ++operation) {
    CAPTURE(operation);
    FlashMedium medium(part, region);
    medium.flash.reseed(operation + 1);
    {
      FlashMedium::Session session(medium);
      Bytes state(kLongState);
      std::uint32_t length = 0;
      REQUIRE(session.journal.mount(MutableBytes(state.data(), state.size()), length) == Status::not_found);
      REQUIRE(start_log(session, 1) == Status::ok);
    }
    Chance chance(operation);
    unsigned unstable = 0;
    for (unsigned restart = 0; restart < kRestarts; ++restart) {
      CAPTURE(restart);
      const auto position = static_cast<CutPosition>(chance.below(kCutPositions));
      auto torn = static_cast<Torn>(chance.below(kTornKinds));
      if (changes_by_itself(torn) && ++unstable > kMostUnstableCuts) torn = Torn::mixture;
      // The same place each time, and somewhere near it.
      const std::uint32_t here = restart % 3 == 2 ? chance.below(operation + 1) : operation;
      if (!survives(medium, here, {position, torn})) ++cuts;
    }
    FlashMedium::Session session(medium);
    (void)check_found(session);
    REQUIRE(session.journal.restore_state() == Status::ok);
    CHECK(medium.violation() == "");
  }
  CHECK(cuts > 10000);
}

TEST_CASE("a log stays whole where each of the restarts is cut while the next one is started") {
  FlashMedium medium({"small", 256, 8, true, Erased::ones}, {512, 32 * 256});
  for (unsigned restart = 0; restart < 40; ++restart) {
    CAPTURE(restart);
    FlashMedium::Session session(medium);
    Bytes state(kLongState);
    std::uint32_t length = 0;
    const Status found = session.journal.mount(MutableBytes(state.data(), state.size()), length);
    if (restart == 0) {
      REQUIRE(found == Status::not_found);
      REQUIRE(start_log(session, 1) == Status::ok);
      REQUIRE(session.journal.append(RecordKind::blocks, 7, ConstBytes()) == Status::ok);
    }
    REQUIRE(session.journal.restore_state() == Status::ok);
    JournalRecord record;
    REQUIRE(session.journal.first(record));
    CHECK(record.kind == RecordKind::decoder);
    REQUIRE(session.journal.next(record));
    CHECK(record.kind == RecordKind::blocks);
    medium.flash.reset_operations();
    medium.flash.cut_at(20, {CutPosition::whole_call, Torn::old});
    try {
      (void)start_log(session, 2);
    } catch (const PowerCut&) {
      medium.reboot();
      continue;
    }
    FAIL("power did not go");
  }
}

namespace {

const Region kSmall = {512, 12 * 256};

/// State 3 in the first bank, by a single copy: power went behind it. State 2 in the second one.
FlashMedium with_single_copy() {
  FlashMedium medium({"small", 256, 8, true, Erased::ones}, kSmall);
  MountedSession session(medium);
  REQUIRE(session.mounted == Status::not_found);
  REQUIRE(session.journal.write_state(view(state_of(1)), Log::start) == Status::ok);
  REQUIRE(session.journal.write_state(view(state_of(2)), Log::start) == Status::ok);
  // Behind the erased blocks, and the first copy.
  medium.flash.cut_at(medium.flash.operations() + 6 + 8, {CutPosition::before, Torn::old});
  CHECK_THROWS_AS((void)session.journal.write_state(view(state_of(3)), Log::start), PowerCut);
  medium.reboot();
  return medium;
}

Bytes mounted(FlashMedium::Session& session) {
  Bytes state(kLongState);
  std::uint32_t length = 0;
  REQUIRE(session.journal.mount(MutableBytes(state.data(), state.size()), length) == Status::ok);
  return state;
}

}  // namespace

TEST_CASE("an older state is not erased for one of which the only copy can't be read any more") {
  FlashMedium medium = with_single_copy();
  {
    FlashMedium::Session session(medium);
    REQUIRE(mounted(session) == state_of(3));
    // The bank takes no program any more, and then the copy rots.
    medium.flash.faults().stop_programs({kSmall.address, kSmall.size / 2});
    medium.flash.rot({kSmall.address + 40, Rot::kWholeUnit});
    for (unsigned call = 0; call < 10; ++call) CHECK(is_flash_error(session.journal.restore_state()));
  }
  medium.reboot();
  FlashMedium::Session session(medium);
  CHECK(mounted(session) == state_of(2));
  CHECK(medium.violation() == "");
}

TEST_CASE("a state whose seal was there when it was mounted, and is not now, is written anew") {
  FlashMedium medium = with_single_copy();
  const std::uint32_t seal =
      newest_state_in(medium.flash, kSmall).at(0) + detail::RowSize{16}.record(kLongState) - 16;
  // Restarts that are cut use the bank up.
  for (unsigned restart = 0; restart < 6; ++restart) {
    FlashMedium::Session session(medium);
    REQUIRE(mounted(session) == state_of(3));
    medium.flash.cut_at(medium.flash.operations() + 5, {CutPosition::before, Torn::old});
    try {
      REQUIRE(session.journal.restore_state() == Status::ok);
      FAIL("power did not go");
    } catch (const PowerCut&) {
      medium.reboot();
    }
  }
  {
    FlashMedium::Session session(medium);
    REQUIRE(mounted(session) == state_of(3));
    medium.flash.rot({seal, Rot::kWholeUnit});
    const std::uint32_t erases = medium.flash.wear().erases;
    CHECK(session.journal.restore_state() == Status::ok);
    CHECK(medium.flash.wear().erases == erases + 6);
  }
  medium.reboot();
  FlashMedium::Session session(medium);
  CHECK(mounted(session) == state_of(3));
  CHECK(medium.violation() == "");
}
