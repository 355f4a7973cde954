// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "device/journal/flash_medium.hpp"
#include "device/journal/forged_rows.hpp"
#include "tmd/journal/flash_journal.hpp"

namespace tmd::test {
namespace {

constexpr Region kRegion{512, 16 * 512};
/// What an attacker claims: newer than all that there is.
constexpr std::uint32_t kClaimed = 1000;

FlashPart part_of(std::uint32_t unit) {
  return FlashPart("", 512, unit, false, Erased::ones);
}
std::uint32_t row_size_of(std::uint32_t unit) {
  return unit < 16 ? 16 : unit;
}

/// A device whose log has one record, with this payload: an attacker's, who sends the patch that it is part of.
struct Victim {
  FlashMedium medium;
  Bytes state = plain_payload(1, kStateSize);
  JournalRecord record;

  Victim(std::uint32_t unit, const Bytes& payload) : medium(part_of(unit), kRegion) {
    MountedSession session(medium);
    REQUIRE(session.mounted == Status::not_found);
    REQUIRE(session.journal.write_state(view(state), Log::start) == Status::ok);
    REQUIRE(session.journal.append(RecordKind::patch, 7, view(payload)) == Status::ok);
    REQUIRE(session.journal.first(record));
  }

  /// After a restart: the state, and no record but those that were written. Empty: so it is.
  std::string check() {
    medium.reboot();
    MountedSession session(medium);
    if (session.mounted != Status::ok) return std::string("mount: ") + to_string(session.mounted);
    if (session.length != kStateSize || session.state != state) return "another state was taken";
    JournalRecord found;
    for (bool more = session.journal.first(found); more; more = session.journal.next(found)) {
      if (found.number != 7) return "another record was taken";
    }
    if (session.journal.restore_state() != Status::ok) return "the state can't be restored";
    return session.journal.append(RecordKind::patch, 7, ConstBytes()) == Status::ok ? "" : "no more records";
  }
};

/// The payload in which rows of a state lie, right in all but their tags, one state for each row that it could
/// begin in; `log`: of the record that goes with them, which is one of the log that counts.
Bytes hostile_payload(std::uint32_t unit, std::uint32_t first_row, std::uint32_t log) {
  const std::uint32_t row = row_size_of(unit);
  Bytes rows;
  for (unsigned i = 0; i < 3; ++i) {
    const Bytes state = forged_state(kClaimed + i, first_row + static_cast<std::uint32_t>(rows.size()), row,
                                     Tags::of_payload);
    rows.insert(rows.end(), state.begin(), state.end());
    const Bytes record = forged_record(2, log, kClaimed, first_row + static_cast<std::uint32_t>(rows.size()),
                                       row, Tags::of_payload);
    rows.insert(rows.end(), record.begin(), record.end());
  }
  return without_tags(rows, row);
}

/// A victim whose payload lies exactly where the attacker has computed it.
Victim attacked(std::uint32_t unit) {
  const std::size_t size = hostile_payload(unit, 0, 0).size();
  const Victim rehearsal(unit, plain_payload(2, static_cast<std::uint32_t>(size)));
  const std::uint32_t row = row_size_of(unit);
  const std::uint32_t first_row = rehearsal.record.place + row;
  Victim victim(unit, hostile_payload(unit, first_row, 1));
  REQUIRE(victim.record.place == rehearsal.record.place);
  // The check is right: with its tag, and only its tag, the first row would be a header.
  detail::Row header;
  REQUIRE(victim.medium.flash.read(kRegion.address + first_row, memory_of(header)) == Status::ok);
  REQUIRE(header.tag == kPayloadTag);
  REQUIRE(header.kind == 0x81);
  REQUIRE(header.generation == kClaimed);
  REQUIRE(header.check == header.check_at(first_row));
  return victim;
}

}  // namespace

TEST_CASE(
    "an attacker's rows, exactly where it wants them, count for nothing when the record's own rows are "
    "gone") {
  for (const std::uint32_t unit : {4U, 32U}) {
    CAPTURE(unit);
    const Victim victim = attacked(unit);
    const std::uint32_t row = row_size_of(unit);
    const std::uint32_t header = kRegion.address + victim.record.place;
    const std::uint32_t seal = header + detail::RowSize{row}.record(victim.record.length) - row;
    for (const std::uint32_t begin : {header, seal}) {
      for (std::uint32_t at = begin; at < begin + 16; ++at) {
        for (std::uint8_t bit = 0; bit <= Rot::kWholeUnit; ++bit) {
          Victim copy = victim;
          copy.medium.flash.rot({at, bit});
          CAPTURE(at);
          CAPTURE(int{bit});
          REQUIRE(copy.check() == "");
        }
      }
    }
  }
}

TEST_CASE("an attacker's rows, exactly where it wants them, count for nothing wherever power goes") {
  for (const std::uint32_t unit : {4U, 32U}) {
    CAPTURE(unit);
    const Victim rehearsal = attacked(unit);
    const std::uint32_t first_row = rehearsal.record.place + row_size_of(unit);
    const Bytes payload = hostile_payload(unit, first_row, 1);
    Victim victim(unit, Bytes());
    // From here on as `attacked` did it: the state, and the record that goes where it went.
    FlashMedium medium(part_of(unit), kRegion);
    unsigned cuts = 0;
    SimulatedFlash::Watcher watcher = [&](const SimulatedFlash& flash, const FlashOperation& operation) {
      for (const Cut& cut : cuts_of(operation, unit, false)) {
        victim.medium.flash = flash;
        victim.medium.flash.watch(nullptr);
        victim.medium.flash.tear(operation, cut);
        ++cuts;
        CAPTURE(cuts);
        REQUIRE(victim.check() == "");
      }
    };
    MountedSession session(medium);
    REQUIRE(session.journal.write_state(view(victim.state), Log::start) == Status::ok);
    medium.flash.watch(&watcher);
    REQUIRE(session.journal.append(RecordKind::patch, 7, view(payload)) == Status::ok);
    medium.flash.watch(nullptr);
    CHECK(cuts > 50);
  }
}

TEST_CASE("rows that lie elsewhere than where they were written count for nothing") {
  // Records of the device's own, right in every byte, moved by some rows: as firmware finds them that puts its journal
  // elsewhere, or an attacker who had a driver copy them.
  for (const std::uint32_t rows : {1U, 4U, 32U}) {
    CAPTURE(rows);
    Victim victim(4, plain_payload(2, 60));
    Bytes bytes(1024);
    REQUIRE(victim.medium.flash.read(kRegion.address, MutableBytes(bytes.data(), bytes.size())) ==
            Status::ok);
    FlashMedium moved(part_of(4), kRegion);
    moved.flash.install(kRegion.address + rows * 16, view(bytes));
    MountedSession session(moved);
    CHECK(session.mounted == Status::journal_lost);
    CHECK(session.journal.write_state(view(session.state), Log::start) == Status::wrong_state);
  }
}

TEST_CASE("a record of another generation than the log's is not of the log, be it older or newer") {
  const std::uint32_t log = 1;
  for (const std::uint32_t generation : {log - 1, log, log + 1, log + 50, log + 1000, 0x7FFFFFFFU}) {
    CAPTURE(generation);
    Victim victim(4, plain_payload(2, 20));
    // Right in everything else, tags too: what a bank held before, or what only a writer of flash can put there.
    const std::uint32_t place = victim.record.place + detail::RowSize{16}.record(20);
    const Bytes forged = forged_record(2, generation, 9, place, 16);
    victim.medium.flash.install(kRegion.address + place, view(forged));
    MountedSession session(victim.medium);
    REQUIRE(session.mounted == Status::ok);
    JournalRecord record;
    REQUIRE(session.journal.first(record));
    CHECK(record.number == 7);
    CHECK(session.journal.next(record) == (generation == log));
  }
}

}  // namespace tmd::test
