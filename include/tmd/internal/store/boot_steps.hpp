// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/guard/facts.hpp"
#include "tmd/internal/store/ring_map.hpp"
#include "tmd/internal/store/slots.hpp"
#include "tmd/internal/store/stored_state.hpp"

namespace tmd {

/// The model that the product was made with, programmed into slot A before the first boot. Its digest shows,
/// once, that slot A really holds it. Length 0: there is none.
using FactoryModel = ModelRecord;

namespace detail {

/// What a call of the store begins with; what a store does before it is ready, step by step; and erasing on purpose,
/// which a boot goes on with.
template <class Config>
class BootSteps {
 public:
  constexpr BootSteps() = default;
  BootSteps(const BootSteps&) = delete;
  BootSteps& operator=(const BootSteps&) = delete;

  /// A public call begins: the driver ends what it is at, and this call's share of work is counted from here.
  [[nodiscard]] Status enter() {
    state_.port().allow(Config::kWorkPerCall);
    journal().allow(Config::kWorkPerCall);
    const Status status = state_.port().settle();
    return status == Status::ok ? journal().settle() : status;
  }
  /// Where what came with a slot's model lies, behind that.
  FactsPlace facts_place(SlotId id) const {
    const ModelRecord& model = snapshot().model(id);
    return {slot(id).address + model.length, model.self_test_size, model.facts_size, model.trailer_crc};
  }

 protected:
  /// How far `boot` has come.
  enum class Phase : std::uint8_t { unmounted, restore, judge, record, erase, ready };

  const Snapshot& snapshot() const { return state_.now(); }
  const Region& slot(SlotId id) const { return state_.slot(id); }
  typename Config::Journal& journal() { return state_.journal(); }
  Status enter_ready() { return phase_ == Phase::ready ? enter() : Status::wrong_state; }
  bool has_model() const { return snapshot().state != ModelState::none; }

  /// As the journal's: the log starts anew with this record. The state stays what it is.
  [[nodiscard]] Status start_log(RecordKind kind, std::uint32_t number, const ConstBytes& payload) {
    state_.change();
    return state_.start_log(kind, number, payload);
  }

  Status mount(const FactoryModel& factory) {
    if (!state_.are_sound(journal())) return Status::invalid_layout;
    const Status status = state_.mount();
    const bool is_new = status == Status::not_found;
    if (status != Status::ok && !is_new) return status;
    Snapshot& next = is_new ? state_.start_over() : state_.next();
    // Where a model was lost, or begun, power may have torn the slot, which then reads well by chance.
    const bool is_untouched = (next.erasing() & 1U) == 0 && next.model(SlotId::a).length == 0;
    is_to_record_ =
        next.state == ModelState::none && !next.is_updating() && is_untouched && adopt(factory, next);
    // Nobody but the production line has written to a new device.
    if (is_new && is_to_record_) next.settled_of(SlotId::a) = state_.end_of_block(SlotId::a, factory.length);
    state_.accept();
    is_usable_ = true;
    phase_ = !is_new ? Phase::restore : (is_to_record_ ? Phase::record : Phase::ready);
    return Status::ok;
  }

  /// Takes the factory model over where slot A holds it.
  bool adopt(const FactoryModel& factory, Snapshot& next) {
    const bool is_held = factory.length != 0 && factory.length <= slot(SlotId::a).size &&
                         state_.check(SlotId::a, factory) == Status::ok;
    if (!is_held) return false;
    next.active = SlotId::a;
    next.model(SlotId::a) = factory;
    next.model(SlotId::a).present = true;
    next.state = ModelState::confirmed;
    return true;
  }

  /// No model and no update from here on; what must outlast that is kept of what is known.
  Status start_over(std::uint32_t least_counter) {
    const Snapshot& known = snapshot();
    Snapshot& next = state_.start_over();
    next.revoked_keys = known.revoked_keys;
    next.security_counter = known.security_counter < least_counter ? least_counter : known.security_counter;
    // What may be torn stays so.
    const ModelRecord& lost = known.model(SlotId::a);
    if (!lost.present) next.model(SlotId::a).length = lost.length;
    next.set_erasing(known.erasing());
    return state_.write();
  }

  /// The state is protected again before anything is written. Where that fails it still is the state, but the next
  /// start may find an older one: this boot is to be written down, whatever it changes, and its answer says whether it
  /// could be.
  Status restore() {
    const Status status = journal().restore_state();
    if (status == Status::would_block) return status;
    is_to_record_ = is_to_record_ || status != Status::ok;
    phase_ = Phase::judge;
    return Status::ok;
  }

