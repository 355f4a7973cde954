// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/store/boot_steps.hpp"

#include <doctest/doctest.h>

#include "device/internal/store/opened_steps.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

struct BootChecked : StepsConfig {
  static constexpr bool kBootCheck = true;
};
/// Of a firmware with so many bytes of arena.
struct ArenaOf {
  std::uint32_t most;
  Status begin(ValidationMode) { return Status::ok; }
  Status entry(EntryNumber, ConstBytes value) {
    return load_le32(value.data()) <= most ? Status::ok : Status::arena_too_small;
  }
  Status end() { return Status::ok; }
};

}  // namespace

TEST_CASE("a new device takes the model over that slot A holds, and no other one") {
  FactoryModel factory = StepsBench<>::model(SlotId::a);
  StepsBench bench;
  CHECK(bench.store->boot(factory) == Status::ok);
  CHECK(bench.now().state == ModelState::confirmed);
  CHECK(bench.now().settled_of(SlotId::a) == 3072);
  StepsBench other;
  factory.digest.bytes[0] ^= 1;
  CHECK(other.store->boot(factory) == Status::ok);
  CHECK(other.now().state == ModelState::none);
  CHECK(other.contents.state.empty());
}

TEST_CASE("a slot that was written, or is being erased, holds no factory model, whatever it reads as") {
  const auto is_adopted = [](std::uint32_t length, std::uint8_t erasing) {
    StepsBench bench;
    bench.be([&](Snapshot& snapshot) {
      snapshot.model(SlotId::a).length = length;
      snapshot.set_erasing(erasing);
    });
    bench.flash->dead = 8192;  // Or the ring would be erased by this boot.
    (void)bench.store->boot(StepsBench<>::model(SlotId::a));
    return bench.now().state != ModelState::none;
  };
  CHECK(is_adopted(0, 0));
  CHECK_FALSE(is_adopted(1, 0));
  CHECK_FALSE(is_adopted(0, 1));
  // What is erased is the other one.
  CHECK(is_adopted(0, 2));
}

TEST_CASE("a trial loses one boot after the other, then its model gives way to the one before") {
  StepsBench bench;
  bench.be(on_trial_for(2));
  for (int left = 1; left >= 0; --left) {
    CHECK(bench.store->boot() == Status::ok);
    CHECK(bench.now().boots_left == left);
    CHECK(bench.now().state == ModelState::trial);
    bench.restart();
  }
  CHECK(bench.store->boot() == Status::ok);
  CHECK(bench.now().state == ModelState::reverted);
  CHECK(bench.now().active == SlotId::b);
  CHECK_FALSE(bench.now().model(SlotId::a).present);
}

TEST_CASE("a trial ends in no model that is damaged") {
  StepsBench bench;
  bench.be(on_trial_for(0));
  bench.rot(SlotId::b);
  CHECK(bench.store->boot() == Status::ok);
  CHECK(bench.now().state == ModelState::trial);
  CHECK(bench.now().active == SlotId::a);
}

TEST_CASE("with a boot check a damaged model gives way to the one before, or is not to be run") {
  StepsBench<BootChecked> bench;
  bench.be(with_two_models);
  bench.rot(SlotId::a);
  CHECK(bench.store->boot() == Status::ok);
  CHECK(bench.now().active == SlotId::b);
  CHECK(bench.store->is_usable_);
  bench.rot(SlotId::b);
  bench.restart();
  CHECK(bench.store->boot() == Status::ok);
  CHECK_FALSE(bench.store->is_usable_);
}

TEST_CASE(
    "a trial in place that has ended is to be taken back once the journal knows, and is a trial until then") {
  StepsBench<StepsInPlace> bench;
  bench.be([](Snapshot& snapshot) {
    on_trial_for(0)(snapshot);
    snapshot.in_place = InPlaceStage::reversible;
  });
  bench.journal->written = Status::journal_worn;
  CHECK(bench.store->boot() == Status::journal_worn);
  CHECK(bench.store->is_ready());
  CHECK(bench.now().in_place == InPlaceStage::reversible);
  bench.restart();
  CHECK(bench.store->boot() == Status::ok);
  CHECK(bench.now().in_place == InPlaceStage::returning);
}

