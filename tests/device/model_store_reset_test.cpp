// SPDX-License-Identifier: Apache-2.0
// A reset behind a journal that can't be read: wherever power goes the device is as it was found, or reset.
#include <doctest/doctest.h>

#include <optional>

#include "device/journal/flash_medium.hpp"
#include "support/bytes.hpp"
#include "support/made_manifest.hpp"
#include "support/make_patch.hpp"
#include "support/unsigned_config.hpp"
#include "tmd/model_store.hpp"
#include "tmd/updater.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

struct ResetConfig : UnsignedConfig<SimulatedFlash> {
  static constexpr bool kBootCheck = true;
};
using ResetStore = ModelStore<ResetConfig>;

constexpr std::uint32_t kResetBlock = 512;
constexpr Layout kResetLayout = {
    {0, 4 * kResetBlock}, {4 * kResetBlock, 4 * kResetBlock}, {8 * kResetBlock, 8 * kResetBlock}};
constexpr std::uint32_t kLeast = 50;

/// A device with a counter, and what became of its journal.
struct ResetBoard {
  const Bytes model = random_bytes(1500, 1);
  SimulatedFlash flash{FlashPart("", kResetBlock, 8, false, Erased::ones), 16 * kResetBlock};
  FactoryModel factory;

  ResetBoard() {
    flash.install(0, view(model));
    factory.length = static_cast<std::uint32_t>(model.size());
    factory.digest = digest_of(DigestKind::sha256, view(model));
    ResetStore store(flash, kResetLayout);
    REQUIRE(store.boot(factory) == Status::ok);
    for (std::uint32_t counter = 40; counter <= 41; ++counter) {
      store.successor(0, counter, 0);
      REQUIRE(store.commit(0) == Status::ok);
    }
  }
  /// Both copies of the newest state rot.
  void lose_newest() {
    for (const std::uint32_t copy : newest_state_in(flash, kResetLayout.journal)) flash.rot({copy + 5, 3});
  }
  void hold_something_else() {
    flash.install(kResetLayout.journal.address, view(random_bytes(8 * kResetBlock, 9)));
  }
  /// A state that this firmware does not know, as a newer one would leave it.
  void hold_other_version() {
    FlashPort<SimulatedFlash> port(flash);
    FlashJournal<SimulatedFlash> journal(port, kResetLayout.journal);
    Snapshot before;
    std::uint32_t length = 0;
    REQUIRE(journal.mount(memory_of(before), length) == Status::ok);
    REQUIRE(journal.write_state(view(Bytes(sizeof(Snapshot) + 4, 7)), Log::start) == Status::ok);
  }
};

void cut_everywhere(const ResetBoard& board, Status found) {
  ResetBoard whole = board;
  ResetStore store(whole.flash, kResetLayout);
  REQUIRE(store.boot(whole.factory) == found);
  unsigned cuts = 0, ended = 0;
  SimulatedFlash::Watcher watcher = [&](const SimulatedFlash& flash, const FlashOperation& operation) {
    for (const Cut& cut : cuts_of(operation, 8, false)) {
      SimulatedFlash copy = cut_in(flash, operation, cut, ++cuts);
      ResetStore again(copy, kResetLayout);
      const Status booted = again.boot(board.factory);
      REQUIRE((booted == found || booted == Status::ok));
      if (booted == Status::ok) {
        ++ended;
        CHECK(again.snapshot().security_counter == kLeast);
        CHECK(again.snapshot().settled_of(SlotId::a) == 0);
      } else {
        REQUIRE(again.reset(kLeast) == Status::ok);
        CHECK(again.boot(board.factory) == Status::ok);
        CHECK(again.snapshot().security_counter == kLeast);
      }
      CHECK(copy.violation() == "");
    }
  };
  whole.flash.watch(&watcher);
  CHECK(store.reset(kLeast) == Status::ok);
  whole.flash.watch(nullptr);
  CHECK(store.boot(whole.factory) == Status::ok);
  CHECK(store.snapshot().security_counter == kLeast);
  CHECK(cuts > 100);
  CHECK(ended > 10);
}

}  // namespace

TEST_CASE(
    "power that goes while a journal that can't be read is reset leaves it so, or reset, and no new device") {
  ResetBoard board;
  Status found = Status::journal_lost;
  SUBCASE("an older state is left") {
    board.lose_newest();
  }
  SUBCASE("it holds something else") {
    board.hold_something_else();
  }
  SUBCASE("another firmware's state") {
    board.hold_other_version();
    found = Status::other_version;
  }
  cut_everywhere(board, found);
}

