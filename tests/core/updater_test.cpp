// SPDX-License-Identifier: Apache-2.0
#include "tmd/updater.hpp"

#include <doctest/doctest.h>

#include "format/container.hpp"
#include "support/device.hpp"
#include "support/format1_patch.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// Rewrites every second kilobyte, in chunks.
struct Scattered {
  Bytes base = random_bytes(40000, 1);
  Bytes target = base;
  Bytes patch;

  Scattered() {
    std::vector<Chunk> chunks;
    for (std::size_t at = 1024; at + 1024 < target.size(); at += 2048) {
      const Bytes fresh = random_bytes(1000, static_cast<unsigned>(at));
      std::copy(fresh.begin(), fresh.end(), target.begin() + static_cast<std::ptrdiff_t>(at));
      chunks.push_back({static_cast<std::uint32_t>(at), 0, fresh});
    }
    patch = format1_patch(base, target, chunks);
  }
};

template <class Flash>
struct NoCheckpoints : WithFormat1<Flash> {
  static constexpr std::uint32_t kCheckpointInterval = 0;
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
      CHECK(cut - offset <= DefaultConfig<Device<>::Flash>::kCheckpointInterval);
    } else {
      CHECK(cut <= format1::kHeaderSize);  // nothing is written before the manifest is whole
      REQUIRE(device.updater().begin() == Status::ok);
    }
    const std::uint32_t erases = device.flash().counters().erases;
    REQUIRE(device.feed(update.patch, random_pieces(200, 3), offset) == Status::complete);
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

TEST_CASE("finish before the last byte says so and leaves the update open") {
  const Scattered update;
  Device<WithFormat1> device(update.base);
  REQUIRE(device.updater().begin() == Status::ok);
  REQUIRE(device.feed(Bytes(update.patch.begin(), update.patch.end() - 1), pieces_of(999)) ==
          Status::need_more);
  CHECK(device.updater().finish() == Status::body_truncated);
  CHECK(device.updater().feed(view(update.patch).from(update.patch.size() - 1)).status == Status::complete);
  CHECK(device.updater().finish() == Status::ok);
}

TEST_CASE("the memory of an updater") {
  using Flash = Device<>::Flash;
  MESSAGE("sizeof(Updater) with the default configuration: " << sizeof(Updater<DefaultConfig<Flash>>));
  MESSAGE("sizeof(Updater) without checkpoints: " << sizeof(Updater<NoCheckpoints<Flash>>));
  MESSAGE("sizeof(Updater) with a page of a whole 4 KB block: " << sizeof(Updater<PageIsBlock<Flash>>));
  CHECK(sizeof(Updater<DefaultConfig<Flash>>) <= sizeof(DefaultConfig<Flash>::Decoder) + 256 + 1300);
}
