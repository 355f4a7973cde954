// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/apply_staged.hpp"
#include "tmd/internal/in_place/steps.hpp"
#include "tmd/staging.hpp"

namespace tmd {

/// Updates the model of a device that has room for one only: the target is written over its base, block by block,
/// through a few spare blocks. Power may go at any moment, any number of times in a row; the device then goes on by
/// itself, without the sender.
///
///     struct MyConfig : tmd::DefaultConfig<MyFlash> {
///       static constexpr bool kOneSlot = true;
///       static constexpr std::uint8_t kTrialBoots = 0;
///       …
///     };
///     // Slot, ring of spare blocks, journal.
///     constexpr tmd::Layout kLayout = {{0x00000, 96 * 1024}, {0x18000, 3 * 4096}, {0x1B000, 16 * 1024}};
///     static tmd::Staging<MyFlash> staging(store.port(), {0x1F000, 32 * 1024});
///     static tmd::InPlaceUpdater<MyConfig> updater;
///
///     updater.attach(store, staging);
///     // The patch is received whole: updater.open_staging(plan), staging.store(…), staging.complete().
///     while ((status = updater.apply()) == tmd::Status::would_block) wait();
///     // ok: the new model is active
///
/// The patch is one of `tmd diff --in-place`. Before the first byte of the model is erased, manifest, signature and
/// base are checked as the Updater does, and the whole patch is tried out: the target's digest must come out. Until the
/// ring is full for the first time thereafter only that is written. From then on there is no model to run until the
/// update has ended: `store.active()` says `updating`, `blocks_left` how far it is.
///
/// After a restart: `store.boot()`, `staging.reopen()`, and where the former says `updating`, or `is_pending`, `apply`.
///
/// With `kTrialBoots` the target is on trial, and patches have to bring a way back (`tmd diff --in-place
/// --reversible`): a second body, which turns the target into its base. Until the trial has ended the staged patch is
/// that way back. `store.confirm()` ends it, and the staging area is free. Where `store.revert()` is called, or the
/// boots are used up, `active()` says `updating`, and `apply` takes the model back: the staged patch is read whole, the
/// second body tried out, and then applied, by the same steps. A fragment that rotted meanwhile is asked for again.
/// Until the first block of the target is erased `confirm` may still keep it, for a device whose sender is gone. Where
/// the second body does not give the base there is no way back: the target, which is whole, is active again, on trial.
///
/// The calls of the Updater take full models, streamed into the slot, where the configuration allows a time without a
/// model (`kAllowGap`) or there is no whole one that it can run; else `needs_gap`. They are the way back to service
/// after model_damaged.
template <class Config, class StagingArea = Staging<typename Config::Flash>>
class InPlaceUpdater : private in_place::Steps<Config, StagingArea> {
  using Steps = in_place::Steps<Config, StagingArea>;
  using Step = typename Steps::Step;
  static_assert(Config::kOneSlot, "a Config of an InPlaceUpdater has kOneSlot = true");

 public:
  using Store = ModelStore<Config>;
  using Policies = tmd::Policies<Config>;

  constexpr InPlaceUpdater() = default;
  InPlaceUpdater(Store& store, StagingArea& staging) { attach(store, staging); }
  InPlaceUpdater(Store& store, StagingArea& staging, const Policies& policies) {
    attach(store, staging, policies);
  }

  /// Before anything else, once. Store and staging outlive the updater; the policies are copied.
  void attach(Store& store, StagingArea& staging) {
    Steps::Base::attach(store);
    staging_ = &staging;
  }
  void attach(Store& store, StagingArea& staging, const Policies& policies) {
    Steps::Base::attach(store, policies);
    staging_ = &staging;
  }

  /// Opens the staging area for a patch that is going to be received: as Staging::open, but what is still needed of the
  /// patch that it holds stays; one that is being tried out is given up for another, and to begin it anew is an
  /// attempt, as for `begin`. trial_pending for another patch while the staged one is the way back of the model on
  /// trial: `confirm` or `revert` first; updating while it is being applied, or its target taken back; wrong_state
  /// before the store's `boot` is done; journal_worn and flash errors where the journal can't be trusted to say the
  /// same after a restart. An area that holds no patch is opened for any; one that holds a patch of no use has to be
  /// wiped first.
  [[nodiscard]] Status open_staging(const FragmentPlan& plan) {
    if (store_ == nullptr || !store_->is_ready()) return Status::wrong_state;
    Status status = store_->enter();
    if (status != Status::ok) return status;
    const InPlaceStage stage = store_->snapshot().in_place;
    if (stage == InPlaceStage::staged && staging_->is_open() && !(staging_->plan() == plan)) {
      // The state that says that there is no going on without it may have been written already, but not answered.
      interrupt();
      store_->release();
      status = store_->abandon_update(false);
    } else {
      // What was only found to need no patch may not be there at the next start.
      status = store_->journal().restore_state();
    }
    if (status != Status::ok) return status;
    const bool is_needed = store_->needs_staged_patch();
    if (is_needed && !staging_->is_open()) {
      status = staging_->reopen();
      if (status != Status::ok && status != Status::not_found) return status;
    }
    if (!is_needed || !staging_->is_open() || staging_->plan() == plan) return staging_->open(plan);
    return stage == InPlaceStage::reversible ? Status::trial_pending : Status::updating;
  }

