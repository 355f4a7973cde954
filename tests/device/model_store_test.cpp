// SPDX-License-Identifier: Apache-2.0
// The life of a device's models. What a boot makes of what it finds: model_store_boot_test.cpp.
#include "tmd/model_store.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <type_traits>

#include "device/store_board.hpp"
#include "support/device.hpp"
#include "support/ram_journal.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

struct OddPages : UnsignedConfig<RamFlash<64 * 1024, 4096, 8>> {
  static constexpr std::uint32_t kPageSize = 300;
};
struct NotOpened : RamFlash<64 * 1024, 4096, 8> {
  static constexpr std::uint32_t size() { return 0; }
};

}  // namespace

TEST_CASE("a new device takes over its factory model once it is proven") {
  const Bytes model = random_bytes(5000, 1);
  Device<WithFormat1> device(model);
  CHECK(device.store().active().present);
  CHECK(device.store().active().state == ModelState::confirmed);
  CHECK(device.active_bytes() == model);
  CHECK(device.store().verify_active() == Status::ok);
  CHECK(device.restart() == Status::ok);
  CHECK(device.active_bytes() == model);
}

TEST_CASE(
    "a new device whose slot A holds something else has no model, and an update from nothing brings one") {
  const Bytes target = random_bytes(3000, 2);
  Device<WithFormat1> device(Bytes{});
  CHECK_FALSE(device.store().active().present);
  CHECK(device.restart() == Status::not_found);
  CHECK(device.update(replacing_patch({}, target)) == Status::ok);
  CHECK(device.active_bytes() == target);
  CHECK(device.store().active().state == ModelState::confirmed);
  CHECK(device.restart() == Status::ok);
  CHECK(device.active_bytes() == target);
}

TEST_CASE("an update goes to the other slot and is on trial until confirmed") {
  const Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2), third = random_bytes(100, 3);
  Device<WithFormat1> device(first);
  REQUIRE(device.update(replacing_patch(first, second)) == Status::ok);
  CHECK(device.store().active().slot == SlotId::b);
  CHECK(device.store().active().state == ModelState::trial);
  CHECK(device.update(replacing_patch(second, third)) == Status::trial_pending);
  CHECK(device.store().confirm() == Status::ok);
  CHECK(device.store().confirm() == Status::wrong_state);
  CHECK(device.update(replacing_patch(second, third)) == Status::ok);
  CHECK(device.store().active().slot == SlotId::a);
  CHECK(device.active_bytes() == third);
}

TEST_CASE("a model that is never confirmed gives way to the previous one after its boots") {
  const Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2);
  Device<WithFormat1> device(first);
  REQUIRE(device.update(replacing_patch(first, second)) == Status::ok);
  for (unsigned boot = 0; boot < UnsignedConfig<Device<>::Flash>::kTrialBoots; ++boot) {
    CHECK(device.restart() == Status::ok);
    CHECK(device.active_bytes() == second);
    CHECK(device.store().active().state == ModelState::trial);
  }
  CHECK(device.restart() == Status::ok);
  CHECK(device.active_bytes() == first);
  CHECK(device.store().active().state == ModelState::reverted);
  CHECK(device.store().revert() == Status::nothing_to_revert);
  CHECK(device.update(replacing_patch(first, second)) == Status::ok);
}

TEST_CASE("a confirmed model can be reverted by hand until the next update overwrites the previous one") {
  const Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2);
  Device<WithFormat1> device(first);
  REQUIRE(device.update(replacing_patch(first, second)) == Status::ok);
  REQUIRE(device.store().confirm() == Status::ok);
  CHECK(device.store().revert() == Status::ok);
  CHECK(device.active_bytes() == first);
  CHECK(device.restart() == Status::ok);
  CHECK(device.active_bytes() == first);
}

TEST_CASE("the journal outlives many updates and spreads its erases over both banks") {
  Bytes base = random_bytes(2000, 1);
  Device<WithFormat1> device(base);
  for (unsigned i = 0; i < 40; ++i) {
    const Bytes target = random_bytes(2000 + i, i + 2);
    REQUIRE(device.update(replacing_patch(base, target)) == Status::ok);
    REQUIRE(device.store().confirm() == Status::ok);
    REQUIRE(device.restart() == Status::ok);
    REQUIRE(device.active_bytes() == target);
    base = target;
  }
  CHECK(device.flash().counters().violations == 0);
}

TEST_CASE("layouts that can't work are refused before anything is touched") {
  using Flash = RamFlash<64 * 1024, 4096, 8>;
  using Store = ModelStore<UnsignedConfig<Flash>>;
  Flash flash;
  const Layout good = {{0, 16384}, {16384, 16384}, {32768, 8192}};
  CHECK(Store(flash, good).boot() == Status::not_found);
  const Layout overlapping = {{0, 16384}, {12288, 16384}, {32768, 8192}};
  const Layout over_the_journal = {{0, 16384}, {16384, 20480}, {32768, 8192}};
  const Layout misaligned = {{0, 16384}, {16384, 16000}, {32768, 8192}};
  const Layout outside = {{0, 16384}, {16384, 16384}, {61440, 8192}};
  const Layout wrapping = {{0, 16384}, {16384, 16384}, {0xFFFFF000U, 8192}};
  const Layout one_block = {{0, 16384}, {16384, 16384}, {32768, 4096}};
  const Layout empty_slot = {{0, 0}, {16384, 16384}, {32768, 8192}};
  for (const Layout& layout :
       {overlapping, over_the_journal, misaligned, outside, wrapping, one_block, empty_slot}) {
    Store store(flash, layout);
    CHECK(store.boot() == Status::invalid_layout);
    CHECK_FALSE(store.active().present);
    CHECK(store.confirm() == Status::wrong_state);
    CHECK(store.reset() == Status::wrong_state);
  }
}

