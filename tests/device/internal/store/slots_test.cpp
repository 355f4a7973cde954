// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/store/slots.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "support/bytes.hpp"
#include "support/unsigned_config.hpp"
#include "tmd/flash/ram_flash.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// So many of the next reads fail.
struct ShakyFlash : RamFlash<32768, 1024, 4> {
  std::uint32_t dead = 0xFFFFFFFF;  // a block that says that it was erased, and was not
  unsigned failing = 0;
  Status erase(std::uint32_t address) { return address == dead ? Status::ok : RamFlash::erase(address); }
  Status read(std::uint32_t address, MutableBytes out) {
    if (failing != 0) {
      --failing;
      return Status::read_failed;
    }
    return RamFlash<32768, 1024, 4>::read(address, out);
  }
};
struct Config : UnsignedConfig<ShakyFlash> {
  static constexpr std::uint32_t kWorkPerCall = 64;  // a check reads 1,024 bytes a call
};
struct OneSlotConfig : Config {
  static constexpr bool kOneSlot = true;
};
constexpr Layout kLayout = {{0, 8192}, {8192, 4096}, {16384, 2048}};

/// Says which place is taken by a journal.
struct JournalAt {
  Region region;
  bool overlaps(const void*, Region slot) const { return region.overlaps(slot); }
};

struct Bench {
  std::unique_ptr<ShakyFlash> flash = std::make_unique<ShakyFlash>();
  std::unique_ptr<Slots<Config>> slots = std::make_unique<Slots<Config>>();
  Bytes model = random_bytes(3000, 1);

  explicit Bench(const Layout& layout = kLayout) {
    slots->attach(*flash, layout);
    REQUIRE(flash->program(layout.slot_b.address, view(model)) == Status::ok);
  }
  Digest digest(DigestKind kind = DigestKind::sha256) const { return digest_of(kind, view(model)); }
};

}  // namespace

TEST_CASE("a slot's bytes are held against a digest of any kind") {
  Bench bench;
  for (const DigestKind kind : {DigestKind::crc32, DigestKind::sha256}) {
    Digest found;
    REQUIRE(bench.slots->digest(SlotId::b, 3000, kind, found) == Status::ok);
    CHECK(found == bench.digest(kind));
    CHECK(bench.slots->check(SlotId::b, 3000, bench.digest(kind)) == Status::ok);
    CHECK(bench.slots->check(SlotId::b, 2999, bench.digest(kind)) == Status::target_mismatch);
    CHECK(bench.slots->check(SlotId::a, 3000, bench.digest(kind)) == Status::target_mismatch);
  }
  Digest none;
  CHECK(bench.slots->digest(SlotId::b, 10, DigestKind::none, none) == Status::unsupported_digest);
}

TEST_CASE("a read that fails once is tried again, one that fails twice is not believed") {
  Bench bench;
  bench.flash->failing = 1;
  CHECK(bench.slots->check(SlotId::b, 3000, bench.digest()) == Status::ok);
  bench.flash->failing = 2;
  CHECK(bench.slots->check(SlotId::b, 3000, bench.digest()) == Status::read_failed);
  bench.flash->failing = 2;
  CHECK(bench.slots->go_on_checking(SlotId::b, 3000, bench.digest()) == Status::read_failed);
}

TEST_CASE("a check goes on over several calls, and starts anew where something else was hashed") {
  Bench bench;
  const auto go_on = [&] { return bench.slots->go_on_checking(SlotId::b, 3000, bench.digest()); };
  CHECK(go_on() == Status::would_block);
  CHECK(go_on() == Status::would_block);
  CHECK(go_on() == Status::ok);
  CHECK(go_on() == Status::would_block);
  CHECK(bench.slots->check(SlotId::b, 3000, bench.digest()) == Status::ok);
  CHECK(go_on() == Status::would_block);
  CHECK(go_on() == Status::would_block);
  CHECK(go_on() == Status::ok);
  const_cast<std::uint8_t*>(bench.flash->data())[8192 + 2500] ^= 1;
  CHECK(until_done(go_on) == Status::target_mismatch);
}