  /// Goes on with the staged patch: begins, resumes after a restart, and ends. ok: its target is the active model;
  /// would_block: call again; not_found: a fragment is missing or damaged: store what `next_missing` names, then call
  /// again; also where no staging area was opened since the start and no model is being overwritten; manifest_corrupt,
  /// while `active()` says `updating`: the staged patch is another one than was tried out: send it again, whole;
  /// cipher_failure while `active()` says `updating`, and out_of_memory: call again;
  /// model_damaged: what was needed to go on was lost, or could not be read three times: send a full model; wrong_state
  /// before the store's `boot` is done, while the staging area is not open or a full model is being streamed into the
  /// slot, and while another updater writes, until `resume` takes over from it; trial_pending while the model is on
  /// trial; journal and flash errors: call again, service where it stays so. Every other status is a refusal, and the
  /// model is what it was: those of `Updater::feed`, slots_mismatch, needs_way_back, and target_mismatch where trying
  /// it out gave another model than the manifest says, or the way back is not the one that was signed.
  ///
  /// Where a model is to be taken back, ok: the one before is active, `reverted`. Every refusal, with nothing_to_revert
  /// where what was kept for the way back is damaged: there is none, and the target stays, to be confirmed or not.
  [[nodiscard]] Status apply() {
    if (store_ == nullptr || !store_->is_ready()) return Status::wrong_state;
    Status status = store_->enter();
    if (status != Status::ok) return status;
    if (is_others()) return Status::wrong_state;
    // Others wrote since: what was to be given up is not there any more.
    if (epoch_ != store_->epoch()) ending_ = Status::ok;
    if (ending_ == Status::ok && is_on_trial()) return Status::trial_pending;
    this->phase_ = Steps::UpdateSteps::Phase::idle;
    if (ending_ != Status::ok) {
      status = ending_;
    } else if (step_ == Step::idle || epoch_ != store_->epoch()) {
      status = begin_or_resume();
    }
    while (status == Status::ok) status = this->step();
    status = leave(status);
    epoch_ = store_->epoch();
    return status;
  }

  /// True where power cut an update whose patch was staged whole, and where a model is to be taken back: call `apply`.
  bool is_pending() const { return store_ != nullptr && store_->is_in_place_pending(); }

  /// Blocks of the patch's size that are still to be written while the model is being overwritten. While `apply` is at
  /// nothing, as after a restart, it is what the journal says, which is read; 0 where that can't be.
  std::uint32_t blocks_left() {
    if (store_ == nullptr || !store_->is_being_overwritten()) return 0;
    bool is_home = false;
    std::uint32_t written = 0;
    if (step_ != Step::idle) {
      written = this->ring().durable();
    } else if (is_open() || this->read_state(is_home) != Status::ok) {
      return 0;
    } else {
      written = this->plan().written;
    }
    const std::uint32_t size = this->plan().window.block_size;
    return (this->plan().slot_bytes() + size - 1) / size - written / size;
  }

  /// As Updater::begin. What `apply` was at it goes on with from what the journal has of it; wrong_state where that may
  /// be nothing more, since the state that makes the target active was begun, but not answered `ok`: `apply` first.
  [[nodiscard]] Status begin() {
    if (step_ == Step::commit && epoch_ == store_->epoch()) return Status::wrong_state;
    interrupt();
    const Status status = Steps::Base::begin();
    if (status == Status::ok) ending_ = Status::ok;
    return status;
  }
  /// As Updater::resume, of a full model that was being streamed; not_found where `apply` goes on, also where
  /// another updater was at it.
  [[nodiscard]] Status resume() {
    if (is_pending()) {
      if (is_others()) (void)store_->take_over();
      return Status::not_found;
    }
    interrupt();
    return Steps::Base::resume();
  }
  [[nodiscard]] Status resume(std::uint32_t identity) {
    const bool is_this = store_ != nullptr && store_->snapshot().update_identity == identity;
    return is_this ? resume() : Status::not_found;
  }
  /// As Updater::resume_offset; 0 while `apply` is at something.
  std::uint32_t resume_offset() const { return step_ == Step::idle ? Steps::Base::resume_offset() : 0; }
  /// As Updater::abort; wrong_state while the model is being overwritten, since there is nothing to go back to, and
  /// while one is to be taken back: `confirm` of the store keeps that one.
  [[nodiscard]] Status abort() {
    if (store_ != nullptr && (store_->is_being_overwritten() || store_->is_returning()))
      return Status::wrong_state;
    interrupt();
    return Steps::Base::abort();
  }

