// SPDX-License-Identifier: Apache-2.0
#include "tmd/model_store.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <type_traits>

#include "support/device.hpp"
#include "support/format1_patch.hpp"
#include "support/make_patch.hpp"
#include "support/ram_journal.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// A patch that replaces everything: what is tested here is what happens around the body.
Bytes replacing_patch(const Bytes& base, const Bytes& target) {
  return format1_patch(base, target, {{0, 0, target}});
}

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
  }
}

namespace {

using Flash = RamFlash<64 * 1024, 4096, 8>;
constexpr Layout kLayout = {{0, 16384}, {16384, 16384}, {32768, 16384}};

/// Flash that outlives the stores and updaters of one device.
template <class Config>
struct Board {
  Flash flash;
  FactoryModel factory;

  explicit Board(const Bytes& model) {
    Bytes padded = model;
    padded.resize((padded.size() + 7) / 8 * 8, 0xFF);
    if (!padded.empty()) REQUIRE(flash.program(0, view(padded)) == Status::ok);
    factory.length = static_cast<std::uint32_t>(model.size());
    factory.digest = digest_of(DigestKind::sha256, view(model));
  }
  /// One bit of the flash is no longer what it was.
  void flip(std::uint32_t address) { const_cast<std::uint8_t*>(flash.data())[address] ^= 0x20; }

  Status update(ModelStore<Config>& store, const Bytes& patch) {
    Updater<Config> updater(store);
    const Status status = updater.begin();
    if (status != Status::ok) return status;
    const Status fed = updater.feed(view(patch)).status;
    return is_error(fed) ? fed : updater.finish();
  }
};
template <class F>
struct Confirming : WithFormat1<F> {
  static constexpr std::uint8_t kTrialBoots = 0;
};
template <class F>
struct Checking : Confirming<F> {
  static constexpr bool kBootCheck = true;
};
using Plain = Confirming<Flash>;
struct NoFull : Plain {
  static constexpr bool kTakesFullModels = false;
};
struct OtherProduct : Plain {
  static constexpr std::uint32_t kProduct = 7;
};
struct BlockPage : Plain {
  static constexpr std::uint32_t kPageSize = 4096;
};

}  // namespace

TEST_CASE("a damaged active model does not lock a device out: a full model is taken in any state") {
  const Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2);
  Board<Plain> board(first);
  ModelStore<Plain> store(board.flash, kLayout);
  REQUIRE(store.boot(board.factory) == Status::ok);
  board.flip(100);
  CHECK(board.update(store, replacing_patch(first, second)) == Status::wrong_base);
  CHECK(board.update(store, replacing_patch({}, second)) == Status::ok);
  CHECK(store.verify_active() == Status::ok);
  CHECK(store.active().length == second.size());
  // A healthy device takes one, too.
  CHECK(board.update(store, replacing_patch({}, first)) == Status::ok);
  CHECK(store.active().length == first.size());
}

TEST_CASE("a configuration may refuse full models for as long as there is a whole one") {
  const Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2);
  Board<NoFull> board(first);
  ModelStore<NoFull> store(board.flash, kLayout);
  REQUIRE(store.boot(board.factory) == Status::ok);
  CHECK(board.update(store, replacing_patch({}, second)) == Status::full_model_refused);
  board.flip(100);
  CHECK(board.update(store, replacing_patch({}, second)) == Status::ok);
}

TEST_CASE(
    "a boot check finds a damaged model and falls back to the previous whole one, or says that there is "
    "none") {
  const Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2);
  using Config = Checking<Flash>;
  Board<Config> board(first);
  {
    ModelStore<Config> store(board.flash, kLayout);
    REQUIRE(store.boot(board.factory) == Status::ok);
    REQUIRE(board.update(store, replacing_patch(first, second)) == Status::ok);
  }
  board.flip(16384 + 17);
  {
    ModelStore<Config> store(board.flash, kLayout);
    CHECK(store.boot(board.factory) == Status::ok);
    CHECK(store.active().length == first.size());
    CHECK(store.active().state == ModelState::reverted);
  }
  board.flip(17);
  ModelStore<Config> store(board.flash, kLayout);
  CHECK(store.boot(board.factory) == Status::model_damaged);
  CHECK_FALSE(store.active().present);
  CHECK(board.update(store, replacing_patch({}, second)) == Status::ok);
  CHECK(store.active().length == second.size());
}

