// SPDX-License-Identifier: Apache-2.0
// What a log may take, and what is kept free for states.
#include <doctest/doctest.h>

#include "device/journal/flash_medium.hpp"
#include "device/journal/life.hpp"

namespace tmd::test {

TEST_CASE("a log fits only where each bank holds it, whichever is the next") {
  FlashPart part = {"large behind small", {4, 1024}, {0, 4096}, {}, 4, false, Erased::ones};
  Region region = {3 * 1024, 1024 + 4096};
  SUBCASE("the first one is small") {}
  SUBCASE("the second one is") {
    part = {"small behind large", {1, 4096}, {0, 1024}, {}, 4, false, Erased::ones};
    region.address = 0;
  }
  FlashMedium medium(part, region);
  FlashMedium::Session session(medium);
  Bytes state(8);
  std::uint32_t length = 0;
  for (unsigned turn = 0; turn < 3; ++turn) {
    REQUIRE(session.journal.mount(MutableBytes(state.data(), state.size()), length) ==
            (turn == 0 ? Status::not_found : Status::ok));
    CHECK(session.journal.fits_new_log(8));
    CHECK_FALSE(session.journal.fits_new_log(1000));
    CHECK(session.journal.start_log(RecordKind::patch, 0, view(state), view(state)) == Status::ok);
  }
}

TEST_CASE("a log leaves room for a state and for writing it anew, also where the other bank does not erase") {
  const Region region = {512, 16 * 256};
  FlashMedium medium({"unit 4", 256, 4, false, Erased::ones}, region);
  FlashMedium::Session session(medium);
  Bytes state(kStateSize);
  std::uint32_t length = 0;
  REQUIRE(session.journal.mount(MutableBytes(state.data(), state.size()), length) == Status::not_found);
  REQUIRE(session.journal.write_state(view(state), Log::start) == Status::ok);
  unsigned records = 0;
  for (; session.journal.has_room(1, 20); ++records)
    REQUIRE(session.journal.append(RecordKind::patch, records, view(plain_payload(records, 20))) ==
            Status::ok);
  REQUIRE(records > 1);
  CHECK(session.journal.append(RecordKind::blocks, records, ConstBytes()) == Status::ok);
  CHECK(session.journal.append(RecordKind::patch, records, view(plain_payload(records, 20))) ==
        Status::journal_full);
  for (std::uint32_t at = region.address + region.size / 2; at < region.end(); at += 256)
    medium.flash.wear_out(at, false);
  for (unsigned i = 1; i <= 2; ++i) {
    CAPTURE(i);
    CHECK(session.journal.write_state(view(plain_payload(i, kStateSize)), Log::keep) == Status::ok);
    REQUIRE(session.journal.mount(MutableBytes(state.data(), state.size()), length) == Status::ok);
    CHECK(state == plain_payload(i, kStateSize));
    JournalRecord record;
    unsigned found = 0;
    for (bool more = session.journal.first(record); more; more = session.journal.next(record)) ++found;
    CHECK(found == records + 1);
  }
  CHECK(session.journal.write_state(view(plain_payload(3, kStateSize)), Log::keep) == Status::journal_worn);
}

}  // namespace tmd::test
