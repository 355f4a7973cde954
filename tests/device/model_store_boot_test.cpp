// SPDX-License-Identifier: Apache-2.0
// What a store makes of what it finds in flash: damaged models, states of other firmware, a journal that is none.
#include <doctest/doctest.h>

#include <algorithm>

#include "device/store_board.hpp"
#include "tmd/model_store.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

struct Checking : BoardConfig {
  static constexpr bool kBootCheck = true;
};
struct NoFull : BoardConfig {
  static constexpr bool kTakesFullModels = false;
};
struct OtherProduct : BoardConfig {
  static constexpr std::uint32_t kProduct = 7;
};
struct BlockPage : BoardConfig {
  static constexpr std::uint32_t kPageSize = 4096;
};

}  // namespace

TEST_CASE("a damaged active model does not lock a device out: a full model is taken in any state") {
  const Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2);
  StoreBoard<BoardConfig> board(first);
  ModelStore<BoardConfig> store(board.flash, kBoardLayout);
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
  StoreBoard<NoFull> board(first);
  ModelStore<NoFull> store(board.flash, kBoardLayout);
  REQUIRE(store.boot(board.factory) == Status::ok);
  CHECK(board.update(store, replacing_patch({}, second)) == Status::full_model_refused);
  board.flip(100);
  CHECK(board.update(store, replacing_patch({}, second)) == Status::ok);
}

TEST_CASE(
    "a boot check finds a damaged model and falls back to the previous whole one, or says that there is "
    "none") {
  const Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2);
  StoreBoard<Checking> board(first);
  {
    ModelStore<Checking> store(board.flash, kBoardLayout);
    REQUIRE(store.boot(board.factory) == Status::ok);
    REQUIRE(board.update(store, replacing_patch(first, second)) == Status::ok);
  }
  board.flip(16384 + 17);
  {
    ModelStore<Checking> store(board.flash, kBoardLayout);
    CHECK(store.boot(board.factory) == Status::ok);
    CHECK(store.active().length == first.size());
    CHECK(store.active().state == ModelState::reverted);
  }
  board.flip(17);
  ModelStore<Checking> store(board.flash, kBoardLayout);
  CHECK(store.boot(board.factory) == Status::model_damaged);
  CHECK_FALSE(store.active().present);
  CHECK(board.update(store, replacing_patch({}, second)) == Status::ok);
  CHECK(store.active().length == second.size());
}

TEST_CASE("a trial does not fall back to a model that is damaged") {
  using Config = WithFormat1<BoardFlash>;
  const Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2);
  StoreBoard<Config> board(first);
  {
    ModelStore<Config> store(board.flash, kBoardLayout);
    REQUIRE(store.boot(board.factory) == Status::ok);
    REQUIRE(board.update(store, replacing_patch(first, second)) == Status::ok);
  }
  board.flip(4000);
  for (unsigned boot = 0; boot < Config::kTrialBoots + 3U; ++boot) {
    ModelStore<Config> store(board.flash, kBoardLayout);
    REQUIRE(store.boot(board.factory) == Status::ok);
    CHECK(store.active().length == second.size());
    CHECK(store.active().state == ModelState::trial);
  }
}

TEST_CASE(
    "firmware with other slots, another product or another flash format adopts and overwrites nothing") {
  const Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2);
  StoreBoard<BoardConfig> board(first);
  {
    ModelStore<BoardConfig> store(board.flash, kBoardLayout);
    REQUIRE(store.boot(board.factory) == Status::ok);
    REQUIRE(board.update(store, replacing_patch(first, second)) == Status::ok);
  }
  const std::vector<std::uint8_t> before(board.flash.data(), board.flash.data() + BoardFlash::size());
  const auto untouched = [&] { return std::equal(before.begin(), before.end(), board.flash.data()); };
  {
    ModelStore<BoardConfig> store(board.flash, {{16384, 16384}, {0, 16384}, {32768, 16384}});
    CHECK(store.boot(board.factory) == Status::other_layout);
    CHECK_FALSE(store.active().present);
    Updater<BoardConfig> updater(store);
    CHECK(updater.begin() == Status::wrong_state);
    CHECK(updater.resume() == Status::wrong_state);
    CHECK(updater.abort() == Status::wrong_state);
  }
  {
    ModelStore<OtherProduct> store(board.flash, kBoardLayout);
    CHECK(store.boot(board.factory) == Status::other_product);
    CHECK_FALSE(store.active().present);
  }
  CHECK(untouched());
  ModelStore<BoardConfig> store(board.flash, kBoardLayout);
  CHECK(store.boot(board.factory) == Status::ok);
  CHECK(store.active().length == second.size());
}