  using Steps::Base::feed;
  using Steps::Base::feed_at;
  using Steps::Base::finish;
  using Steps::Base::is_open;
  using Steps::Base::poll;

 private:
  Status begin_or_resume() {
    this->begin_work();
    if (store_->is_being_overwritten()) {
      store_->hold();
      return this->load();
    }
    if (staging_->plan().count() == 0) return Status::not_found;
    this->start_anew();
    return Status::ok;
  }
  /// Another updater is at it, and the page that both write through has its bytes; or this one streams a full model,
  /// which shares its memory with applying, and the manifest that was accepted in it.
  bool is_others() const { return store_->is_held() && (step_ == Step::idle || epoch_ != store_->epoch()); }
  bool is_on_trial() const {
    return Steps::kTakesBack && store_->snapshot().state == ModelState::trial && !store_->is_returning();
  }

  Status leave(Status status) {
    switch (status) {
      case Status::ready_to_finish:
        return end_with(Status::ok);
      case Status::would_block:
        return status;
      case Status::not_found:
        if (!store_->is_being_overwritten()) {
          rest();
          store_->release();
        }
        return status;
      default:
        break;
    }
    if (store_->is_being_overwritten()) return fail(status);
    if (store_->is_returning()) return stay(status);
    if (store_->snapshot().in_place == InPlaceStage::none) return end_with(status);
    ending_ = status;
    if (store_->abandon_update(!may_pass(status)) == Status::would_block) return Status::would_block;
    return end_with(status);
  }

  /// An error while there is no model. The journal has what is needed to try again; but not for ever.
  Status fail(Status status) {
    // Of a commit that failed the state may count: then the journal has nothing else to try again from.
    if (step_ == Step::commit) return status;
    rest();
    store_->release();
    // A read may fail once and not again.
    if (may_pass(status) && status != Status::read_failed) return status;
    if (status != Status::model_damaged && ++this->failures_ < kMostFailures) return status;
    ending_ = Status::model_damaged;
    if (store_->abandon_update(false) == Status::would_block) return Status::would_block;
    return end_with(Status::model_damaged);
  }

  /// An error while a target that is whole is to be taken back. Where it will not pass there is no way back; so it is
  /// where the journal is worn out, which alone could say how far it is.
  Status stay(Status status) {
    rest();
    store_->release();
    if (may_pass(status) && status != Status::journal_worn) return status;
    // The second body's base is the target.
    if (status == Status::wrong_base || status == Status::wrong_base_length) status = Status::model_damaged;
    ending_ = status;
    if (store_->end_way_back(status != Status::model_damaged) == Status::would_block)
      return Status::would_block;
    return end_with(status);
  }

  /// What is not the staged patch's fault, or is another patch's: all is to be tried again.
  static bool may_pass(Status status) {
    return status < Status::nothing_to_revert || status == Status::manifest_corrupt ||
           status == Status::cipher_failure || status >= Status::read_failed;
  }

  Status end_with(Status status) {
    rest();
    ending_ = Status::ok;
    store_->release();
    this->policies_.get().observer.on_end(status);
    return status;
  }

  /// Nothing is being applied, and what `work` was is where patches are streamed through again.
  void rest() {
    step_ = Step::idle;
    this->end_work();
  }
  /// What `apply` was at it goes on with from what the journal has of it. Where that is from its first byte on, it is
  /// an attempt; what another updater is at is not touched.
  void interrupt() {
    if (step_ == Step::idle) return;
    rest();
    if (epoch_ == store_->epoch() && store_->is_held()) store_->give_up();
  }

  static constexpr std::uint8_t kMostFailures = 3;

  using Steps::staging_;
  using Steps::step_;
  using Steps::store_;

  Status ending_ = Status::ok;  ///< Why the update is being given up.
  std::uint32_t epoch_ = 0;
};

}  // namespace tmd
