// SPDX-License-Identifier: Apache-2.0
// What stands between a device with two slots and a model to run: each time there is a way back to service.
#include <doctest/doctest.h>

#include <algorithm>

#include "support/device.hpp"
#include "support/lying_flash.hpp"
#include "support/make_patch.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

template <class Flash>
struct CheckingDevice : UnsignedConfig<Flash> {
  static constexpr bool kBootCheck = true;
};
template <class Flash>
struct InShares : UnsignedConfig<Flash> {
  static constexpr std::uint32_t kWorkPerCall = 64;
};

/// A device of which one erase block is dead: it says so, or says nothing and stays as it is.
struct WornFlash : LyingFlash<72 * 1024, 1024, 8> {
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  std::uint32_t dead = kNone;
  bool says_so = true;

  Status erase(std::uint32_t address) {
    if (address != dead) return LyingFlash::erase(address);
    return says_so ? Status::erase_failed : Status::ok;
  }
};
constexpr Layout kWornLayout = {{0, 16384}, {16384, 16384}, {32768, 16384}};
constexpr std::uint32_t kInJournal = 32768;

/// Its application: the first model is in slot A, the second one active in slot B.
struct Worn {
  using Config = InShares<WornFlash>;
  Bytes first = random_bytes(12000, 1), second = random_bytes(12000, 2);
  WornFlash flash;
  std::optional<ModelStore<Config>> store;

  Worn() {
    REQUIRE(flash.program(0, view(first)) == Status::ok);
    FactoryModel factory;
    factory.length = static_cast<std::uint32_t>(first.size());
    factory.digest = digest_of(DigestKind::sha256, view(first));
    REQUIRE(restart(factory) == Status::ok);
    REQUIRE(update(make_patch(first, second, DigestKind::sha256)) == Status::ok);
    REQUIRE(until_done([&] { return store->confirm(); }) == Status::ok);
  }
  Status restart(const FactoryModel& factory = FactoryModel()) {
    store.emplace(flash, kWornLayout);
    return until_done([&] { return store->boot(factory); });
  }
  Status update(const Bytes& patch) {
    Updater<Config> updater(*store);
    Status status = until_done([&] { return updater.begin(); });
    while (updater.is_open() && status != Status::ready_to_finish)
      status = updater.feed(view(patch).from(updater.resume_offset())).status;
    return status == Status::ready_to_finish ? until_done([&] { return updater.finish(); }) : status;
  }
  /// How many pieces of twelve bytes of a model the slots hold.
  unsigned pieces_left(const Bytes& model) const {
    unsigned count = 0;
    for (auto at = model.begin(); at + 12 <= model.end(); at += 12) {
      if (std::search(flash.data(), flash.data() + kInJournal, at, at + 12) != flash.data() + kInJournal)
        ++count;
    }
    return count;
  }
};

}  // namespace

TEST_CASE("a model that a boot finds damaged on trial, with none to go back to, gives way to a full one") {
  const Bytes base = random_bytes(5000, 1), target = random_bytes(5000, 2);
  Device<CheckingDevice> device(base);
  REQUIRE(device.update(make_patch(base, target, DigestKind::sha256)) == Status::ok);
  REQUIRE(device.store().active().state == ModelState::trial);
  for (const Region& slot : {device.layout().slot_a, device.layout().slot_b})
    REQUIRE(device.ram().erase(slot.address) == Status::ok);
  REQUIRE(device.restart() == Status::model_damaged);
  CHECK(device.update(make_patch({}, target, DigestKind::sha256)) == Status::ok);
  CHECK(device.active_bytes() == target);
  CHECK(device.restart() == Status::ok);
  CHECK(device.active_bytes() == target);
}