  /// What this boot changes: a trial goes on or ends, and with `kBootCheck` a damaged model is left.
  void judge() {
    Snapshot& next = state_.change();
    bool changed = is_to_record_;
    if (next.state == ModelState::trial) {
      if (next.boots_left != 0) {
        --next.boots_left;
        changed = true;
      } else if (in_place::takes_back<Config>() && next.in_place == InPlaceStage::reversible) {
        next.in_place = InPlaceStage::returning;
        changed = true;
      } else if (previous_is_whole()) {
        go_back(next);
        changed = true;
      }
    }
    if (Config::kBootCheck && has_model() &&
        state_.check(next.active, next.model(next.active)) != Status::ok) {
      is_usable_ = next.active == snapshot().active && previous_is_whole();
      if (is_usable_) go_back(next);
      changed = changed || is_usable_;
    }
    phase_ = changed ? Phase::record : Phase::erase;
  }
  bool previous_is_whole() {
    const SlotId previous = other(snapshot().active);
    const ModelRecord& model = snapshot().model(previous);
    return model.present && state_.check(previous, model) == Status::ok;
  }

  /// Where this boot can't be written down the device runs on what is right all the same: also on a target whose trial
  /// has ended, since to take it back takes a journal. With one slot no boot changes anything while an update is open:
  /// the state is protected once more, and with it stays the log, which is all that the update can go on from.
  Status record_boot() {
    const bool keeps_log = Config::kOneSlot && state_.next().is_updating();
    const Status status = keeps_log ? journal().restore_state() : state_.write();
    if (status == Status::would_block) return status;
    const bool is_to_return =
        in_place::takes_back<Config>() && state_.next().in_place == InPlaceStage::returning;
    if (status != Status::ok && !is_to_return) state_.accept();
    is_to_record_ = false;
    phase_ = status == Status::ok ? Phase::erase : Phase::ready;
    return status;
  }

  /// Slots, block by block; then, where both go, the journal's banks, which hold bytes of patches.
  Status go_on_erasing() {
    const unsigned which = snapshot().erasing();
    if (which == 0) return Status::ok;
    // What was only found may not be there at the next start, where an older state names these slots' models.
    Status status = state_.has_begun_erasing() ? Status::ok : journal().restore_state();
    if (status != Status::ok) return status;
    status = state_.erase(which);
    while (status == Status::ok && which == kBothSlots && scrubbed_ < kBanks) {
      status = start_log(RecordKind::blocks, 0, ConstBytes());
      if (status == Status::ok) ++scrubbed_;
    }
    if (status == Status::ok) {
      Snapshot& next = state_.change();
      if ((which & 1U) != 0) next.settled_of(SlotId::a) = slot(SlotId::a).size;
      if ((which & 2U) != 0) next.settled_of(SlotId::b) = slot(SlotId::b).size;
      next.set_erasing(0);
      status = state_.write();
    }
    if (status != Status::would_block) state_.end_erasing(status);
    return status;
  }
  /// The same at a start. A device with what can't be erased runs all the same.
  Status erase_at_boot() {
    const Status status = go_on_erasing();
    if (status != Status::would_block) phase_ = Phase::ready;
    return status;
  }

  /// Whether this firmware can run the model in a slot, by the facts that came with it.
  template <class Limits>
  bool suits(SlotId id, Limits& limits) {
    return snapshot().model(id).facts_size == 0 || facts_suit<Config>(state_.port(), facts_place(id), limits);
  }

  static void go_back(Snapshot& next) {
    next.model(next.active).present = false;
    next.active = other(next.active);
    next.state = ModelState::reverted;
    next.boots_left = 0;
    next.set_updating(false);
  }

  static constexpr unsigned kBothSlots = 3;
  /// So many fresh logs, and a journal of two banks has erased each of them once.
  static constexpr std::uint8_t kBanks = 2;

  Phase phase_ = Phase::unmounted;
  bool is_usable_ = false;     ///< No boot found that the active model can't be run.
  bool is_to_record_ = false;  ///< This boot took over the factory model, or found a state that may not last.
  std::uint8_t scrubbed_ = 0;
  StoredState<Config> state_;
};

}  // namespace detail
}  // namespace tmd