TEST_CASE("a state that could not be protected is written by the boot that found it, which changes nothing") {
  StepsBench bench;
  bench.be(with_two_models);
  REQUIRE(bench.store->boot() == Status::ok);
  CHECK(bench.journal->states == 0);
  bench.restart();
  bench.journal->restored = Status::program_failed;
  CHECK(bench.store->boot() == Status::ok);
  CHECK(bench.journal->states == 1);
}

TEST_CASE("a state that could not be protected keeps the log of the update in place that is open") {
  StepsBench<StepsInPlace> bench;
  bench.be([](Snapshot& snapshot) {
    snapshot.set_updating(true);
    snapshot.in_place = InPlaceStage::applying;
  });
  bench.journal->restored = Status::program_failed;
  CHECK(bench.store->boot() == Status::program_failed);
  CHECK(bench.store->is_ready());
  CHECK(bench.journal->states == 0);
}

TEST_CASE("no slot is erased on the word of a state that may not be there the next time") {
  StepsBench bench;
  bench.be([](Snapshot& snapshot) { snapshot.set_erasing(3); });
  bench.journal->restored = Status::program_failed;
  CHECK(bench.store->boot() == Status::program_failed);
  CHECK(bench.store->is_ready());
  CHECK_FALSE(bench.is_blank(SlotId::a));
}

TEST_CASE("a boot erases what was to be, the journal's banks with both slots, and waits for no dead block") {
  StepsBench bench;
  bench.be([](Snapshot& snapshot) { snapshot.set_erasing(3); });
  CHECK(bench.store->boot() == Status::ok);
  CHECK(bench.is_blank(SlotId::a));
  CHECK(bench.is_blank(SlotId::b));
  CHECK(bench.journal->logs == 2);
  CHECK(bench.now().erasing() == 0);
  CHECK(bench.now().settled_of(SlotId::b) == 8192);
  StepsBench dead;
  dead.be([](Snapshot& snapshot) { snapshot.set_erasing(2); });
  dead.flash->dead = 8192;
  CHECK(dead.store->boot() == Status::erase_failed);
  CHECK(dead.store->is_ready());
  CHECK(dead.journal->logs == 0);
}

TEST_CASE("who starts over keeps the counter, revoked keys, what may be torn, and what was being erased") {
  StepsBench bench;
  bench.be([](Snapshot& snapshot) {
    snapshot.security_counter = 7;
    snapshot.revoked_keys = 5;
    snapshot.model(SlotId::a).length = 3000;
    snapshot.set_erasing(2);
  });
  REQUIRE(bench.store->mount(FactoryModel()) == Status::ok);
  REQUIRE(bench.store->start_over(6) == Status::ok);
  CHECK(bench.now().security_counter == 7);
  CHECK(bench.now().revoked_keys == 5);
  CHECK(bench.now().model(SlotId::a).length == 3000);
  CHECK(bench.now().erasing() == 2);
  REQUIRE(bench.store->start_over(9) == Status::ok);
  CHECK(bench.now().security_counter == 9);
}

TEST_CASE("a slot with a whole model counts as untouched once all was started over") {
  StepsBench bench;
  bench.be(with_two_models);
  REQUIRE(bench.store->mount(FactoryModel()) == Status::ok);
  REQUIRE(bench.store->start_over(0) == Status::ok);
  CHECK(bench.now().state == ModelState::none);
  CHECK(bench.now().model(SlotId::a).length == 0);
}

TEST_CASE("limits are asked about the facts that lie behind a model") {
  StepsBench bench;
  const Bytes facts = {static_cast<std::uint8_t>(EntryNumber::arena_bytes), 4, 100, 0, 0, 0, 0xFF, 0xFF};
  REQUIRE(bench.flash->program(3000, view(facts)) == Status::ok);
  Crc32 crc;
  crc.update(view(facts).first(6));
  bench.be([&](Snapshot& snapshot) {
    with_two_models(snapshot);
    snapshot.model(SlotId::a).facts_size = 6;
    snapshot.model(SlotId::a).trailer_crc = crc.value();
  });
  REQUIRE(bench.store->boot() == Status::ok);
  ArenaOf enough{100}, small{99};
  CHECK(bench.store->suits(SlotId::a, enough));
  CHECK_FALSE(bench.store->suits(SlotId::a, small));
  CHECK(bench.store->suits(SlotId::b, small));  // nothing is known of it
}
