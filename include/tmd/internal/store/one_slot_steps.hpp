// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/store/boot_steps.hpp"

namespace tmd {

/// What lies behind the target, for the way back: a part of it are the facts of the base.
struct KeptForWayBack {
  std::uint16_t facts_size = 0;
  std::uint32_t crc = 0;  ///< CRC-32 of all of it.
};

namespace detail {

/// What a store knows of an update in place. For the updater: each write is one durable step and repeated on
/// would_block. A configuration with two slots has nothing of it.
template <class Config>
class OneSlotSteps : public BootSteps<Config> {
  using Base = BootSteps<Config>;
  static constexpr bool kTakesBack = in_place::takes_back<Config>();

 public:
  /// The patch with this identity and security counter lies in the staging area and is about to be tried out. The
  /// model stays what it is. Where it is to be taken back that is written anew: an earlier try may have kept the
  /// updater's state, and got no answer; it speaks of a ring that is written now.
  [[nodiscard]] Status begin_in_place(std::uint32_t identity, std::uint32_t counter) {
    Snapshot& next = state_.change();
    if (!is_returning()) {
      if (next.is_updating()) suspect(next, SlotId::a);
      if (state_.is_given_up()) next.count_refusal();
      next.count_for(identity, counter);
      next.set_updating(true);
      next.in_place = InPlaceStage::staged;
      // The ring is needed now: no restart goes on erasing it.
      next.set_erasing(0);
    }
    return state_.write();
  }

  /// Keeps the updater's state, from which it can go on, and from now on there is no model: its blocks may be
  /// overwritten once this has answered ok. `format` tells its firmware from others. `kept` is not looked at when a
  /// model is being taken back.
  [[nodiscard]] Status keep_in_place(std::uint32_t format, const ConstBytes& updater, std::uint8_t ring_head,
                                     const KeptForWayBack& kept) {
    const bool is_back = is_going_back();
    Snapshot& next = state_.change();
    if (kTakesBack && !is_back) {
      // While the target is being written its place still has the base's record.
      ModelRecord& base = next.models[1] = next.models[0];
      base.self_test_size = 0;
      base.facts_size = kept.facts_size;
      base.trailer_crc = kept.crc;
      base.present = false;
    }
    next.models[0].present = false;
    next.state = ModelState::none;
    next.set_updating(true);
    next.forget_attempts();
    next.in_place = is_back ? InPlaceStage::undoing : InPlaceStage::applying;
    next.ring_head = ring_head;
    return state_.start_log(RecordKind::decoder, format, updater);
  }

  /// There is no model to run: an update in place, or the way back from one, has begun to write.
  bool is_being_overwritten() const {
    const InPlaceStage stage = snapshot().in_place;
    return Config::kOneSlot && (stage == InPlaceStage::applying || stage == InPlaceStage::undoing);
  }
  /// The model on trial is to be taken back, and is whole still.
  bool is_returning() const { return kTakesBack && snapshot().in_place == InPlaceStage::returning; }
  bool is_going_back() const {
    return is_returning() || (kTakesBack && snapshot().in_place == InPlaceStage::undoing);
  }
  /// An updater has something to do, sender or not.
  bool is_in_place_pending() const {
    return snapshot().in_place == InPlaceStage::staged || is_being_overwritten() || is_returning();
  }
  /// There is no going on, or no way back, without the patch that is staged. Firmware without trials that finds one
  /// open keeps the target, and needs nothing.
  bool needs_staged_patch() const {
    return is_being_overwritten() || is_returning() ||
           (kTakesBack && snapshot().in_place == InPlaceStage::reversible);
  }

  /// The model before the trial lies in the slot again, verified, with its facts behind it: it is the one to run.
  /// `slot_bytes`: what they take.
  [[nodiscard]] Status take_back(const KeptForWayBack& facts, std::uint32_t slot_bytes) {
    Snapshot& next = state_.change();
    ModelRecord& model = next.models[0] = next.models[1];
    model.facts_size = facts.facts_size;
    model.trailer_crc = facts.crc;
    model.present = true;
    forget_way_back(next);
    next.state = ModelState::reverted;
    return this->commit(slot_bytes);
  }

  /// There is no way back. `is_whole`: the target is, and stays on trial, to be confirmed or not; else there is no
  /// model. Where that can't be written down it is so all the same, until the next restart.
  [[nodiscard]] Status end_way_back(bool is_whole) {
    Snapshot& next = state_.change();
    forget_way_back(next);
    if (!is_whole) {
      next.models[0].present = false;
      next.state = ModelState::none;
    }
    const Status status = state_.write();
    if (status != Status::ok && status != Status::would_block) state_.accept();
    return status;
  }

  /// Switches to the model that was written into the slot that is active next, where it takes so many bytes.
  [[nodiscard]] Status commit(std::uint32_t slot_bytes) {
    std::uint32_t& settled = state_.next().settled_of(state_.next().active);
    const std::uint32_t end = state_.end_of_block(state_.next().active, slot_bytes);
    if (settled < end) settled = end;
    const Status status = state_.write();
    if (status == Status::ok) is_usable_ = true;
    return status;
  }

 protected:
  using Base::is_usable_;
  using Base::snapshot;
  using Base::state_;

  /// The model on trial is to be taken back, durably: `updating`, as for a call that comes after that.
  [[nodiscard]] Status decide_to_return() {
    if (is_going_back()) return Status::updating;
    if (snapshot().in_place != InPlaceStage::reversible) return Status::nothing_to_revert;
    Status status = this->enter_ready();
    if (status != Status::ok) return status;
    state_.change().in_place = InPlaceStage::returning;
    status = state_.write();
    return status == Status::ok ? Status::updating : status;
  }

  /// The update that is given up may have torn a place in the slot; in place nothing was written before the model was
  /// given up.
  static void suspect(Snapshot& next, SlotId slot) {
    if (next.in_place != InPlaceStage::staged) next.settled_of(slot) = 0;
  }
  static void forget_way_back(Snapshot& next) {
    next.in_place = InPlaceStage::none;
    next.set_updating(false);
    next.boots_left = 0;
    next.forget_attempts();
    if (kTakesBack) next.models[1] = ModelRecord();
  }
};

}  // namespace detail
}  // namespace tmd
