// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/config.hpp"
#include "tmd/internal/update/update_steps.hpp"
#include "tmd/model_store.hpp"

namespace tmd {

/// What a call that takes patch bytes answers.
struct FeedResult {
  Status status = Status::need_more;
  std::size_t consumed = 0;  ///< Bytes taken from the front of what was given; give the rest again.
};

/// The life of an update: patch bytes come in, in pieces of any size; the target model appears in the
/// inactive slot, is verified, and becomes active.
///
///     static tmd::Updater<MyConfig> updater;
///
///     updater.attach(store);
///     status = tmd::until_done([&] { return updater.resume(); });  // after a restart
///     if (tmd::is_error(status)) status = tmd::until_done([&] { return updater.begin(); });
///     while (updater.is_open() && status != tmd::Status::ready_to_finish) {
///       status = updater.feed(radio.receive(updater.resume_offset())).status;
///     }
///     while ((status = updater.finish()) == tmd::Status::would_block) wait();
///     // ok: the new model is active, on trial
///
/// The order of trust: the manifest is collected; its signature, its entries, its lengths and the base model
/// are checked; only then is anything written. The body is untrusted to its end: it is decoded within bounds
/// into the inactive slot, read back, and compared with the manifest's digest before one journal state
/// switches over. Any way of cutting a patch into pieces gives the same flash and the same final status.
///
/// Power may go during any call: the active model is untouched until `finish` returns ok. `is_open()` tells
/// whether the update goes on; where it has ended with an error (`wrong_state` until the next `begin` or
/// `resume`), the active model and the journal stay usable. `would_block`: the flash is busy, or this call has done
/// its share of work (`kWorkPerCall`); nothing is lost; give the rest of the bytes again, or `poll`.
///
/// One updater writes at a time: the calls of another one answer `wrong_state` once this one has opened its update,
/// until `resume` or `abort` on the other one takes the update over. Not copied; all zero until `attach`. No heap,
/// no recursion: `sizeof` it, and the store, to know the RAM.
template <class Config>
class Updater : protected detail::UpdateSteps<Config> {
  using Steps = detail::UpdateSteps<Config>;
  using Phase = typename Steps::Phase;

 public:
  using Store = ModelStore<Config>;
  using Policies = tmd::Policies<Config>;

  constexpr Updater() = default;
  explicit Updater(Store& store) { attach(store); }
  Updater(Store& store, const Policies& policies) { attach(store, policies); }
  Updater(const Updater&) = delete;
  Updater& operator=(const Updater&) = delete;

  /// Before anything else, once. The store outlives the updater; the policies are copied.
  void attach(Store& store) {
    store_ = &store;
    policies_.make();
  }
  void attach(Store& store, const Policies& policies) {
    store_ = &store;
    policies_.make(policies);
  }

  /// Starts a new update; what an interrupted one had is given up as soon as the new patch's manifest is
  /// accepted. Where this updater is writing one, to begin that patch anew is an attempt (`kMostAttempts`), also after
  /// `abort`, or a `resume` that found nothing to go on with. ok; would_block; wrong_state before the store's `boot` is
  /// done; trial_pending where the active model waits for `confirm`, and is neither damaged nor unsuitable as far as
  /// `boot` looked.
  [[nodiscard]] Status begin() {
    const Status status = enter();
    if (status != Status::ok) return status;
    if (store_->is_on_trial()) return Status::trial_pending;
    if (opened_ && is_open()) store_->give_up();
    checkpoints().clear();
    start();
    epoch_ = store_->epoch();
    return Status::ok;
  }

  /// Goes on with the update that a restart interrupted, or another updater, from which it takes it over: feed
  /// patch bytes from `resume_offset()` on. ok; would_block; wrong_state before the store's `boot` is done;
  /// not_found where there is none, where this configuration keeps no checkpoints, or where firmware wrote them whose
  /// updates this one can't go on with, or must not, and read_failed: `begin` then.
  [[nodiscard]] Status resume() {
    Status status = enter();
    if (status != Status::ok) return status;
    // Not where there is something to go on with: `hold` takes it back.
    if (opened_ && is_open()) store_->give_up();
    epoch_ = store_->take_over();
    phase_ = Phase::idle;
    if (!checkpoints().find(*store_)) return Status::not_found;
    start();
    if (checkpoints().has_state()) {
      status = checkpoints().load(*store_, state_);
      // Older firmware may have taken what this one does not.
      if (status == Status::ok &&
          check_kind<typename Config::Authentication>(state_.plan.manifest) != Status::ok)
        status = Status::not_found;
      input_.start(state_.plan.received);
      phase_ = status == Status::ok ? Phase::base : Phase::idle;
    }
    if (status != Status::ok) return status;
    store_->hold();
    resumed_ = opened_ = true;
    return status;
  }

  /// The same, only if it is this patch that was interrupted: `identity` as `tmd inspect` prints it. not_found for
  /// another one, and before the store's `boot`.
  [[nodiscard]] Status resume(std::uint32_t identity) {
    const bool is_this = store_ != nullptr && store_->snapshot().update_identity == identity;
    return is_this ? resume() : Status::not_found;
  }

