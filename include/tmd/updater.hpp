// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/config.hpp"
#include "tmd/internal/update/acceptance.hpp"
#include "tmd/internal/update/body_decoder.hpp"
#include "tmd/internal/update/late.hpp"
#include "tmd/internal/update/patch_input.hpp"
#include "tmd/internal/update/plan.hpp"
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
///     status = updater.resume();                             // after a restart
///     if (status == tmd::Status::not_found) status = updater.begin();
///     while (tmd::is_open(status) && status != tmd::Status::ready_to_finish) {
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
/// Power may go during any call: the active model is untouched until `finish` returns ok. `is_open(status)` tells
/// whether the update goes on; where it has ended with an error (`wrong_state` until the next `begin` or
/// `resume`), the active model and the journal stay usable. `would_block`: the flash is busy, or this call has done
/// its share of work (`kWorkPerCall`); nothing is lost; give the rest of the bytes again, or `poll`.
///
/// One updater writes at a time: the calls of another one answer `wrong_state` once this one has opened its update,
/// until `resume` or `abort` on the other one takes the update over. Not copied; all zero until `attach`. No heap,
/// no recursion: `sizeof` it, and the store, to know the RAM.
template <class Config>
class Updater {
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
  /// accepted. ok; would_block; wrong_state before the store's `boot` is done; trial_pending where the active
  /// model waits for `confirm`.
  [[nodiscard]] Status begin() {
    const Status status = enter();
    if (status != Status::ok) return status;
    if (store_->snapshot().state == ModelState::trial) return Status::trial_pending;
    if (opened_ && is_open()) store_->release();
    input_.checkpoints().clear();
    start();
    epoch_ = store_->epoch();
    return Status::ok;
  }

  /// Goes on with the update that a restart interrupted, or another updater, from which it takes it over: feed
  /// patch bytes from `resume_offset()` on. ok; would_block; wrong_state before the store's `boot` is done;
  /// not_found where there is none, or where this configuration keeps no checkpoints: `begin` then.
  [[nodiscard]] Status resume() {
    Status status = enter();
    if (status != Status::ok) return status;
    epoch_ = store_->take_over();
    phase_ = Phase::idle;
    if (!input_.checkpoints().find(*store_)) return Status::not_found;
    start();
    store_->hold();
    resumed_ = opened_ = true;
    if (!input_.checkpoints().has_state()) return Status::ok;
    status = input_.checkpoints().load(*store_, state_);
    input_.start(state_.plan.received);
    phase_ = status == Status::ok ? Phase::base : Phase::idle;
    return status;
  }

  /// The same, only if it is this patch that was interrupted: `identity` as `tmd inspect` prints it. not_found for
  /// another one.
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

