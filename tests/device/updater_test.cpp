// SPDX-License-Identifier: Apache-2.0
#include "tmd/updater.hpp"

#include <doctest/doctest.h>

#include "device/scattered.hpp"
#include "format/container.hpp"
#include "support/device.hpp"
#include "support/format1_patch.hpp"
#include "support/make_patch.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

template <class Flash>
struct Patient : DefaultConfig<Flash> {
  using Authentication = AllowUnsigned;
};
template <class Flash>
struct NoCheckpoints : WithFormat1<Flash> {
  static constexpr std::uint32_t kCheckpointInterval = 0;
};

template <class Flash>
struct InsistsOnSha256 : UnsignedConfig<Flash> {
  static constexpr DigestKind kWeakestDigest = DigestKind::sha256;
};

template <class Flash>
struct PageIsBlock : NoCheckpoints<Flash> {
  static constexpr std::uint32_t kPageSize = 4096;
};

}  // namespace

TEST_CASE("calls out of order are refused and harm nothing") {
  Device<WithFormat1> device(random_bytes(100, 1));
  const std::uint8_t byte[] = {2};
  CHECK(device.updater().feed(byte).status == Status::wrong_state);
  CHECK(device.updater().feed_at(0, byte).status == Status::wrong_state);
  CHECK(device.updater().finish() == Status::wrong_state);
  CHECK(device.updater().abort() == Status::ok);
  CHECK(device.updater().resume() == Status::not_found);
}

TEST_CASE("what is not a patch is told from what is too new") {
  Device<WithFormat1> device(random_bytes(100, 1));
  const auto status_of = [&](std::uint8_t first) { return device.update(Bytes(40, first)); };
  CHECK(status_of(0) == Status::not_a_patch);
  CHECK(status_of('T') == Status::not_a_patch);
  CHECK(status_of(3) == Status::unsupported_version);
  CHECK(status_of(0xFF) == Status::not_a_patch);
}

TEST_CASE("a firmware that insists on SHA-256 takes no weaker digest") {
  const Bytes base = random_bytes(3000, 1), target = random_bytes(3000, 2);
  Device<InsistsOnSha256> device(base);
  const std::uint32_t erases = device.flash().counters().erases;
  CHECK(device.update(make_patch(base, target, DigestKind::crc32)) == Status::digest_too_weak);
  CHECK(device.flash().counters().erases == erases);
  CHECK(device.update(make_patch(base, target, DigestKind::sha256)) == Status::ok);
  CHECK(device.active_bytes() == target);
}

TEST_CASE("after a restart at any point, an update goes on where its log ends") {
  const Scattered update;
  for (std::size_t cut = 1; cut < update.patch.size(); cut += 977) {
    CAPTURE(cut);
    Device<WithFormat1> device(update.base);
    REQUIRE(device.updater().begin() == Status::ok);
    const Bytes before(update.patch.begin(), update.patch.begin() + static_cast<std::ptrdiff_t>(cut));
    REQUIRE(device.feed(before, pieces_of(60)) == Status::need_more);
    REQUIRE(device.restart() == Status::ok);
    CHECK(device.active_bytes() == update.base);
    std::size_t offset = 0;
    if (device.updater().resume() == Status::ok) {
      offset = device.updater().resume_offset();
      CHECK(offset <= cut);
      CHECK(cut - offset <= UnsignedConfig<Device<>::Flash>::kCheckpointInterval);
    } else {
      CHECK(cut <= format1::kHeaderSize);  // nothing is written before the manifest is whole
      REQUIRE(device.updater().begin() == Status::ok);
    }
    const std::uint32_t erases = device.flash().counters().erases;
    REQUIRE(device.feed(update.patch, random_pieces(200, 3), offset) == Status::ready_to_finish);
    CHECK(device.updater().finish() == Status::ok);
    CHECK(device.active_bytes() == update.target);
    CHECK(device.flash().counters().violations == 0);
    CHECK(device.flash().counters().erases - erases <=
          2 + (update.target.size() - std::min<std::size_t>(offset, 40000)) / 4096 + 9);
  }
}

