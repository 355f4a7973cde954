// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/store/one_slot_steps.hpp"

namespace tmd::detail {

/// What an update is to its store: a transaction on the slot that is not active, begun, then committed or given up.
/// For the updater: each write is one durable step and repeated on would_block.
template <class Config>
class TransactionSteps : public OneSlotSteps<Config> {
  using Base = OneSlotSteps<Config>;

 public:
  /// See StoredState.
  std::uint32_t epoch() const { return state_.epoch(); }
  void hold() { state_.hold(true); }
  void release() { state_.hold(false); }
  /// The update that was being written is given up before its end: who begins it anew has made an attempt.
  void give_up() {
    release();
    state_.give_up(true);
  }
  bool is_held() const { return state_.is_held(); }
  std::uint32_t take_over() {
    release();
    return state_.begin_epoch();
  }

  /// Where a model would be written to that takes the active one's place.
  SlotId inactive_slot() const {
    return this->has_model() && !Config::kOneSlot ? other(snapshot().active) : SlotId::a;
  }

  /// The inactive slot is about to be overwritten by the patch with this identity and security counter. wrong_state
  /// where it belongs to an updater. What was being erased on purpose is erased first. What can't be is no reason to be
  /// without a model: the slot is not to be erased any more, or the next boot would take the new model for it.
  [[nodiscard]] Status begin_update(std::uint32_t identity, std::uint32_t counter) {
    if (is_held()) return Status::wrong_state;
    if (this->go_on_erasing() == Status::would_block) return Status::would_block;
    Snapshot& next = state_.change();
    next.set_erasing(next.erasing() & ~(1U << static_cast<unsigned>(inactive_slot())));
    // Where the last writing of the slot was cut short there is a torn place.
    if (next.is_updating()) next.settled_of(inactive_slot()) = 0;
    if (state_.is_given_up()) next.count_refusal();
    next.count_for(identity, counter);
    ModelRecord& lost = next.model(inactive_slot());
    lost.present = false;
    // The slot is no longer untouched, also where this is given up.
    if (lost.length == 0) lost.length = 1;
    next.set_updating(true);
    if (Config::kOneSlot) {
      next.state = ModelState::none;
      next.in_place = InPlaceStage::none;
    }
    return state_.write();
  }

  /// What the store is to know of the model that the inactive slot holds, verified; to be filled in before
  /// `commit`. `trial_boots` 0: it is confirmed at once.
  ModelRecord& successor(std::uint8_t trial_boots, std::uint32_t security_counter,
                         std::uint32_t revoked_keys) {
    Snapshot& next = state_.change();
    next.active = inactive_slot();
    // The very first model has nothing to fall back to.
    const bool is_reversible = in_place::takes_back<Config>() && this->is_being_overwritten();
    next.boots_left = this->has_model() || is_reversible ? trial_boots : std::uint8_t{0};
    next.state = next.boots_left == 0 ? ModelState::confirmed : ModelState::trial;
    next.set_updating(false);
    next.in_place = is_reversible ? InPlaceStage::reversible : InPlaceStage::none;
    next.forget_attempts();
    if (security_counter > next.security_counter) next.security_counter = security_counter;
    next.revoked_keys |= revoked_keys;
    ModelRecord& model = next.model(next.active);
    model.present = true;
    return model;
  }

  /// The update that was being written is given up; its progress is forgotten. `refused`: because of its body,
  /// which is counted.
  [[nodiscard]] Status abandon_update(bool refused) {
    if (!snapshot().is_updating()) return Status::ok;
    Snapshot& next = state_.change();
    this->suspect(next, inactive_slot());
    next.set_updating(false);
    next.in_place = InPlaceStage::none;
    if (refused) next.count_refusal();
    return state_.write();
  }

 protected:
  using Base::snapshot;
  using Base::state_;

  /// Erases these slots, a bit for each: begins with it, or goes on.
  [[nodiscard]] Status erase_slots(unsigned which) {
    Status status = this->enter_ready();
    if (status == Status::ok && (snapshot().erasing() & which) != which) status = begin_erasing(which);
    if (status != Status::ok) return status;
    status = this->go_on_erasing();
    // Whoever calls again tries again.
    if (is_error(status)) state_.restart_erasing();
    return status;
  }

  /// These slots, a bit for each, hold no model and no update from here on, and are erased, which a boot goes on with.
  [[nodiscard]] Status begin_erasing(unsigned which) {
    Snapshot& next = state_.change();
    next.set_erasing(which);
    for (unsigned i = 0; i < 2; ++i) {
      if ((which >> i & 1U) == 0) continue;
      next.models[i] = ModelRecord();
      next.settled[i] = 0;
    }
    if (which == Base::kBothSlots) next.state = ModelState::none;
    next.set_updating(false);
    next.in_place = InPlaceStage::none;
    release();
    state_.restart_erasing();
    this->scrubbed_ = 0;
    return state_.write();
  }
};

}  // namespace tmd::detail
