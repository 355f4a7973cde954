// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/config.hpp"
#include "tmd/internal/update/acceptance.hpp"
#include "tmd/internal/update/body.hpp"
#include "tmd/internal/update/checkpoints.hpp"
#include "tmd/internal/update/plan.hpp"
#include "tmd/internal/update/slot_writer.hpp"
#include "tmd/model_store.hpp"

namespace tmd {

/// What a call that takes patch bytes answers.
struct FeedResult {
  Status status = Status::need_more;
  std::size_t consumed = 0;  ///< Bytes taken from the front of what was given; give the rest again.
};

/// The life of an update: patch bytes come in, in pieces of any size; the target model appears in the
/// inactive slot, is proven, and becomes active.
///
///     tmd::Updater<MyConfig> updater(store);
///     updater.begin();                                       // or resume() after a restart
///     while (radio.receive(packet)) {
///       tmd::FeedResult fed = updater.feed(packet);          // need_more … complete
///       if (tmd::is_error(fed.status)) return report(fed.status);
///     }
///     updater.finish();                                      // ok: the new model is active, on trial
///
/// The order of trust: the manifest is collected; its signature, its entries, its lengths and the base model
/// are checked; only then is anything written. The body is untrusted to its end: it is decoded within bounds
/// into the inactive slot, read back, and compared with the manifest's digest before one journal record
/// switches over. Any way of cutting a patch into pieces gives the same flash and the same final status.
///
/// Power may go during any call: the active model is untouched until `finish` returns ok. An error ends the
/// update (`wrong_state` until the next `begin` or `resume`); the active model and the journal stay usable.
/// `would_block`: the flash is busy and nothing is lost; give the rest of the bytes again later.
/// All state is in this object: no heap, no recursion. `sizeof` it to know the RAM.
template <class Config>
class Updater {
 public:
  using Flash = typename Config::Flash;
  using Digests = typename Config::Digests;
  using Store = ModelStore<Flash, Digests>;
  using Policies = tmd::Policies<Config>;

  explicit Updater(Store& store) : store_(store), checkpoints_(store), writer_(store.flash()), policies_() {}
  Updater(Store& store, const Policies& policies)
      : store_(store), checkpoints_(store), writer_(store.flash()), policies_(policies) {}

  /// Starts a new update; what an interrupted one had is given up as soon as the new patch's manifest is
  /// accepted. ok; trial_pending where the active model waits for `confirm`.
  [[nodiscard]] Status begin() {
    if (store_.snapshot().state == ModelState::trial) return Status::trial_pending;
    checkpoints_.clear();
    start();
    return Status::ok;
  }

  /// Goes on with the update that a restart interrupted: feed patch bytes from `resume_offset()` on.
  /// ok; not_found where there is none, or where this configuration keeps no checkpoints: `begin` then.
  [[nodiscard]] Status resume() {
    phase_ = Phase::idle;
    if (!checkpoints_.find()) return Status::not_found;
    start();
    resumed_ = opened_ = true;
    if (!checkpoints_.has_state()) return Status::ok;
    const Status status = checkpoints_.load(state_);
    received_ = state_.plan.received;
    phase_ = status == Status::ok ? Phase::base : Phase::idle;
    return status;
  }

  /// The same, only if it is this patch that was interrupted: `identity` is the CRC-32 of the manifest of the
  /// patch on offer, as `tmd inspect` prints it. not_found for another one.
  [[nodiscard]] Status resume(std::uint32_t identity) {
    return store_.snapshot().update_identity == identity ? resume() : Status::not_found;
  }

  /// Patch bytes before this offset need not be sent again.
  std::uint32_t resume_offset() const { return replaying() ? checkpoints_.replay_end() : received_; }

  /// Takes patch bytes. need_more; complete: call `finish`; would_block; else why the update has ended.
  [[nodiscard]] FeedResult feed(const ConstBytes& bytes) { return feed_at(resume_offset(), bytes); }