TEST_CASE("without checkpoints an interrupted update says that it starts again") {
  const Scattered update;
  Device<NoCheckpoints> device(update.base);
  REQUIRE(device.updater().begin() == Status::ok);
  REQUIRE(device.feed(Bytes(update.patch.begin(), update.patch.begin() + 9000), pieces_of(60)) ==
          Status::need_more);
  REQUIRE(device.restart() == Status::ok);
  CHECK(device.updater().resume() == Status::not_found);
  CHECK(device.update(update.patch) == Status::ok);
  CHECK(device.active_bytes() == update.target);
}

TEST_CASE("resume is for the same patch only") {
  const Scattered update;
  Device<WithFormat1> device(update.base);
  REQUIRE(device.updater().begin() == Status::ok);
  REQUIRE(device.feed(Bytes(update.patch.begin(), update.patch.begin() + 9000), pieces_of(60)) ==
          Status::need_more);
  REQUIRE(device.restart() == Status::ok);
  const std::uint32_t identity = Crc32::of(view(update.patch).first(format1::kHeaderSize));
  CHECK(device.updater().resume(identity + 1) == Status::not_found);
  CHECK(device.updater().resume(identity) == Status::ok);
}

TEST_CASE("packets with offsets may come twice, and a gap is reported without harm") {
  const Scattered update;
  Device<WithFormat1> device(update.base);
  REQUIRE(device.updater().begin() == Status::ok);
  std::uint32_t offset = 0;
  while (offset < update.patch.size()) {
    const ConstBytes packet = view(update.patch).slice(offset, 51);
    CHECK(device.updater().feed_at(offset + 7, packet).status == Status::offset_gap);
    const FeedResult fed = device.updater().feed_at(offset, packet);
    REQUIRE_FALSE(is_error(fed.status));
    CHECK(fed.consumed == packet.size());
    if (offset > 30) {
      CHECK_FALSE(is_error(device.updater().feed_at(offset - 30, packet).status));
    }
    offset = device.updater().resume_offset();
  }
  CHECK(device.updater().finish() == Status::ok);
  CHECK(device.active_bytes() == update.target);
}

TEST_CASE("blocks that already hold what is to be written are not erased where a page is a block") {
  const Scattered forth;
  Device<PageIsBlock> device(forth.base);
  REQUIRE(device.update(forth.patch) == Status::ok);
  REQUIRE(device.store().confirm() == Status::ok);
  // The other slot still holds the old base: going back to it writes nothing but the journal.
  const Bytes back = format1_patch(forth.target, forth.base, {{0, 0, forth.base}});
  device.flash().reset_counters();
  REQUIRE(device.update(back) == Status::ok);
  CHECK(device.active_bytes() == forth.base);
  CHECK(device.flash().counters().erases == 0);
}

TEST_CASE("an update that was aborted or refused leaves the way free for the next one") {
  const Scattered update;
  Device<WithFormat1> device(update.base);
  REQUIRE(device.updater().begin() == Status::ok);
  REQUIRE(device.feed(Bytes(update.patch.begin(), update.patch.begin() + 5000), pieces_of(60)) ==
          Status::need_more);
  CHECK(device.updater().abort() == Status::ok);
  CHECK(device.updater().finish() == Status::wrong_state);
  CHECK(device.restart() == Status::ok);
  CHECK(device.updater().resume() == Status::not_found);
  Bytes corrupt = update.patch;
  corrupt[corrupt.size() / 2] ^= 0x10;
  CHECK(is_error(device.update(corrupt)));
  CHECK(device.active_bytes() == update.base);
  CHECK(device.restart() == Status::ok);
  CHECK(device.update(update.patch) == Status::ok);
  CHECK(device.active_bytes() == update.target);
}