TEST_CASE("slots are erased as the bits say, block by block, over several calls") {
  for (const unsigned which : {1U, 2U, 3U}) {
    Bench bench;
    REQUIRE(bench.flash->program(0, view(Bytes(8192, 0))) == Status::ok);
    bench.slots->restart_erasing();
    unsigned calls = 0;
    Status status = Status::would_block;
    while (status == Status::would_block && calls < 99) {
      bench.slots->port().allow(1024);
      status = bench.slots->erase(which);
      ++calls;
    }
    CHECK(status == Status::ok);
    CHECK(calls == ((which & 1U) != 0 ? 8U : 0U) + ((which & 2U) != 0 ? 4U : 0U));
    bool blank = false;
    REQUIRE(bench.flash->is_blank(0, 8192, blank) == Status::ok);
    CHECK(blank == ((which & 1U) != 0));
    REQUIRE(bench.flash->is_blank(8192, 4096, blank) == Status::ok);
    CHECK(blank == ((which & 2U) != 0));
  }
}

TEST_CASE(
    "a block that is not blank after its erase is passed by, and said at the end until erasing begins anew") {
  Bench bench;
  REQUIRE(bench.flash->program(0, view(Bytes(8192, 0))) == Status::ok);
  bench.flash->dead = 2048;
  bench.slots->restart_erasing();
  bench.slots->port().allow(0);
  CHECK(bench.slots->erase(1) == Status::erase_failed);
  bool blank = false;
  REQUIRE(bench.flash->is_blank(3072, 5120, blank) == Status::ok);
  CHECK(blank);
  bench.flash->dead = 0xFFFFFFFF;
  CHECK(bench.slots->erase(1) == Status::erase_failed);
  bench.slots->restart_erasing();
  CHECK(bench.slots->erase(1) == Status::ok);
  REQUIRE(bench.flash->is_blank(0, 8192, blank) == Status::ok);
  CHECK(blank);
}

TEST_CASE("an erase and a check go on side by side") {
  Bench bench;
  const auto check = [&] { return bench.slots->go_on_checking(SlotId::b, 3000, bench.digest()); };
  const auto erase = [&] {
    bench.slots->port().allow(1);
    return bench.slots->erase(1);
  };
  for (unsigned i = 0; i < 2; ++i) {
    CHECK(erase() == Status::would_block);
    CHECK(check() == Status::would_block);
  }
  CHECK(check() == Status::ok);
  CHECK(until_done(erase) == Status::ok);
}

TEST_CASE("the end of a block is told from the slot's beginning") {
  Bench bench;
  CHECK(bench.slots->end_of_block(SlotId::b, 0) == 0);
  CHECK(bench.slots->end_of_block(SlotId::b, 1) == 1024);
  CHECK(bench.slots->end_of_block(SlotId::b, 1024) == 1024);
  CHECK(bench.slots->end_of_block(SlotId::b, 1025) == 2048);
}

TEST_CASE("slots are whole blocks, apart from each other and from the journal") {
  const auto is_sound = [](Region a, Region b, Region journal = {16384, 2048}) {
    ShakyFlash flash;
    Slots<Config> slots;
    slots.attach(flash, Layout{a, b, {}});
    return slots.are_sound(JournalAt{journal});
  };
  CHECK(is_sound({0, 8192}, {8192, 4096}));
  CHECK_FALSE(is_sound({0, 8192}, {7168, 4096}));
  CHECK_FALSE(is_sound({0, 8000}, {8192, 4096}));
  CHECK_FALSE(is_sound({0, 8192}, {8192, 4096}, {7168, 2048}));
  CHECK_FALSE(is_sound({0, 8192}, {8192, 4096}, {11264, 2048}));
  CHECK_FALSE(is_sound({0, 8192}, {31744, 2048}));
}

TEST_CASE("the layout is known by its slots") {
  Bench bench;
  CHECK(bench.slots->fingerprint() == kLayout.fingerprint());
  CHECK(bench.slots->slot(SlotId::b).address == 8192);
}

TEST_CASE("one slot and its ring are another layout than two slots in the same places") {
  ShakyFlash flash;
  Slots<OneSlotConfig> slots;
  slots.attach(flash, kLayout);
  CHECK(slots.fingerprint() != Bench().slots->fingerprint());
}