  /// Takes patch bytes that say where they belong, as they come from links that repeat or lose packets.
  /// Bytes before `resume_offset()` are skipped; offset_gap, with nothing taken, where bytes are missing
  /// before them.
  [[nodiscard]] FeedResult feed_at(std::uint32_t patch_offset, const ConstBytes& given) {
    if (phase_ == Phase::idle || phase_ == Phase::proven) return {Status::wrong_state, 0};
    if (patch_offset > resume_offset()) return {Status::offset_gap, 0};
    ConstBytes bytes = given.from(resume_offset() - patch_offset);
    Status status = Status::ok;
    do {
      status = step();
      if (status == Status::need_more) status = take(bytes);
    } while (status == Status::ok);
    if (status == Status::complete && !bytes.empty()) status = Status::body_overlong;
    if (is_error(status)) status = end_with(status);
    return {status, given.size() - bytes.size()};
  }

  /// Proves the target and switches to it. ok; would_block; body_truncated where patch bytes are still
  /// missing (the update stays open); target_mismatch, read_failed and journal errors end it.
  [[nodiscard]] Status finish() {
    if (phase_ == Phase::idle) return Status::wrong_state;
    Status status = Status::ok;
    if (phase_ != Phase::proven) {
      status = feed(ConstBytes()).status;
      if (status != Status::complete) return status == Status::need_more ? Status::body_truncated : status;
      status = check_target_of<Digests, Config::kFormat1>(state_.plan.manifest, store_);
      if (status == Status::ok) phase_ = Phase::proven;
    }
    if (status == Status::ok) status = commit();
    return status == Status::would_block ? status : end_with(status);
  }

  /// Gives the update up. The active model is untouched. ok; would_block; journal errors.
  [[nodiscard]] Status abort() {
    const Status status = opened_ ? store_.abandon_update() : Status::ok;
    if (status == Status::ok) phase_ = Phase::idle;
    return status;
  }

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
    bank_erase,
    bank_state,
    bank_snapshot,
    written,
    proven,
    ending,
  };

  static_assert(Config::kPageSize % kMaxProgramSize == 0,
                "a page is a multiple of 32 bytes, the largest program unit");
  static_assert(check_flash_policy<Flash>() &&
                    check_authentication_policy<typename Config::Authentication>() &&
                    check_cipher_policy<typename Config::Cipher>() &&
                    check_freshness_policy<typename Config::Freshness>() &&
                    check_limits_policy<typename Config::Limits>() &&
                    check_observer_policy<typename Config::Observer>(),
                "");

  /// What the decoders read and write through.
  struct Io {
    Updater& updater;
    Status read_base(std::uint32_t offset, const MutableBytes& out) {
      return updater.store_.flash().read(updater.store_.active_region().address + offset, out);
    }
    Status read_target(std::uint32_t offset, const MutableBytes& out) {
      return updater.writer_.read(offset, out);
    }
    std::uint32_t room() const { return updater.writer_.room(); }
    void put(std::uint8_t byte) { updater.writer_.put(byte); }
  };

  void start() {
    phase_ = Phase::manifest;
    resumed_ = opened_ = input_ended_ = false;
    received_ = 0;
    state_.plan = UpdatePlan<Config>{};
  }