TEST_CASE("an update that was refused is forgotten for good: no restart goes on with it") {
  const Scattered update;
  Device<WithFormat1> device(update.base);
  Bytes corrupt = update.patch;
  corrupt[corrupt.size() / 2] ^= 0x10;
  CHECK(is_error(device.update(corrupt)));
  REQUIRE(device.restart() == Status::ok);
  CHECK(device.updater().resume() == Status::not_found);
}

TEST_CASE("no update begins while a model is on trial") {
  const Scattered update;
  Device<WithFormat1> device(update.base);
  REQUIRE(device.update(update.patch) == Status::ok);
  CHECK(device.updater().begin() == Status::trial_pending);
  REQUIRE(device.store().confirm() == Status::ok);
  CHECK(device.updater().begin() == Status::ok);
}

TEST_CASE("finish before the last byte says so and leaves the update open") {
  const Scattered update;
  Device<WithFormat1> device(update.base);
  REQUIRE(device.updater().begin() == Status::ok);
  REQUIRE(device.feed(Bytes(update.patch.begin(), update.patch.end() - 1), pieces_of(999)) ==
          Status::need_more);
  CHECK(device.updater().finish() == Status::body_truncated);
  CHECK(device.updater().feed(view(update.patch).from(update.patch.size() - 1)).status ==
        Status::ready_to_finish);
  CHECK(device.updater().finish() == Status::ok);
}

TEST_CASE("bytes behind the patch's last one are left over") {
  const Scattered update;
  Device<> device(update.base);
  Bytes padded = make_patch(update.base, update.target);
  const std::size_t size = padded.size();
  padded.resize(size + 7);
  REQUIRE(device.updater().begin() == Status::ok);
  const FeedResult fed = device.updater().feed(view(padded));
  CHECK(fed.status == Status::ready_to_finish);
  CHECK(fed.consumed == size);
  CHECK(device.updater().feed(view(padded).from(size)).status == Status::ready_to_finish);
  CHECK(device.updater().finish() == Status::ok);
  CHECK(device.active_bytes() == update.target);
}

TEST_CASE("an abort right after a restart gives the interrupted update up") {
  const Scattered update;
  Device<WithFormat1> device(update.base);
  REQUIRE(device.updater().begin() == Status::ok);
  REQUIRE(device.feed(Bytes(update.patch.begin(), update.patch.begin() + 9000), pieces_of(60)) ==
          Status::need_more);
  REQUIRE(device.restart() == Status::ok);
  CHECK(device.updater().abort() == Status::ok);
  CHECK(device.updater().resume() == Status::not_found);
  REQUIRE(device.restart() == Status::ok);
  CHECK(device.updater().resume() == Status::not_found);
}

TEST_CASE("a manifest that is refused gives no interrupted update up, and costs no erase") {
  const Scattered update;
  Device<WithFormat1> device(update.base);
  REQUIRE(device.updater().begin() == Status::ok);
  REQUIRE(device.feed(Bytes(update.patch.begin(), update.patch.begin() + 9000), pieces_of(60)) ==
          Status::need_more);
  REQUIRE(device.restart() == Status::ok);
  device.flash().reset_counters();
  const Bytes shorter = random_bytes(30000, 8);
  const Bytes foreign = format1_patch(shorter, update.base, {{0, 0, update.base}});
  CHECK(device.update(foreign) == Status::wrong_base_length);
  CHECK(device.update(Bytes(50, 0x55)) == Status::not_a_patch);
  CHECK(device.flash().counters().erases == 0);
  CHECK(device.flash().counters().programs == 0);
  CHECK(device.updater().resume() == Status::ok);
  CHECK(device.updater().resume_offset() > 8000);
}

TEST_CASE("another updater may take an update over, by name") {
  const Scattered update;
  Device<WithFormat1> device(update.base);
  Updater<WithFormat1<Device<>::Flash>> second(device.store());
  REQUIRE(device.updater().begin() == Status::ok);
  REQUIRE(device.updater().feed(view(update.patch).first(9000)).status == Status::need_more);
  REQUIRE(second.resume() == Status::ok);
  CHECK(device.updater().feed(view(update.patch).from(9000)).status == Status::wrong_state);
  CHECK_FALSE(device.updater().is_open());
  const std::uint32_t offset = second.resume_offset();
  CHECK(second.feed(view(update.patch).from(offset)).status == Status::ready_to_finish);
  CHECK(second.finish() == Status::ok);
  CHECK(device.active_bytes() == update.target);
}