TEST_CASE("a trial does not fall back to a model that is damaged") {
  using Config = WithFormat1<Flash>;
  const Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2);
  Board<Config> board(first);
  {
    ModelStore<Config> store(board.flash, kLayout);
    REQUIRE(store.boot(board.factory) == Status::ok);
    REQUIRE(board.update(store, replacing_patch(first, second)) == Status::ok);
  }
  board.flip(4000);
  for (unsigned boot = 0; boot < Config::kTrialBoots + 3U; ++boot) {
    ModelStore<Config> store(board.flash, kLayout);
    REQUIRE(store.boot(board.factory) == Status::ok);
    CHECK(store.active().length == second.size());
    CHECK(store.active().state == ModelState::trial);
  }
}

TEST_CASE(
    "firmware with other slots, another product or another flash format adopts and overwrites nothing") {
  const Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2);
  Board<Plain> board(first);
  {
    ModelStore<Plain> store(board.flash, kLayout);
    REQUIRE(store.boot(board.factory) == Status::ok);
    REQUIRE(board.update(store, replacing_patch(first, second)) == Status::ok);
  }
  const std::vector<std::uint8_t> before(board.flash.data(), board.flash.data() + Flash::size());
  const auto untouched = [&] { return std::equal(before.begin(), before.end(), board.flash.data()); };
  {
    ModelStore<Plain> store(board.flash, {{16384, 16384}, {0, 16384}, {32768, 16384}});
    CHECK(store.boot(board.factory) == Status::other_layout);
    CHECK_FALSE(store.active().present);
    Updater<Plain> updater(store);
    CHECK(updater.begin() == Status::wrong_state);
    CHECK(updater.resume() == Status::wrong_state);
    CHECK(updater.abort() == Status::wrong_state);
  }
  {
    ModelStore<OtherProduct> store(board.flash, kLayout);
    CHECK(store.boot(board.factory) == Status::other_product);
    CHECK_FALSE(store.active().present);
  }
  CHECK(untouched());
  ModelStore<Plain> store(board.flash, kLayout);
  CHECK(store.boot(board.factory) == Status::ok);
  CHECK(store.active().length == second.size());
}

TEST_CASE("a state of another size is another flash format's, whatever it begins with") {
  Board<Plain> board(random_bytes(5000, 1));
  FlashPort<Flash> port(board.flash);
  {
    ModelStore<Plain> store(board.flash, kLayout);
    REQUIRE(store.boot(board.factory) == Status::ok);
    Bytes longer(sizeof(Snapshot) + 4);
    copy_bytes(memory_of(store.snapshot()), MutableBytes(longer.data(), longer.size()));
    Snapshot before;
    std::uint32_t length = 0;
    FlashJournal<Flash> journal(port, kLayout.journal);
    REQUIRE(journal.mount(memory_of(before), length) == Status::ok);
    REQUIRE(until_done([&] { return journal.write_state(view(longer), Log::start); }) == Status::ok);
  }
  ModelStore<Plain> store(board.flash, kLayout);
  CHECK(store.boot(board.factory) == Status::other_version);
  CHECK_FALSE(store.active().present);
}

TEST_CASE("a reset is explicit, keeps the security counter, and finds the factory model again") {
  const Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2);
  Board<Plain> board(first);
  {
    ModelStore<Plain> store(board.flash, kLayout);
    REQUIRE(store.boot(board.factory) == Status::ok);
    REQUIRE(board.update(store, replacing_patch(first, second)) == Status::ok);
    store.successor(0, 41, 6);  // what a commit of a signed patch leaves behind
    REQUIRE(store.commit(5000) == Status::ok);
  }
  {
    ModelStore<Plain> store(board.flash, {{0, 20480}, {20480, 12288}, {32768, 16384}});
    REQUIRE(store.boot(board.factory) == Status::other_layout);
    CHECK(store.reset() == Status::ok);
    CHECK(store.boot(board.factory) == Status::ok);
    CHECK(store.active().length == first.size());
    CHECK(store.snapshot().security_counter == 41);
    CHECK(store.snapshot().revoked_keys == 6);
  }
  ModelStore<Plain> store(board.flash, kLayout);
  CHECK(store.boot(board.factory) == Status::other_layout);
}