TEST_CASE(
    "a word for a damaged model on trial ends the update that was to replace it, and keeps no slot from the "
    "next") {
  const Bytes base = random_bytes(5000, 1), target = random_bytes(5000, 2);
  const Bytes full = make_patch({}, target, DigestKind::sha256);
  Device<CheckingDevice> device(base);
  REQUIRE(device.update(make_patch(base, target, DigestKind::sha256)) == Status::ok);
  for (const Region& slot : {device.layout().slot_a, device.layout().slot_b})
    REQUIRE(device.ram().erase(slot.address) == Status::ok);
  REQUIRE(device.restart() == Status::model_damaged);
  REQUIRE(device.updater().begin() == Status::ok);
  REQUIRE(device.updater().feed(view(full).first(3000)).status == Status::need_more);
  CHECK(device.store().confirm() == Status::ok);
  CHECK(device.updater().feed(view(full).from(3000)).status == Status::wrong_state);
  CHECK(device.update(full) == Status::ok);
  CHECK(device.active_bytes() == target);
}

TEST_CASE("a model that comes in while a wipe is unfinished is there after the next start, too") {
  const Bytes base = random_bytes(300000, 1), target = random_bytes(2000, 2);
  for (const unsigned calls : {1U, 5U, 50U}) {
    CAPTURE(calls);
    Device<InShares> device(base);
    for (unsigned i = 0; i < calls; ++i) REQUIRE(device.store().wipe() == Status::would_block);
    const bool is_begun = device.store().snapshot().erasing() != 0;
    CHECK(device.update(make_patch({}, target, DigestKind::sha256)) == Status::ok);
    CHECK(device.active_bytes() == target);
    CHECK(device.restart() == Status::ok);
    CHECK(device.active_bytes() == target);
    // Behind the new model nothing is left of the old one.
    const std::uint8_t* const end = device.ram().data() + base.size();
    CHECK((std::search(end - 1000, end, base.end() - 500, base.end()) == end) == is_begun);
  }
}

TEST_CASE("a device that is asked to erase what can't be erased runs on, and takes updates") {
  Worn device;
  const Bytes third = random_bytes(3000, 3);
  device.flash.dead = 4096;
  SUBCASE("a block that says so") {}
  SUBCASE("a block that does not") {
    device.flash.says_so = false;
  }
  CHECK(until_done([&] { return device.store->erase_previous(); }) == Status::erase_failed);
  CHECK(device.restart() == Status::erase_failed);
  CHECK(device.store->active().length == device.second.size());
  CHECK(device.pieces_left(device.first) < 1024 / 12 + 2);
  CHECK(device.update(make_patch(device.second, third)) == Status::ok);
  CHECK(device.restart() == Status::ok);
  CHECK(device.store->active().length == third.size());
}

TEST_CASE("a wipe goes past what can't be erased, and leaves a way back to service") {
  Worn device;
  const Bytes third = random_bytes(3000, 3);
  bool in_slot = true;
  SUBCASE("a block of a slot") {
    device.flash.dead = 4096;
  }
  SUBCASE("a block of the journal") {
    in_slot = false;
    device.flash.dead = kInJournal;
  }
  CHECK(is_error(until_done([&] { return device.store->wipe(); })));
  CHECK(device.pieces_left(device.second) == 0);
  CHECK(device.pieces_left(device.first) < (in_slot ? 1024 / 12 + 2 : 1));
  CHECK(is_error(device.restart()));
  CHECK(device.update(make_patch({}, third)) == Status::ok);
  (void)device.restart();
  CHECK(device.store->active().length == third.size());
  CHECK(device.store->verify_active() == Status::ok);
  device.flash.dead = WornFlash::kNone;
  CHECK(device.restart() == Status::ok);
  CHECK(device.store->verify_active() == Status::ok);
}