  /// One step on: ok, and the next one may follow; need_more: patch bytes are wanted; complete: all is
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
        return then(Phase::decoder, checkpoints_.log_manifest(front()));
      case Phase::decoder:
        return start_decoder();
      case Phase::body:
        return decode();
      case Phase::page:
      case Phase::last_page:
        return write_page();
      case Phase::block:
        return end_block();
      case Phase::bank_erase:
        return then(Phase::bank_state, checkpoints_.open_bank());
      case Phase::bank_state:
        return then(Phase::bank_snapshot, write_state());
      case Phase::bank_snapshot:
        return then(Phase::body, checkpoints_.finish_bank(received_));
      case Phase::written:
        return Status::complete;
      case Phase::ending:
        return failure_;
      case Phase::idle:
      case Phase::proven:
        break;
    }
    return Status::wrong_state;
  }

  Status then(Phase next, Status status) {
    if (status == Status::ok) phase_ = next;
    return status;
  }

  Status collect_manifest() {
    Manifest& manifest = state_.plan.manifest;
    if (received_ < manifest.body_offset) return Status::need_more;
    const Status status = parse_manifest<Config::kFormat1>(front(), manifest);
    if (status == Status::need_more)
      return manifest.body_offset <= Config::kManifestSize ? Status::ok : Status::manifest_too_large;
    if (status != Status::ok) return status;
    return then(Phase::base,
                accept<Config>(policies_, front(), store_.snapshot(), target_slot(), state_.plan));
  }

  /// The last look before anything is written: is the active model this patch's base?
  Status check_base() {
    Status status = check_base_of(state_.plan.manifest, store_);
    if (status == Status::ok && state_.plan.is_encrypted())
      status = policies_.cipher.begin(state_.plan.cipher());
    return then(Phase::open, status);
  }

  /// From here on the journal says that the inactive slot is being written.
  Status open_slot() {
    if (resumed_) return then(Phase::decoder, checkpoints_.repeat_progress());
    const Status status = store_.begin_update(state_.plan.identity);
    if (status == Status::ok) opened_ = true;
    return then(Phase::log_manifest, status);
  }

  Status start_decoder() {
    const bool may_compare = !store_.snapshot().inactive_torn && checkpoints_.marks_all_blocks();
    const Status status = writer_.begin(target_slot().address, state_.plan.written, may_compare, resumed_,
                                        checkpoints_.durable());
    if (status != Status::ok) return status;
    checkpoints_.start_block(received_);
    return then(Phase::body, checkpoints_.has_state() ? Status::ok : state_.body.start(state_.plan.manifest));
  }

  Status decode() {
    Io io{*this};
    const Status status = state_.body.poll(state_.plan.manifest, io);
    if (status == Status::ok) return then(Phase::page, status);
    if (status == Status::complete) {
      if (!state_.plan.is_format1() && !body_ended()) return Status::body_malformed;
      return then(put_self_test() ? Phase::last_page : Phase::page, Status::ok);
    }
    if (status != Status::need_more) return status;
    if (body_ended()) {
      if (input_ended_) return Status::body_malformed;
      state_.body.end_of_input();
      input_ended_ = true;
      return Status::ok;
    }
    if (!replaying() && checkpoints_.room() == 0) return checkpoints_.flush();
    return Status::need_more;
  }

  /// What the trial will need goes behind the target. False where the page is full before all of it is put.
  bool put_self_test() {
    const ConstBytes test = state_.plan.self_test.view();
    std::uint32_t done = test.empty() ? 0 : writer_.position() - state_.plan.manifest.target_length;
    for (; done < test.size(); ++done) {
      if (writer_.room() == 0) return false;
      writer_.put(test[done]);
    }
    return true;
  }

  Status write_page() {
    const Status status = writer_.flush();
    if (status != Status::ok) return status;
    policies_.observer.on_progress(writer_.durable(), state_.plan.slot_bytes());
    const bool block_ended = writer_.position() % store_.flash().erase_size() == 0;
    if (phase_ == Phase::last_page) return then(Phase::written, status);
    return then(Checkpoints<Config>::kKept && block_ended ? Phase::block : Phase::body, status);
  }

  /// A block is whole: the journal learns of it. Where its bank fills up, the next one begins with the state.
  Status end_block() {
    bool bank_full = false;
    const Status status = checkpoints_.end_block(writer_.durable(), received_, bank_full);
    return then(bank_full ? Phase::bank_erase : Phase::body, status);
  }

  Status write_state() {
    state_.plan.received = received_;
    state_.plan.written = writer_.position();
    return checkpoints_.write_state(state_);
  }

  Status commit() {
    ModelRecord& model =
        store_.successor(Config::kTrialBoots, state_.plan.security_counter, state_.plan.revoked_keys,
                         static_cast<std::uint16_t>(state_.plan.self_test.view().size()));
    model.length = state_.plan.manifest.target_length;
    model.digest = state_.plan.manifest.target;
    model.version = state_.plan.version;
    return store_.commit();
  }

  /// The step before asked for patch bytes. Takes some, out of the log while there are any, else from the
  /// front of `given`: need_more where that is empty.
  Status take(ConstBytes& given) {
    if (!replaying()) return given.empty() ? Status::need_more : take_front(given, true);
    ConstBytes logged;
    const Status status = checkpoints_.replay(received_, logged);
    return status == Status::ok && !logged.empty() ? take_front(logged, false) : status;
  }

  /// Takes as many bytes from the front of `given`, which has some, as there is room for. `log`: they are new,
  /// and the log is to have them.
  Status take_front(ConstBytes& given, bool log) {
    ConstBytes bytes = given;
    if (phase_ == Phase::manifest) {
      bytes = bytes.first(state_.plan.manifest.body_offset - received_);
      copy_bytes(bytes.data(), state_.body.manifest().data() + received_, bytes.size());
    } else {
      if (!state_.plan.is_format1()) bytes = bytes.first(state_.plan.body_left(received_));
      if (log) bytes = bytes.first(checkpoints_.room());
      std::size_t taken = 0;
      const Status status = sink(bytes, taken);
      if (status != Status::ok) return status;
      if (taken == 0) return Status::body_malformed;
      bytes = ConstBytes(bytes.data(), taken);
      if (log) checkpoints_.log(bytes);
    }
    received_ += static_cast<std::uint32_t>(bytes.size());
    given = ConstBytes(bytes.end(), given.size() - bytes.size());
    return Status::ok;
  }

  Status sink(ConstBytes bytes, std::size_t& taken) {
    std::uint8_t clear[32];
    if (state_.plan.is_encrypted()) {
      const MutableBytes part = MutableBytes(clear).first(bytes.size());
      copy_bytes(bytes, part);
      const Status status = policies_.cipher.decrypt(received_ - state_.plan.manifest.body_offset, part);
      if (status != Status::ok) return status;
      bytes = part;
    }
    taken = state_.body.sink(state_.plan.manifest, bytes);
    return Status::ok;
  }

  /// An error ends the update, but not before the journal knows: a restart would else resume what was
  /// refused.
  Status end_with(Status status) {
    // Flash that failed once is not asked for another record; the next update's first record says as much.
    if (opened_ && is_error(status) && status < Status::read_failed &&
        store_.abandon_update() == Status::would_block) {
      failure_ = status;
      phase_ = Phase::ending;
      return Status::would_block;
    }
    phase_ = Phase::idle;
    policies_.observer.on_end(status);
    return status;
  }

  bool replaying() const { return received_ < checkpoints_.replay_end(); }
  /// Format 1 does not say how long its body is: its decoder knows when to end.
  bool body_ended() const { return !state_.plan.is_format1() && state_.plan.body_left(received_) == 0; }
  /// What was received of the manifest; never more than there is room for.
  ConstBytes front() const { return ConstBytes(state_.body.manifest().data(), received_); }
  const Region& target_slot() const { return store_.slot(store_.inactive_slot()); }

  // Small things first, buffers last: short offsets make short instructions.
  Phase phase_ = Phase::idle;
  Status failure_ = Status::ok;  ///< Why the update is `ending`.
  bool resumed_ = false;         ///< This update goes on where a restart interrupted it.
  bool opened_ = false;          ///< The journal knows of this update.
  bool input_ended_ = false;     ///< The decoder was told that no more bytes come.
  std::uint32_t received_ = 0;   ///< Patch bytes taken, replayed ones included.
  Store& store_;
  Checkpoints<Config> checkpoints_;
  SlotWriter<Flash, Config::kPageSize> writer_;
  Policies policies_;
  UpdateState<Config> state_;
};

}  // namespace tmd