  /// Patch bytes before this offset need not be sent again.
  std::uint32_t resume_offset() const { return input_.resume_offset(); }

  /// Takes patch bytes. need_more; ready_to_finish: call `finish`, bytes behind the patch's end are left over;
  /// would_block; offset_gap: what was received before a restart can't be read back any more, go on from
  /// `resume_offset()`; else why the update has ended.
  [[nodiscard]] FeedResult feed(const ConstBytes& bytes) { return feed_at(resume_offset(), bytes); }

  /// Takes patch bytes that say where they belong, as they come from links that repeat or lose packets.
  /// Bytes before `resume_offset()` are skipped; offset_gap, with nothing taken, where bytes are missing
  /// before them.
  [[nodiscard]] FeedResult feed_at(std::uint32_t patch_offset, const ConstBytes& given) {
    const Status entered = enter_open();
    if (entered != Status::ok) return {entered, 0};
    if (patch_offset > resume_offset()) return {Status::offset_gap, 0};
    ConstBytes bytes = given.from(resume_offset() - patch_offset);
    const Status status = leave(run(bytes));
    return {status, given.size() - bytes.size()};
  }

  /// Goes on with what earlier calls left to do, without new bytes: as `feed` of none.
  [[nodiscard]] Status poll() { return feed(ConstBytes()).status; }

  /// Does what earlier calls left to do, verifies the target and switches to it. ok; would_block; body_truncated where
  /// patch bytes are still missing, and offset_gap as of `feed`: the update stays open; else why it has ended:
  /// target_mismatch, flash and journal errors, what `feed` refuses with. Reads the target, a part in each call.
  [[nodiscard]] Status finish() {
    Status status = enter_open();
    if (status != Status::ok) return status;
    ConstBytes nothing;
    status = run(nothing);
    if (status == Status::need_more) return leave(Status::body_truncated);
    if (status == Status::ready_to_finish) {
      if (phase_ == Phase::written)
        status = then(Phase::verified, check_target_of(state_.plan.manifest, *store_));
      if (phase_ == Phase::verified) status = commit();
    }
    return leave(status);
  }

  /// Gives up the update, also one that a restart interrupted. The active model is untouched. ok; would_block;
  /// wrong_state before the store's `boot` is done; flash and journal errors.
  [[nodiscard]] Status abort() {
    Status status = enter();
    if (status != Status::ok) return status;
    if (opened_ && is_open()) store_->give_up();
    status = store_->abandon_update(false);
    if (status == Status::would_block) return status;
    epoch_ = store_->take_over();
    phase_ = Phase::idle;
    return status;
  }

  /// True from `begin` or `resume` until the update has ended.
  bool is_open() const { return store_ != nullptr && phase_ != Phase::idle && epoch_ == store_->epoch(); }

 protected:
  using Steps::checkpoints;
  using Steps::commit;
  using Steps::failure_;
  using Steps::input_;
  using Steps::input_ended_;
  using Steps::opened_;
  using Steps::phase_;
  using Steps::policies_;
  using Steps::resumed_;
  using Steps::run;
  using Steps::state_;
  using Steps::store_;
  using Steps::then;

 private:
  static_assert(
      check_config<Config>() &&
          check_authentication_policy<typename Config::Authentication, typename Config::Digests>() &&
          check_cipher_policy<typename Config::Cipher>() &&
          check_freshness_policy<typename Config::Freshness>() &&
          check_limits_policy<typename Config::Limits>() &&
          check_observer_policy<typename Config::Observer>(),
      "");

  /// A public call begins: the driver ends what it is at, whoever asked for it.
  Status enter() { return store_ == nullptr || !store_->is_ready() ? Status::wrong_state : store_->enter(); }
  Status enter_open() {
    if (store_ == nullptr || phase_ == Phase::idle || epoch_ != store_->epoch()) return Status::wrong_state;
    return store_->enter();
  }

  /// A public call ends. What was written since it began was this updater's doing.
  Status leave(Status status) {
    if (!tmd::is_open(status)) status = end_with(status);
    epoch_ = store_->epoch();
    return status;
  }

  void start() {
    phase_ = Phase::manifest;
    resumed_ = opened_ = input_ended_ = false;
    input_.start(0);
    state_.plan = UpdatePlan<Config>{};
    store_->slots().restart();
  }

  /// An error ends the update, but not before the journal knows: a restart would else resume what was
  /// refused.
  Status end_with(Status status) {
    // Flash that can't be written is not asked for another record; the next update's first record says as much.
    // What can't be read is no better after a restart: the next update begins anew.
    if (opened_ && is_error(status) && status <= Status::read_failed &&
        store_->abandon_update(status < Status::read_failed) == Status::would_block) {
      failure_ = status;
      phase_ = Phase::ending;
      return Status::would_block;
    }
    phase_ = Phase::idle;
    if (opened_) store_->release();
    policies_.get().observer.on_end(status);
    return status;
  }

  std::uint32_t epoch_ = 0;  ///< The store's, as this updater left it.
};

}  // namespace tmd