TEST_CASE("pages that are not whole program units, and a flash that was not opened, are refused") {
  const Layout layout = {{0, 16384}, {16384, 16384}, {32768, 16384}};
  RamFlash<64 * 1024, 4096, 8> flash;
  CHECK(ModelStore<OddPages>(flash, layout).boot() == Status::invalid_layout);
  using LargeUnits = RamFlash<64 * 1024, 4096, 512>;
  LargeUnits large;
  CHECK(ModelStore<UnsignedConfig<LargeUnits>>(large, {{0, 8192}, {8192, 8192}, {16384, 32768}}).boot() ==
        Status::invalid_layout);
  NotOpened closed;
  CHECK(ModelStore<UnsignedConfig<NotOpened>>(closed, layout).boot() == Status::invalid_layout);
}

TEST_CASE("no reset erases what lies where a layout says the journal is, if it can't be one") {
  using Flash = RamFlash<64 * 1024, 1024, 8>;
  Flash flash;
  const Bytes others(2048, 0xAB);
  REQUIRE(flash.program(32768, view(others)) == Status::ok);
  const Layout too_small = {{0, 16384}, {16384, 16384}, {32768, 2048}};
  ModelStore<UnsignedConfig<Flash>> store(flash, too_small);
  CHECK(store.boot() == Status::invalid_layout);
  CHECK(store.reset() == Status::wrong_state);
  CHECK(equal_bytes(ConstBytes(flash.data() + 32768, 2048), view(others)));
}

TEST_CASE("stores, updaters and journals are not copied") {
  using Store = ModelStore<BoardConfig>;
  static_assert(!std::is_copy_constructible<Store>::value && !std::is_copy_assignable<Store>::value &&
                    !std::is_move_constructible<Store>::value,
                "");
  static_assert(!std::is_copy_constructible<Updater<BoardConfig>>::value &&
                    !std::is_move_constructible<Updater<BoardConfig>>::value,
                "");
  static_assert(!std::is_copy_constructible<BoardConfig::Journal>::value, "");
  static_assert(std::is_trivially_destructible<Store>::value &&
                    std::is_trivially_destructible<Updater<BoardConfig>>::value,
                "a static one costs no code at exit");
}

TEST_CASE("what is not attached answers wrong_state") {
  ModelStore<BoardConfig> store;
  CHECK(store.boot() == Status::wrong_state);
  CHECK(store.reset() == Status::wrong_state);
  CHECK(store.wipe() == Status::wrong_state);
  Updater<BoardConfig> updater;
  CHECK(updater.begin() == Status::wrong_state);
  CHECK(updater.resume() == Status::wrong_state);
  CHECK(updater.resume(7) == Status::not_found);
  CHECK(updater.poll() == Status::wrong_state);
  CHECK(updater.finish() == Status::wrong_state);
  CHECK(updater.abort() == Status::wrong_state);
}

TEST_CASE("the previous model can be erased, and everything wiped; counter and keys stay") {
  const Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2);
  StoreBoard<BoardConfig> board(first);
  ModelStore<BoardConfig> store(board.flash, kBoardLayout);
  REQUIRE(store.boot(board.factory) == Status::ok);
  REQUIRE(board.update(store, replacing_patch(first, second)) == Status::ok);
  CHECK(store.erase_previous() == Status::ok);
  bool blank = false;
  CHECK(board.flash.is_blank(0, 16384, blank) == Status::ok);
  CHECK(blank);
  CHECK(store.revert() == Status::nothing_to_revert);
  CHECK(store.verify_active() == Status::ok);
  store.successor(0, 5, 2);
  REQUIRE(store.commit(100) == Status::ok);
  CHECK(store.wipe() == Status::ok);
  CHECK(board.flash.is_blank(0, 32768, blank) == Status::ok);
  CHECK(blank);
  // No twelve bytes of the patch are left anywhere.
  const std::uint8_t* begin = board.flash.data();
  CHECK(std::search(begin, begin + BoardFlash::size(), second.begin() + 3000, second.begin() + 3012) ==
        begin + BoardFlash::size());
  ModelStore<BoardConfig> again(board.flash, kBoardLayout);
  CHECK(again.boot() == Status::not_found);
  CHECK(again.snapshot().security_counter == 5);
  CHECK(again.snapshot().revoked_keys == 2);
}

TEST_CASE("a Config's journal takes effect") {
  struct Own : BoardConfig {
    using Journal = RamJournal;
  };
  const Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2);
  StoreBoard<Own> board(first);
  RamJournalContents contents;
  {
    RamJournal journal(contents);
    ModelStore<Own> store(board.flash, journal, {{0, 16384}, {16384, 16384}, {}});
    REQUIRE(store.boot(board.factory) == Status::ok);
    REQUIRE(board.update(store, replacing_patch(first, second)) == Status::ok);
    CHECK(journal.calls > 5);
  }
  RamJournal journal(contents);
  ModelStore<Own> store(board.flash, journal, {{0, 16384}, {16384, 16384}, {}});
  CHECK(store.boot(board.factory) == Status::ok);
  CHECK(store.active().length == second.size());
}