TEST_CASE(
    "a slot that may be torn is not taken over behind a journal that was lost where boot is told of no "
    "model") {
  // Power went while slot A was erased for the next model, and it reads well now and then.
  unsigned taken = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    ResetBoard board;
    SimulatedFlash::Watcher watcher = [&](const SimulatedFlash& flash, const FlashOperation&) {
      board.flash.cut_at(flash.operations(), {CutPosition::first_unit, Torn::unstable});
    };
    board.flash.reseed(seed);
    board.flash.watch(&watcher);
    CHECK_THROWS_AS((void)board.flash.erase(kResetBlock), PowerCut);
    board.flash.watch(nullptr);
    board.hold_something_else();
    const auto restart = [&](const FactoryModel& factory, auto&& use) {
      board.flash.reboot();
      ResetStore store(board.flash, kResetLayout);
      use(store, store.boot(factory));
    };
    restart(FactoryModel(), [&](ResetStore& store, Status booted) {
      REQUIRE(booted == Status::journal_lost);
      REQUIRE(store.reset() == Status::ok);
    });
    SimulatedFlash as_reset = board.flash;
    // Told of the factory's model it may take over what does not last; a boot check says so.
    bool is_taken = false;
    for (unsigned boot = 0; boot < 8; ++boot) {
      restart(board.factory, [&](ResetStore& store, Status booted) {
        is_taken = is_taken || booted == Status::ok;
        REQUIRE((booted == Status::ok ||
                 booted == (is_taken ? Status::model_damaged : Status::factory_mismatch)));
        CHECK(store.snapshot().settled_of(SlotId::a) == 0);
      });
    }
    if (is_taken) ++taken;
    // Told of none it waits for a full one, which erases what was torn.
    board.flash = as_reset;
    const Bytes full = random_bytes(1500, 2);
    restart(FactoryModel(), [&](ResetStore& store, Status booted) {
      REQUIRE(booted == Status::not_found);
      Updater<ResetConfig> updater(store);
      REQUIRE(updater.begin() == Status::ok);
      REQUIRE(updater.feed(view(make_patch({}, full, DigestKind::sha256))).status == Status::ready_to_finish);
      REQUIRE(updater.finish() == Status::ok);
    });
    for (unsigned boot = 0; boot < 4; ++boot) {
      restart(board.factory, [&](ResetStore& store, Status booted) {
        CHECK(booted == Status::ok);
        CHECK(store.verify_active() == Status::ok);
        CHECK(store.active().length == full.size());
      });
    }
    CHECK(board.flash.violation() == "");
  }
  CHECK(taken > 5);
}

TEST_CASE("an update that is open goes no further once a reset has begun") {
  ResetBoard board;
  ResetStore store(board.flash, kResetLayout);
  REQUIRE(store.boot(board.factory) == Status::ok);
  Updater<ResetConfig> updater(store);
  const Bytes patch = make_patch({}, random_bytes(1500, 2), DigestKind::sha256, {counter_entry(42)});
  REQUIRE(updater.begin() == Status::ok);
  REQUIRE(updater.feed(view(patch).first(patch.size() / 2)).status == Status::need_more);
  board.flash.faults().stop_programs(kResetLayout.journal);
  CHECK(is_flash_error(store.reset()));
  const std::uint32_t operations = board.flash.operations();
  CHECK(updater.feed(view(patch).from(patch.size() / 2)).status == Status::wrong_state);
  CHECK(board.flash.operations() == operations);
}

TEST_CASE("slots are not erased on the word of a state that can't be written anew") {
  // Power went while a wipe was being written down, so that its state is found now and then; and the bank takes no
  // program any more.
  struct UncheckedConfig : UnsignedConfig<SimulatedFlash> {};
  unsigned found = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    ResetBoard board;
    const auto restart = [&](auto&& use) {
      board.flash.reboot();
      ModelStore<UncheckedConfig> store(board.flash, kResetLayout);
      use(store, store.boot(board.factory));
    };
    const auto whole = [&] {
      Bytes bytes(board.model.size());
      REQUIRE(board.flash.read(0, MutableBytes(bytes.data(), bytes.size())) == Status::ok);
      return bytes == board.model;
    };
    restart([&](ModelStore<UncheckedConfig>& store, Status booted) {
      REQUIRE(booted == Status::ok);
      // The seal of the first copy.
      board.flash.reseed(seed);
      board.flash.cut_at(board.flash.operations() + 7, {CutPosition::whole_call, Torn::unstable});
      CHECK_THROWS_AS((void)store.wipe(), PowerCut);
    });
    board.flash.faults().stop_programs(kResetLayout.journal);
    for (unsigned boot = 0; boot < 8; ++boot) {
      restart([&](ModelStore<UncheckedConfig>& store, Status booted) {
        // What is found this time may not be what the next start finds.
        CHECK(booted == Status::program_failed);
        if (!store.active().present) {
          ++found;
          CHECK(store.wipe() == Status::program_failed);
        }
        CHECK(whole());
      });
    }
    // The bank works again, and the wipe goes on where it is found.
    board.flash.faults().repair();
    restart([&](ModelStore<UncheckedConfig>& store, Status booted) {
      CHECK(whole() == store.active().present);
      CHECK((booted == Status::ok || booted == Status::factory_mismatch));
    });
    CHECK(board.flash.violation() == "");
  }
  CHECK(found > 10);
}