TEST_CASE("a journal that is none is not taken for a new device's") {
  Board<Plain> board(random_bytes(5000, 1));
  const Bytes noise = random_bytes(16384, 9);
  REQUIRE(board.flash.program(32768, view(noise)) == Status::ok);
  ModelStore<Plain> store(board.flash, kLayout);
  CHECK(store.boot(board.factory) == Status::journal_lost);
  CHECK_FALSE(store.active().present);
  CHECK(store.reset(12) == Status::ok);
  CHECK(store.boot(board.factory) == Status::ok);
  CHECK(store.snapshot().security_counter == 12);
}

TEST_CASE("a factory model that slot A does not hold is said so") {
  Board<Plain> board(random_bytes(5000, 1));
  FactoryModel wrong = board.factory;
  wrong.length += 1;
  ModelStore<Plain> store(board.flash, kLayout);
  CHECK(store.boot(wrong) == Status::factory_mismatch);
  wrong = board.factory;
  wrong.digest.kind = DigestKind::none;
  ModelStore<Plain> again(board.flash, kLayout);
  CHECK(again.boot(wrong) == Status::factory_mismatch);
  ModelStore<Plain> right(board.flash, kLayout);
  CHECK(right.boot(board.factory) == Status::ok);
}

TEST_CASE("stores, updaters and journals are not copied") {
  using Store = ModelStore<Plain>;
  static_assert(!std::is_copy_constructible<Store>::value && !std::is_copy_assignable<Store>::value &&
                    !std::is_move_constructible<Store>::value,
                "");
  static_assert(!std::is_copy_constructible<Updater<Plain>>::value &&
                    !std::is_move_constructible<Updater<Plain>>::value,
                "");
  static_assert(!std::is_copy_constructible<Plain::Journal>::value, "");
  static_assert(
      std::is_trivially_destructible<Store>::value && std::is_trivially_destructible<Updater<Plain>>::value,
      "a static one costs no code at exit");
}

TEST_CASE("what is not attached answers wrong_state") {
  ModelStore<Plain> store;
  CHECK(store.boot() == Status::wrong_state);
  CHECK(store.reset() == Status::wrong_state);
  CHECK(store.wipe() == Status::wrong_state);
  Updater<Plain> updater;
  CHECK(updater.begin() == Status::wrong_state);
  CHECK(updater.resume() == Status::wrong_state);
  CHECK(updater.resume(7) == Status::not_found);
  CHECK(updater.poll() == Status::wrong_state);
  CHECK(updater.finish() == Status::wrong_state);
  CHECK(updater.abort() == Status::wrong_state);
}

TEST_CASE("the previous model can be erased, and everything wiped; counter and keys stay") {
  const Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2);
  Board<Plain> board(first);
  ModelStore<Plain> store(board.flash, kLayout);
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
  CHECK(std::search(begin, begin + Flash::size(), second.begin() + 3000, second.begin() + 3012) ==
        begin + Flash::size());
  ModelStore<Plain> again(board.flash, kLayout);
  CHECK(again.boot() == Status::not_found);
  CHECK(again.snapshot().security_counter == 5);
  CHECK(again.snapshot().revoked_keys == 2);
}

TEST_CASE("a place that was torn stays suspect until it is erased, across updates that do not reach it") {
  const Bytes first = random_bytes(12000, 1), second = random_bytes(12000, 2), small = random_bytes(100, 3);
  Board<BlockPage> board(first);
  {
    ModelStore<BlockPage> store(board.flash, kLayout);
    REQUIRE(store.boot(board.factory) == Status::ok);
    Updater<BlockPage> updater(store);
    REQUIRE(updater.begin() == Status::ok);
    // Power goes while the third block of slot B is written; it reads well today.
    REQUIRE(updater.feed(view(replacing_patch(first, second)).first(12080)).status == Status::need_more);
  }
  ModelStore<BlockPage> store(board.flash, kLayout);
  REQUIRE(store.boot(board.factory) == Status::ok);
  REQUIRE(board.update(store, replacing_patch(first, small)) == Status::ok);
  REQUIRE(board.update(store, replacing_patch(small, first)) == Status::ok);
  CHECK(store.snapshot().settled_of(SlotId::b) == 4096);
  // In slot B the second and third block hold `second` as it was torn: equal or not, they are erased.
  CountedFlash<Flash> counted(board.flash);
  REQUIRE(board.update(store, replacing_patch(first, second)) == Status::ok);
  CHECK(store.snapshot().settled_of(SlotId::b) == 12288);
  CHECK(store.verify_active() == Status::ok);
}

TEST_CASE("a Config's journal takes effect") {
  struct Own : Plain {
    using Journal = RamJournal;
  };
  const Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2);
  Board<Own> board(first);
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
