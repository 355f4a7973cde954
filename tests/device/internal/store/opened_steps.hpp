// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <memory>

#include "support/bytes.hpp"
#include "support/ram_journal.hpp"
#include "support/unsigned_config.hpp"
#include "tmd/flash/ram_flash.hpp"
#include "tmd/internal/store/transaction_steps.hpp"

namespace tmd::test {

/// A journal in RAM that answers what it is told, and counts its states and logs.
struct ToldJournal : RamJournal {
  using RamJournal::RamJournal;
  Status written = Status::ok;
  Status restored = Status::ok;
  unsigned states = 0;
  unsigned logs = 0;

  Status write_state(ConstBytes state, Log log) {
    ++states;
    return written == Status::ok ? RamJournal::write_state(state, log) : written;
  }
  Status restore_state() const { return restored; }
  Status start_log(RecordKind kind, std::uint32_t number, ConstBytes payload, ConstBytes state) {
    ++logs;
    return RamJournal::start_log(kind, number, payload, state);
  }
};
/// Has a block that says that it was erased, and was not.
struct StepsFlash : RamFlash<16384, 1024, 4> {
  std::uint32_t dead = 0xFFFFFFFF;
  Status erase(std::uint32_t address) { return address == dead ? Status::ok : RamFlash::erase(address); }
};
struct StepsConfig : UnsignedConfig<StepsFlash> {
  using Journal = ToldJournal;
};
struct StepsInPlace : StepsConfig {
  static constexpr bool kOneSlot = true;
};

/// The bases of a store, opened.
template <class Config>
struct OpenedSteps : detail::TransactionSteps<Config> {
  using Base = detail::TransactionSteps<Config>;
  using Base::begin_erasing;
  using Base::is_usable_;
  using Base::mount;
  using Base::snapshot;
  using Base::start_over;
  using Base::state_;
  using Base::suits;
  using typename Base::Phase;

  /// As a store's `boot`.
  Status boot(const FactoryModel& factory = FactoryModel()) {
    Status status = this->mount(factory);
    if (status == Status::ok && this->phase_ == Phase::restore) status = this->restore();
    if (status == Status::ok && this->phase_ == Phase::judge) this->judge();
    if (status == Status::ok && this->phase_ == Phase::record) status = this->record_boot();
    if (status == Status::ok && this->phase_ == Phase::erase) status = this->erase_at_boot();
    return status;
  }
  bool is_ready() const { return this->phase_ == Phase::ready; }
};

/// Two slots, or one and its ring, and a journal that outlives restarts. A model lies in each of them.
template <class Config = StepsConfig>
struct StepsBench {
  std::unique_ptr<StepsFlash> flash = std::make_unique<StepsFlash>();
  RamJournalContents contents;
  std::unique_ptr<ToldJournal> journal;
  std::unique_ptr<OpenedSteps<Config>> store;

  StepsBench() {
    for (const SlotId slot : {SlotId::a, SlotId::b})
      REQUIRE(flash->program(slot == SlotId::a ? 0 : 8192, view(bytes(slot))) == Status::ok);
    restart();
  }
  static Bytes bytes(SlotId slot) { return random_bytes(3000, slot == SlotId::a ? 1 : 2); }
  static ModelRecord model(SlotId slot) {
    ModelRecord record;
    record.length = 3000;
    record.digest = digest_of(DigestKind::sha256, view(bytes(slot)));
    record.present = true;
    return record;
  }
  void restart() {
    store = std::make_unique<OpenedSteps<Config>>();
    journal = std::make_unique<ToldJournal>(contents);
    store->state_.attach(*flash, Layout{{0, 8192}, {8192, 8192}, {}});
    store->state_.place().give(*journal);
  }
  /// A device whose state is a new one's with these changes, after its start.
  template <class Change>
  void be(const Change& change) {
    change(store->state_.start_over());
    REQUIRE(store->state_.write() == Status::ok);
    restart();
  }
  const Snapshot& now() const { return store->snapshot(); }
  /// Flips a bit of a slot's model.
  void rot(SlotId slot) { const_cast<std::uint8_t*>(flash->data())[slot == SlotId::a ? 100 : 8292] ^= 4; }
  bool is_blank(SlotId slot) {
    bool blank = false;
    REQUIRE(flash->is_blank(slot == SlotId::a ? 0 : 8192, 8192, blank) == Status::ok);
    return blank;
  }
};

/// The model in slot A is confirmed, that in slot B the one before.
inline void with_two_models(Snapshot& snapshot) {
  snapshot.state = ModelState::confirmed;
  snapshot.model(SlotId::a) = StepsBench<>::model(SlotId::a);
  snapshot.model(SlotId::b) = StepsBench<>::model(SlotId::b);
  snapshot.settled_of(SlotId::a) = snapshot.settled_of(SlotId::b) = 3072;
}
/// The same, the one in slot A on trial with so many boots left.
inline auto on_trial_for(std::uint8_t boots) {
  return [boots](Snapshot& snapshot) {
    with_two_models(snapshot);
    snapshot.state = ModelState::trial;
    snapshot.boots_left = boots;
  };
}

}  // namespace tmd::test