TEST_CASE("a state of another size is another flash format's, whatever it begins with") {
  StoreBoard<BoardConfig> board(random_bytes(5000, 1));
  FlashPort<BoardFlash> port(board.flash);
  {
    ModelStore<BoardConfig> store(board.flash, kBoardLayout);
    REQUIRE(store.boot(board.factory) == Status::ok);
    Bytes longer(sizeof(Snapshot) + 4);
    copy_bytes(memory_of(store.snapshot()), MutableBytes(longer.data(), longer.size()));
    Snapshot before;
    std::uint32_t length = 0;
    FlashJournal<BoardFlash> journal(port, kBoardLayout.journal);
    REQUIRE(journal.mount(memory_of(before), length) == Status::ok);
    REQUIRE(until_done([&] { return journal.write_state(view(longer), Log::start); }) == Status::ok);
  }
  ModelStore<BoardConfig> store(board.flash, kBoardLayout);
  CHECK(store.boot(board.factory) == Status::other_version);
  CHECK_FALSE(store.active().present);
}

TEST_CASE("a reset is explicit, keeps the security counter, and finds the factory model again") {
  const Bytes first = random_bytes(5000, 1), second = random_bytes(6000, 2);
  StoreBoard<BoardConfig> board(first);
  {
    ModelStore<BoardConfig> store(board.flash, kBoardLayout);
    REQUIRE(store.boot(board.factory) == Status::ok);
    REQUIRE(board.update(store, replacing_patch(first, second)) == Status::ok);
    store.successor(0, 41, 6);  // what a commit of a signed patch leaves behind
    REQUIRE(store.commit(5000) == Status::ok);
  }
  {
    ModelStore<BoardConfig> store(board.flash, {{0, 20480}, {20480, 12288}, {32768, 16384}});
    REQUIRE(store.boot(board.factory) == Status::other_layout);
    CHECK(store.reset() == Status::ok);
    CHECK(store.boot(board.factory) == Status::ok);
    CHECK(store.active().length == first.size());
    CHECK(store.snapshot().security_counter == 41);
    CHECK(store.snapshot().revoked_keys == 6);
  }
  ModelStore<BoardConfig> store(board.flash, kBoardLayout);
  CHECK(store.boot(board.factory) == Status::other_layout);
}

TEST_CASE("a journal that is none is not taken for a new device's") {
  StoreBoard<BoardConfig> board(random_bytes(5000, 1));
  const Bytes noise = random_bytes(16384, 9);
  REQUIRE(board.flash.program(32768, view(noise)) == Status::ok);
  ModelStore<BoardConfig> store(board.flash, kBoardLayout);
  CHECK(store.boot(board.factory) == Status::journal_lost);
  CHECK_FALSE(store.active().present);
  CHECK(store.reset(12) == Status::ok);
  CHECK(store.boot(board.factory) == Status::ok);
  CHECK(store.snapshot().security_counter == 12);
}

TEST_CASE("a factory model that slot A does not hold is said so") {
  StoreBoard<BoardConfig> board(random_bytes(5000, 1));
  FactoryModel wrong = board.factory;
  wrong.length += 1;
  ModelStore<BoardConfig> store(board.flash, kBoardLayout);
  CHECK(store.boot(wrong) == Status::factory_mismatch);
  wrong = board.factory;
  wrong.digest.kind = DigestKind::none;
  ModelStore<BoardConfig> again(board.flash, kBoardLayout);
  CHECK(again.boot(wrong) == Status::factory_mismatch);
  ModelStore<BoardConfig> right(board.flash, kBoardLayout);
  CHECK(right.boot(board.factory) == Status::ok);
}

TEST_CASE("a place that was torn stays suspect until it is erased, across updates that do not reach it") {
  const Bytes first = random_bytes(12000, 1), second = random_bytes(12000, 2), small = random_bytes(100, 3);
  StoreBoard<BlockPage> board(first);
  {
    ModelStore<BlockPage> store(board.flash, kBoardLayout);
    REQUIRE(store.boot(board.factory) == Status::ok);
    Updater<BlockPage> updater(store);
    REQUIRE(updater.begin() == Status::ok);
    // Power goes while the third block of slot B is written; it reads well today.
    REQUIRE(updater.feed(view(replacing_patch(first, second)).first(12080)).status == Status::need_more);
  }
  ModelStore<BlockPage> store(board.flash, kBoardLayout);
  REQUIRE(store.boot(board.factory) == Status::ok);
  REQUIRE(board.update(store, replacing_patch(first, small)) == Status::ok);
  REQUIRE(board.update(store, replacing_patch(small, first)) == Status::ok);
  CHECK(store.snapshot().settled_of(SlotId::b) == 4096);
  // In slot B the second and third block hold `second` as it was torn: equal or not, they are erased.
  REQUIRE(board.update(store, replacing_patch(first, second)) == Status::ok);
  CHECK(store.snapshot().settled_of(SlotId::b) == 12288);
  CHECK(store.verify_active() == Status::ok);
}