  /// Verifies the target and switches to it. ok; would_block; body_truncated where patch bytes are still
  /// missing (the update stays open); target_mismatch, flash and journal errors end it. Reads the whole target.
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
    status = store_->abandon_update(false);
    if (status == Status::would_block) return status;
    epoch_ = store_->take_over();
    phase_ = Phase::idle;
    return status;
  }

  /// True from `begin` or `resume` until the update has ended.
  bool is_open() const { return store_ != nullptr && phase_ != Phase::idle && epoch_ == store_->epoch(); }

 private:
  /// What happens next. Each has a step below, in this order.
  enum class Phase : std::uint8_t {
    idle,
    manifest,
    base,
    open,
    log_manifest,
    decoder,
    body,
    page,
    last_page,
    block,
    log_begin,
    log_state,
    log_finish,
    written,
    verified,
    ending,
  };

  static_assert(
      check_config<Config>() &&
          check_authentication_policy<typename Config::Authentication, typename Config::Digests>() &&
          check_cipher_policy<typename Config::Cipher>() &&
          check_freshness_policy<typename Config::Freshness>() &&
          check_limits_policy<typename Config::Limits>() &&
          check_observer_policy<typename Config::Observer>(),
      "");

  /// What the decoders read and write through.
  struct Io {
    Store& store;
    Status read_base(std::uint32_t offset, const MutableBytes& out) {
      return store.port().read(store.active_region().address + offset, out);
    }
    Status read_target(std::uint32_t offset, const MutableBytes& out) {
      return store.writer().read(store.port(), offset, out);
    }
    std::uint32_t room() const { return store.writer().room(); }
    void put(std::uint8_t byte) { store.writer().put(byte); }
  };

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
  }

  /// Steps on while there is something to do: never ok.
  Status run(ConstBytes& bytes) {
    Status status = Status::ok;
    while (status == Status::ok) {
      status = step();
      if (status == Status::need_more) status = take(bytes);
    }
    return status;
  }

  /// One step on: ok, and the next one may follow; need_more: patch bytes are wanted; ready_to_finish: all is
  /// written; else something is in the way.
  Status step() {
    switch (phase_) {
      case Phase::manifest:
        return collect_manifest();
      case Phase::base:
        return check_base();
      case Phase::open:
        return open_slot();
      case Phase::log_manifest:
        return then(Phase::decoder, checkpoints().log_manifest(*store_, front()));
      case Phase::decoder:
        return start_decoder();
      case Phase::body:
        return decode();
      case Phase::page:
      case Phase::last_page:
        return write_page();
      case Phase::block:
        return end_block();
      case Phase::log_begin:
        return then_in_log(Phase::log_state, checkpoints().begin_log(*store_));
      case Phase::log_state:
        return then_in_log(Phase::log_finish, write_state());
      case Phase::log_finish:
        return then_in_log(Phase::body, checkpoints().finish_log(*store_, input_.received()));
      case Phase::written:
      case Phase::verified:
        return Status::ready_to_finish;
      case Phase::ending:
        return failure_;
      case Phase::idle:
        break;
    }
    return Status::wrong_state;
  }

  Status then(Phase next, Status status) {
    if (status == Status::ok) phase_ = next;
    return status;
  }
  /// The update needs no log: where the journal can't begin a new one it goes on without.
  Status then_in_log(Phase next, Status status) {
    if (status == Status::would_block) return status;
    if (status != Status::ok) checkpoints().end_log();
    phase_ = status == Status::ok ? next : Phase::body;
    return Status::ok;
  }

  /// The step before asked for patch bytes: takes some.
  Status take(ConstBytes& given) {
    if (phase_ == Phase::manifest) return input_.take_manifest(*store_, state_, given);
    return input_.take_body(*store_, state_, policies_.get().cipher, given);
  }

  Status collect_manifest() {
    Manifest& manifest = state_.plan.manifest;
    if (input_.received() < manifest.body_offset) return Status::need_more;
    const Status status = parse_manifest<Config::kFormat1>(front(), manifest);
    if (status == Status::need_more)
      return manifest.body_offset <= Config::kManifestSize ? Status::ok : Status::manifest_too_large;
    if (status != Status::ok) return status;
    return then(Phase::base, store_->slots().with_digests([this](typename Config::Digests& digests) {
      return accept<Config>(policies_.get(), front(), store_->snapshot(), target_slot(), state_.plan,
                            digests);
    }));
  }

  /// The last look before anything is written: is the active model this patch's base?
  Status check_base() {
    Status status = check_base_of(state_.plan.manifest, *store_);
    if (status == Status::ok && state_.plan.is_encrypted())
      status = policies_.get().cipher.begin(state_.plan.cipher());
    return then(Phase::open, status);
  }

  /// From here on the journal says that the inactive slot is being written.
  Status open_slot() {
    if (resumed_) return then(Phase::decoder, checkpoints().repeat_progress(*store_));
    const Status status = store_->begin_update(state_.plan.identity);
    if (status == Status::ok) {
      store_->hold();
      opened_ = true;
    }
    return then(Phase::log_manifest, status);
  }

  Status start_decoder() {
    const SlotId slot = store_->inactive_slot();
    const std::uint32_t settled = resumed_ ? 0 : store_->snapshot().settled_of(slot);
    store_->writer().begin(store_->slot(slot), state_.plan.written, checkpoints().durable(), settled);
    checkpoints().start_block(input_.received());
    return then(Phase::body,
                checkpoints().has_state() ? Status::ok : state_.body.start(state_.plan.manifest));
  }

  Status decode() {
    Io io{*store_};
    const Status status = state_.body.poll(state_.plan.manifest, io);
    if (status == Status::ok) return then(Phase::page, status);
    const bool is_whole = state_.plan.is_body_whole(input_.received());
    if (status == Status::ready_to_finish) {
      if (!state_.plan.is_format1() && !is_whole) return Status::body_malformed;
      return then(put_trailer() ? Phase::last_page : Phase::page, Status::ok);
    }
    if (status != Status::need_more) return status;
    if (is_whole) {
      if (input_ended_) return Status::body_malformed;
      state_.body.end_of_input();
      input_ended_ = true;
      return Status::ok;
    }
    return input_.must_flush() ? checkpoints().flush(*store_) : Status::need_more;
  }

  /// What is kept behind the target. False where the page is full before all of it is put.
  bool put_trailer() {
    SlotWriter<typename Config::Flash, Config::kPageSize>& writer = store_->writer();
    const ConstBytes trailer = state_.plan.trailer.view();
    std::uint32_t done = trailer.empty() ? 0 : writer.position() - state_.plan.manifest.target_length;
    for (; done < trailer.size(); ++done) {
      if (writer.room() == 0) return false;
      writer.put(trailer[done]);
    }
    return true;
  }

  Status write_page() {
    const Status status = store_->writer().flush(store_->port());
    if (status != Status::ok) return status;
    policies_.get().observer.on_progress(store_->writer().durable(), state_.plan.slot_bytes());
    if (phase_ == Phase::last_page) return then(Phase::written, status);
    const std::uint32_t address = target_slot().address + store_->writer().position();
    const bool block_ended = address == erase_block_at(store_->port(), address).address;
    return then(Checkpoints<Config>::kKept && block_ended ? Phase::block : Phase::body, status);
  }

  /// A block is whole: the journal learns of it. Where its log fills up, the next one begins with the state.
  Status end_block() {
    bool is_log_full = false;
    const Status status =
        checkpoints().end_block(*store_, store_->writer().durable(), input_.received(), is_log_full);
    return then(is_log_full ? Phase::log_begin : Phase::body, status);
  }

  Status write_state() {
    state_.plan.received = input_.received();
    state_.plan.written = store_->writer().position();
    return checkpoints().write_state(*store_, state_);
  }

  Status commit() {
    const UpdatePlan<Config>& plan = state_.plan;
    ModelRecord& model = store_->successor(Config::kTrialBoots, plan.security_counter, plan.revoked_keys);
    model.length = plan.manifest.target_length;
    model.digest = plan.manifest.target;
    model.version = plan.version;
    model.self_test_size = plan.trailer.self_test_size;
    model.facts_size = plan.trailer.facts_size;
    model.trailer_crc = plan.trailer.crc();
    return store_->commit(plan.slot_bytes());
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

  Checkpoints<Config>& checkpoints() { return input_.checkpoints(); }
  /// What was received of the manifest; never more than there is room for.
  ConstBytes front() const { return ConstBytes(state_.body.manifest().data(), input_.received()); }
  const Region& target_slot() const { return store_->slot(store_->inactive_slot()); }

  // Small things first, buffers last: short offsets make short instructions.
  Phase phase_ = Phase::idle;
  Status failure_ = Status::ok;  ///< Why the update is `ending`.
  bool resumed_ = false;         ///< This update goes on where a restart interrupted it.
  bool opened_ = false;          ///< The journal knows of this update.
  bool input_ended_ = false;     ///< The decoder was told that no more bytes come.
  std::uint32_t epoch_ = 0;      ///< The store's, as this updater left it.
  Store* store_ = nullptr;
  detail::Late<Policies> policies_;
  PatchInput<Config> input_;
  UpdateState<Config> state_;
};

}  // namespace tmd