TEST_CASE("one call does no more flash work than it may, and polls end what is left") {
  const Scattered update;
  const Bytes patch = make_patch(update.base, update.target);
  Device<Patient> device(update.base);
  const auto work = [&](const auto& call) {
    device.flash().reset_counters();
    const Status status = call();
    const FlashCounters& counters = device.flash().counters();
    CHECK(counters.erases <= 1);
    CHECK(counters.programmed_bytes <= (counters.erases == 0 ? 256U : 0U));
    // Base and target are 40,000 bytes, and are read whole for their digests.
    CHECK(counters.read_bytes <= 3 * 16 * 256);
    return status;
  };
  REQUIRE(device.updater().begin() == Status::ok);
  std::size_t offset = 0;
  Status status = Status::need_more;
  while (status != Status::ready_to_finish) {
    status = work([&] {
      const FeedResult fed = device.updater().feed(view(patch).from(offset));
      offset += fed.consumed;
      return fed.status;
    });
    REQUIRE_FALSE(is_error(status));
  }
  do {
    status = work([&] { return device.updater().finish(); });
  } while (status == Status::would_block);
  CHECK(status == Status::ok);
  CHECK(device.active_bytes() == update.target);
  do {
    status = work([&] { return device.store().confirm(); });
  } while (status == Status::would_block);
  CHECK(status == Status::ok);
}

TEST_CASE("with a journal of two banks of 16 KB a new log is begun at most once for each block of the slot") {
  // The worst case: the patch is as long as the target, and every byte of it goes through the log.
  const Bytes target = random_bytes(54000, 6);
  constexpr Layout kLayout = {{0, 96 * 1024}, {96 * 1024, 96 * 1024}, {192 * 1024, 32 * 1024}};
  RamFlash<224 * 1024, 4096, 4> memory;
  CountedFlash<RamFlash<224 * 1024, 4096, 4>> flash(memory);
  using Small = UnsignedConfig<CountedFlash<RamFlash<224 * 1024, 4096, 4>>>;
  ModelStore<Small> store(flash, kLayout);
  Updater<Small> updater(store);
  REQUIRE(store.boot() == Status::not_found);
  const Bytes whole = make_patch(Bytes(), target);
  REQUIRE(updater.begin() == Status::ok);
  REQUIRE(updater.feed(view(whole)).status == Status::ready_to_finish);
  REQUIRE(updater.finish() == Status::ok);
  const std::uint32_t slot_erases = (54000 + 4095) / 4096;
  const std::uint32_t journal_erases = flash.counters().erases - slot_erases;
  CHECK(journal_erases % 4 == 0);
  CHECK(journal_erases <= 4 * slot_erases);
}

TEST_CASE("each status says whether the update is still open") {
  for (const Status status : {Status::need_more, Status::would_block, Status::ready_to_finish,
                              Status::offset_gap, Status::body_truncated})
    CHECK(is_open(status));
  for (const Status status : {Status::ok, Status::wrong_state, Status::body_malformed, Status::read_failed})
    CHECK_FALSE(is_open(status));
}

TEST_CASE("the memory of an updater") {
  using Flash = Device<>::Flash;
  MESSAGE("sizeof(Updater) with the default configuration: " << sizeof(Updater<UnsignedConfig<Flash>>));
  MESSAGE("sizeof(Updater) without checkpoints: " << sizeof(Updater<NoCheckpoints<Flash>>));
  MESSAGE("sizeof(Updater) with a page of a whole 4 KB block: " << sizeof(Updater<PageIsBlock<Flash>>));
  CHECK(sizeof(Updater<UnsignedConfig<Flash>>) <= sizeof(UnsignedConfig<Flash>::Decoder) + 256 + 1300);
}