TEST_CASE("an update that looks at its base in between takes nothing away from an erase, nor adds to it") {
  const Bytes third = random_bytes(3000, 3);
  for (unsigned calls = 1; calls < 60; calls += 7) {
    CAPTURE(calls);
    Worn device;
    const Bytes patch = make_patch(device.second, third, DigestKind::sha256);
    for (unsigned i = 0; i < calls; ++i) (void)device.store->erase_previous();
    Updater<Worn::Config> updater(*device.store);
    REQUIRE(until_done([&] { return updater.begin(); }) == Status::ok);
    REQUIRE(updater.feed(view(patch).first(80)).status == Status::would_block);
    REQUIRE(updater.poll() == Status::would_block);
    CHECK(until_done([&] { return device.store->erase_previous(); }) == Status::ok);
    CHECK(device.pieces_left(device.first) == 0);
    CHECK(updater.is_open() == false);
    CHECK(device.update(patch) == Status::ok);
  }
}

TEST_CASE("a reset ends, however little one call may do, and asks the journal before it says what is kept") {
  Worn device;
  device.store->successor(0, 41, 6);
  REQUIRE(until_done([&] {
            const Status status = device.store->enter();
            return status == Status::ok ? device.store->commit(12000) : status;
          }) == Status::ok);
  const auto reset = [&] {
    for (unsigned call = 0; call < 100; ++call) {
      const Status status = device.store->reset(12);
      if (status != Status::would_block) return status;
    }
    return Status::would_block;
  };
  SUBCASE("a journal that is whole") {
    CHECK(reset() == Status::ok);
    CHECK(device.restart() == Status::not_found);
    CHECK(device.store->snapshot().security_counter == 41);
    CHECK(device.store->snapshot().revoked_keys == 6);
  }
  SUBCASE("before a boot") {
    device.store.emplace(device.flash, kWornLayout);
    CHECK(reset() == Status::wrong_state);
    CHECK(device.restart() == Status::ok);
    CHECK(device.store->snapshot().security_counter == 41);
  }
  SUBCASE("a journal that is none") {
    for (std::uint32_t at = kInJournal; at < kInJournal + 16384; at += 1024)
      REQUIRE(device.flash.erase(at) == Status::ok);
    REQUIRE(device.flash.program(kInJournal, view(random_bytes(16384, 9))) == Status::ok);
    REQUIRE(device.restart() == Status::journal_lost);
    CHECK(reset() == Status::ok);
    CHECK(device.restart() == Status::not_found);
    CHECK(device.store->snapshot().security_counter == 12);
  }
}

TEST_CASE("an update that the application's word on the model has ended can be begun anew, or gone on with") {
  Worn device;
  const Bytes third = random_bytes(12000, 3);
  const Bytes patch = make_patch(device.second, third);
  Bytes bad = patch;
  bad.back() ^= 0xFF;
  bad[bad.size() - 100] ^= 0xFF;
  REQUIRE(is_error(device.update(bad)));
  Updater<Worn::Config> updater(*device.store);
  const auto feed = [&](std::size_t end) {
    Status status = Status::ok;
    while (status == Status::would_block || (updater.resume_offset() < end && !is_error(status)))
      status = updater.feed(view(patch).first(end).from(updater.resume_offset())).status;
    return status;
  };
  REQUIRE(until_done([&] { return updater.begin(); }) == Status::ok);
  REQUIRE(feed(5000) == Status::need_more);
  REQUIRE(device.store->snapshot().attempts == 1);
  CHECK(until_done([&] { return device.store->allow_again(); }) == Status::ok);
  CHECK(device.store->snapshot().attempts == 0);
  CHECK(updater.feed(view(patch).from(5000)).status == Status::wrong_state);
  SUBCASE("anew") {
    REQUIRE(until_done([&] { return updater.begin(); }) == Status::ok);
  }
  SUBCASE("gone on with") {
    REQUIRE(until_done([&] { return updater.resume(); }) == Status::ok);
    CHECK(updater.resume_offset() > 4000);
  }
  REQUIRE(feed(patch.size()) == Status::ready_to_finish);
  CHECK(until_done([&] { return updater.finish(); }) == Status::ok);
  CHECK(device.store->active().length == third.size());
}
