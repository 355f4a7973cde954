// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>

#include "tmd/format/format1_body.hpp"
#include "tmd/store/model_store.hpp"
#include "tmd/updater/acceptance.hpp"
#include "tmd/updater/config.hpp"
#include "tmd/updater/patch_log.hpp"
#include "tmd/updater/slot_writer.hpp"

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
/// update
/// (`wrong_state` until the next `begin` or `resume`); the active model and the journal stay usable.
/// `would_block`: the flash is busy and nothing is lost; give the rest of the bytes again later.
/// All state is in this object: no heap, no recursion. `sizeof` it to know the RAM.
template <class Config>
class Updater {
 public:
  using Flash = typename Config::Flash;
  using Digests = typename Config::Digests;
  using Store = ModelStore<Flash, Digests>;

  /// The policies that have state of their own: keys, limits, log sinks.
  struct Policies {
    typename Config::Authentication authentication;
    typename Config::Cipher cipher;
    typename Config::Freshness freshness;
    typename Config::Limits limits;
    typename Config::Observer observer;
  };

  explicit Updater(Store& store) : Updater(store, Policies{}) {}
  Updater(Store& store, const Policies& policies)
      : store_(store), policies_(policies), log_(store.journal()), writer_(store.flash()) {}

  /// Starts a new update; what an interrupted one had is given up as soon as the new patch's manifest is
  /// accepted. ok; trial_pending where the active model waits for `confirm`.
  [[nodiscard]] Status begin() {
    if (store_.snapshot().state == ModelState::trial) return Status::trial_pending;
    phase_ = Phase::manifest;
    resumed_ = opened_ = input_ended_ = false;
    received_ = replay_end_ = marked_ = 0;
    needed_ = 1;
    plan_ = Plan{};
    progress_ = UpdateProgress();
    return Status::ok;
  }

  /// Goes on with the update that a restart interrupted: feed patch bytes from `resume_offset()` on.
  /// ok; not_found where there is none, or where this configuration keeps no checkpoints: `begin` then.
  [[nodiscard]] Status resume() {
    if (!kKeepsCheckpoints || !store_.snapshot().updating) return Status::not_found;
    const UpdateProgress found = log_.find_progress();
    if (found.log_end == 0) return Status::not_found;
    const Status status = begin();
    if (status != Status::ok) return status;
    progress_ = found;
    replay_end_ = found.log_end;
    marked_ = found.durable;
    resumed_ = opened_ = true;
    return found.has_state ? load_plan() : Status::ok;
  }

  /// The same, only if it is this patch that was interrupted: `identity` is the CRC-32 of the manifest of the
  /// patch on offer, as `tmd inspect` prints it. not_found for another one.
  [[nodiscard]] Status resume(std::uint32_t identity) {
    return store_.snapshot().update_identity == identity ? resume() : Status::not_found;
  }

  /// Patch bytes before this offset need not be sent again.
  std::uint32_t resume_offset() const { return received_ > replay_end_ ? received_ : replay_end_; }

  /// Takes patch bytes. need_more; complete: call `finish`; would_block; else the update has ended with that
  /// error.
  [[nodiscard]] FeedResult feed(ConstBytes bytes) {
    if (phase_ == Phase::idle || phase_ == Phase::proven) return {Status::wrong_state, 0};
    FeedResult result;
    do {
      result.status = advance();
      if (result.status != Status::need_more) break;
      if (replaying()) {
        result.status = replay();
      } else if (result.consumed < bytes.size()) {
        std::size_t taken = 0;
        result.status = take(bytes.from(result.consumed), kLogged, taken);
        result.consumed += taken;
      }
    } while (result.status == Status::ok);
    if (result.status == Status::complete && result.consumed < bytes.size())
      result.status = Status::body_overlong;
    if (is_error(result.status)) result.status = end_with(result.status);
    return result;
  }

  /// Takes patch bytes that say where they belong, as they come from links that repeat or lose packets.
  /// Bytes before `resume_offset()` are skipped; offset_gap, with nothing taken, where bytes are missing
  /// before them.
  [[nodiscard]] FeedResult feed_at(std::uint32_t patch_offset, ConstBytes bytes) {
    if (phase_ == Phase::idle) return {Status::wrong_state, 0};
    if (patch_offset > resume_offset()) return {Status::offset_gap, 0};
    const std::size_t known = bytes.first(resume_offset() - patch_offset).size();
    FeedResult result = feed(bytes.from(known));
    result.consumed += known;
    return result;
  }

  /// Proves the target and switches to it. ok; would_block; body_truncated where patch bytes are still
  /// missing (the update stays open); target_mismatch, read_failed and journal errors end it.
  [[nodiscard]] Status finish() {
    if (phase_ == Phase::idle) return Status::wrong_state;
    if (phase_ != Phase::proven) {
      const Status fed = feed(ConstBytes()).status;
      if (fed != Status::complete) return fed == Status::need_more ? Status::body_truncated : fed;
      const Status status = prove();
      if (status != Status::ok) return end_with(status);
      phase_ = Phase::proven;
    }
    const Status status = commit();
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
    block,
    bank_erase,
    bank_state,
    bank_snapshot,
    last_page,
    written,
    proven,
  };

  static constexpr std::uint32_t kCipherEntrySize =
      std::is_same<typename Config::Cipher, NoCipher>::value
          ? 1
          : 1 + CipherEntry::kBlockSize + CipherEntry::kMaxIdentifier;

  /// What is known of the update in progress; with the decoder it is what a checkpoint holds.
  struct Plan {
    std::uint32_t received;  ///< Patch bytes. First, because the log reads it.
    std::uint32_t written;   ///< Target bytes. Second, likewise.
    std::uint32_t identity;  ///< CRC-32 of the manifest.
    Manifest manifest;
    ModelVersion version;
    std::uint32_t security_counter;
    std::uint32_t revoked_keys;
    std::uint8_t cipher_entry_size;
    std::uint8_t cipher_entry[kCipherEntrySize];
  };

  /// The manifest's bytes are needed only until the decoder begins.
  union Workspace {
    Workspace() : manifest() {}
    std::uint8_t manifest[Config::kManifestSize];
    typename Config::Decoder decoder;
    format1::Body body1;
  };
  static_assert(std::is_trivially_copyable<typename Config::Decoder>::value,
                "a Decoder is trivially copyable: its state is written to the journal as it lies in memory");
  static_assert(sizeof(Workspace) + sizeof(Plan) <= 0xFFFF,
                "a checkpoint is one record of at most 65,535 bytes");
  static_assert(Config::kPageSize % kMaxProgramSize == 0,
                "a page is a multiple of 32 bytes, the largest program unit");
  static_assert(check_flash_policy<Flash>() &&
                    check_authentication_policy<typename Config::Authentication>() &&
                    check_cipher_policy<typename Config::Cipher>() &&
                    check_freshness_policy<typename Config::Freshness>() &&
                    check_observer_policy<typename Config::Observer>(),
                "");

  static constexpr bool kKeepsCheckpoints = Config::kCheckpointInterval != 0;
  static constexpr bool kLogged = true;
  static constexpr bool kReplayed = false;
  static constexpr std::uint32_t kStateSize = sizeof(Plan) + sizeof(Workspace);

  /// What the decoders read and write through.
  struct Io {
    Updater& updater;
    Status read_base(std::uint32_t offset, MutableBytes out) {
      return updater.store_.flash().read(updater.store_.active().region.address + offset, out);
    }
    Status read_target(std::uint32_t offset, MutableBytes out) { return updater.writer_.read(offset, out); }
    std::uint32_t room() const { return updater.writer_.room(); }
    void put(std::uint8_t byte) { updater.writer_.put(byte); }
  };

  /// Goes on until patch bytes are wanted (need_more), all is written (complete), or something is in the way.
  Status advance() {
    Status status = Status::ok;
    while (status == Status::ok) status = step();
    return status;
  }

  Status step() {
    switch (phase_) {
      case Phase::manifest:
        return collect_manifest();
      case Phase::base:
        return check_base();
      case Phase::open:
        return open_slot();
      case Phase::log_manifest:
        return log_manifest();
      case Phase::decoder:
        return start_decoder();
      case Phase::body:
        return decode();
      case Phase::page:
        return write_page();
      case Phase::block:
        return mark_block();
      case Phase::bank_erase:
        return then(Phase::bank_state, store_.journal().open_bank());
      case Phase::bank_state:
        return then(Phase::bank_snapshot, write_state());
      case Phase::bank_snapshot:
        return then(Phase::body, finish_bank());
      case Phase::last_page:
        return then(Phase::written, flush_page());
      case Phase::written:
        return Status::complete;
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
    if (received_ < needed_) return Status::need_more;
    const ManifestProgress parsed = parse_manifest(front(), Config::kFormat1, plan_.manifest);
    if (parsed.status == Status::need_more) {
      needed_ = parsed.needed;
      return needed_ <= Config::kManifestSize ? Status::ok : Status::manifest_too_large;
    }
    return parsed.status == Status::ok ? then(Phase::base, accept_manifest()) : parsed.status;
  }

  /// Everything that can be said of a patch without reading or writing flash.
  Status accept_manifest() {
    const Snapshot& known = store_.snapshot();
    const Manifest& manifest = plan_.manifest;
    Status status = check_origin(policies_.authentication, front(), manifest, known);
    if (status != Status::ok) return status;
    if (manifest.target.kind < Config::kWeakestDigest) return Status::digest_too_weak;
    AcceptedEntries accepted;
    status = check_entries(policies_.authentication, policies_.limits, policies_.freshness, front(), manifest,
                           known, accepted);
    if (status != Status::ok) return status;
    if (manifest.target_length > target_slot().size) return Status::target_too_large;
    if (manifest.encrypted && accepted.cipher.size() > sizeof(plan_.cipher_entry))
      return Status::unsupported_algorithm;
    copy_bytes(accepted.cipher, MutableBytes(plan_.cipher_entry));
    plan_.cipher_entry_size =
        static_cast<std::uint8_t>(accepted.cipher.first(sizeof(plan_.cipher_entry)).size());
    plan_.version = accepted.claims.version;
    plan_.security_counter = accepted.claims.security_counter;
    plan_.revoked_keys = accepted.revoked_keys;
    plan_.identity = Crc32::of(front());
    return is_format1() ? Status::ok : Config::Decoder::check(manifest.codec_parameters);
  }

  /// The last look before anything is written: is the active model this patch's base?
  Status check_base() {
    const Manifest& manifest = plan_.manifest;
    const Region base = store_.active().region;
    if (base.size != manifest.base_length) return Status::wrong_base_length;
    if (manifest.base.kind != DigestKind::none) {
      Digest digest;
      const Status status = digest_of_flash<Digests>(store_.flash(), base, manifest.base.kind, digest);
      if (status != Status::ok) return status;
      if (digest != manifest.base) return Status::wrong_base;
    }
    if (!manifest.encrypted) return then(Phase::open, Status::ok);
    return then(Phase::open,
                policies_.cipher.begin(ConstBytes(plan_.cipher_entry).first(plan_.cipher_entry_size)));
  }

  /// From here on the journal says that the inactive slot is being written. A resumed update first repeats
  /// how far it came, so that what it goes on from cannot change its mind at the next restart.
  Status open_slot() {
    Status status = Status::ok;
    if (resumed_) {
      status = append_blocks(progress_.durable);
      if (status == Status::journal_full) status = Status::ok;
    } else {
      status = store_.begin_update(plan_.identity);
    }
    if (status != Status::ok) return status;
    opened_ = true;
    if (kKeepsCheckpoints) log_.start(resumed_ ? resume_offset() : 0);
    return then(resumed_ ? Phase::decoder : Phase::log_manifest, Status::ok);
  }

  Status log_manifest() {
    return then(Phase::decoder, kKeepsCheckpoints ? log_.write(front(), Snapshot::kSize) : Status::ok);
  }

  Status start_decoder() {
    const Manifest& manifest = plan_.manifest;
    const bool may_compare = store_.snapshot().inactive_settled && (!kKeepsCheckpoints || state_fits());
    Status status = writer_.begin(target_slot(), plan_.written, may_compare, resumed_, progress_.durable);
    if (status != Status::ok) return status;
    if (progress_.has_state) {
      status = store_.journal().read(progress_.state.payload_address + sizeof(Plan), workspace_bytes());
    } else if (is_format1()) {
      (new (&workspace_.body1) format1::Body())
          ->begin(manifest.chunk_count, manifest.base_length, manifest.target_length);
    } else {
      status = (new (&workspace_.decoder) typename Config::Decoder())
                   ->begin(manifest.codec_parameters, manifest.base_length, manifest.target_length);
    }
    block_started_ = received_;
    return then(Phase::body, status);
  }

  Status decode() {
    Io io{*this};
    const Status status = is_format1() ? workspace_.body1.poll(io) : workspace_.decoder.poll(io);
    if (status == Status::ok) return then(Phase::page, status);
    if (status == Status::complete) {
      return is_format1() || body_ended() ? then(Phase::last_page, Status::ok) : Status::body_malformed;
    }
    if (status != Status::need_more) return status;
    if (!is_format1() && body_ended()) {
      if (input_ended_) return Status::body_malformed;
      workspace_.decoder.end_of_input();
      input_ended_ = true;
      return Status::ok;
    }
    if (!replaying() && log_.room() == 0) return log_.flush(Snapshot::kSize);
    return Status::need_more;
  }

  Status write_page() {
    const Status status = flush_page();
    if (status != Status::ok) return status;
    const bool block_ended = writer_.position() % store_.flash().erase_size() == 0;
    return then(kKeepsCheckpoints && block_ended ? Phase::block : Phase::body, status);
  }

  Status flush_page() {
    const Status status = writer_.flush();
    if (status == Status::ok) policies_.observer.on_progress(writer_.durable(), plan_.manifest.target_length);
    return status;
  }

  /// A block is whole: the journal learns of it. Where the bank fills up, the next one begins with a
  /// checkpoint.
  Status mark_block() {
    Status status = Status::ok;
    if (writer_.durable() > marked_) status = append_blocks(writer_.durable());
    if (status != Status::ok && status != Status::journal_full) return status;
    if (status == Status::ok) marked_ = writer_.durable();
    const bool full = status == Status::journal_full || log_.stalled() || !room_for_another_block();
    const bool change = full && !replaying() && state_fits();
    block_started_ = received_;
    return then(change ? Phase::bank_erase : Phase::body, Status::ok);
  }

  Status write_state() {
    plan_.received = received_;
    plan_.written = writer_.position();
    const ConstBytes plan(reinterpret_cast<const std::uint8_t*>(&plan_), sizeof(Plan));
    return store_.journal().append(RecordKind::state, Payload{{plan, workspace_bytes(), ConstBytes()}});
  }

  Status finish_bank() {
    const Status status = store_.rewrite();
    if (status == Status::ok) log_.start(received_);
    return status;
  }

  Status prove() {
    Digest& declared = plan_.manifest.target;
    const Region target{target_slot().address, plan_.manifest.target_length};
    const DigestKind kind = declared.kind == DigestKind::none ? DigestKind::crc32 : declared.kind;
    Digest digest;
    const Status status = digest_of_flash<Digests>(store_.flash(), target, kind, digest);
    if (status != Status::ok) return status;
    if (declared.kind != DigestKind::none && digest != declared) return Status::target_mismatch;
    declared = digest;
    return Status::ok;
  }

  Status commit() {
    ModelRecord model;
    model.length = plan_.manifest.target_length;
    model.digest = plan_.manifest.target;
    model.version = plan_.version;
    return store_.commit(model, Config::kTrialBoots, plan_.security_counter, plan_.revoked_keys);
  }

  /// Takes patch bytes from the front of what is given; the steps above asked for them.
  Status take(ConstBytes bytes, bool logged, std::size_t& taken) {
    if (phase_ == Phase::manifest) {
      taken = bytes.first(needed_ - received_).size();
      copy_bytes(bytes.first(taken), MutableBytes(workspace_.manifest).slice(received_, taken));
    } else {
      std::size_t count = bytes.size();
      if (!is_format1() && count > body_left()) count = body_left();
      if (logged && count > log_.room()) count = log_.room();
      const Status status = sink(bytes.first(count), taken);
      if (status != Status::ok) return status;
      if (taken == 0) return Status::body_malformed;
      if (logged) log_.add(bytes.first(taken));
    }
    received_ += static_cast<std::uint32_t>(taken);
    return Status::ok;
  }

  Status sink(ConstBytes bytes, std::size_t& taken) {
    if (is_format1()) {
      taken = workspace_.body1.sink(bytes);
    } else if (!plan_.manifest.encrypted) {
      taken = workspace_.decoder.sink(bytes);
    } else {
      std::uint8_t clear[32] = {};
      const MutableBytes part = MutableBytes(clear).first(bytes.size());
      copy_bytes(bytes, part);
      const Status status = policies_.cipher.decrypt(received_ - plan_.manifest.body_offset, part);
      if (status != Status::ok) return status;
      taken = workspace_.decoder.sink(part);
    }
    return Status::ok;
  }

  /// Takes logged patch bytes in place of the radio's.
  Status replay() {
    std::uint8_t chunk[32] = {};
    std::size_t count = 0;
    Status status = log_.replay(received_, MutableBytes(chunk).first(replay_end_ - received_), count);
    if (status != Status::ok) return status;
    if (count == 0) {
      replay_end_ = received_;
      log_.start(received_);
      return Status::ok;
    }
    std::size_t taken = 0;
    return take(ConstBytes(chunk, count), kReplayed, taken);
  }

  Status load_plan() {
    if (progress_.state.payload_length != kStateSize) return Status::not_found;
    const Status status = store_.journal().read(
        progress_.state.payload_address, MutableBytes(reinterpret_cast<std::uint8_t*>(&plan_), sizeof(Plan)));
    if (status != Status::ok) return status;
    received_ = plan_.received;
    return then(Phase::base, Status::ok);
  }

  Status append_blocks(std::uint32_t durable) {
    std::uint8_t bytes[4] = {};
    store_le32(bytes, durable);
    return store_.journal().append(RecordKind::blocks,
                                   Payload{{ConstBytes(bytes), ConstBytes(), ConstBytes()}});
  }

  /// Whether the bank can log as many patch bytes as the last block took, twice over, in records with their
  /// frames.
  bool room_for_another_block() {
    std::uint32_t room = 0;
    if (store_.journal().room(Snapshot::kSize, room) != Status::ok) return true;
    return room / 4 >= received_ - block_started_ + Config::kCheckpointInterval;
  }

  Status end_with(Status status) {
    // Flash that failed once is not asked for another record; the next update's first record says as much.
    if (opened_ && is_error(status) && status < Status::read_failed) (void)store_.abandon_update();
    phase_ = Phase::idle;
    policies_.observer.on_end(status);
    return status;
  }

  bool is_format1() const { return plan_.manifest.version == kFormat1; }
  bool replaying() const { return received_ < replay_end_; }
  std::uint32_t body_left() const {
    return plan_.manifest.body_offset + plan_.manifest.body_length - received_;
  }
  bool body_ended() const { return body_left() == 0; }
  bool state_fits() const { return store_.journal().fits_fresh_bank(kStateSize, Snapshot::kSize); }
  ConstBytes front() const { return ConstBytes(workspace_.manifest).first(received_); }
  MutableBytes workspace_bytes() {
    return MutableBytes(reinterpret_cast<std::uint8_t*>(&workspace_), sizeof(Workspace));
  }
  Region target_slot() const { return store_.layout().slot(store_.inactive_slot()); }

  Store& store_;
  Policies policies_;
  PatchLog<Flash, kKeepsCheckpoints ? Config::kCheckpointInterval : 1> log_;
  SlotWriter<Flash, Config::kPageSize> writer_;
  Workspace workspace_;
  Plan plan_{};
  UpdateProgress progress_;
  Phase phase_ = Phase::idle;
  bool resumed_ = false;             ///< This update goes on where a restart interrupted it.
  bool opened_ = false;              ///< The journal knows of this update.
  bool input_ended_ = false;         ///< The decoder was told that no more bytes come.
  std::uint32_t received_ = 0;       ///< Patch bytes taken, replayed ones included.
  std::uint32_t needed_ = 0;         ///< Patch bytes that the manifest takes, as far as it is known.
  std::uint32_t replay_end_ = 0;     ///< Patch bytes that the journal holds.
  std::uint32_t marked_ = 0;         ///< Target bytes that the journal knows to be durable.
  std::uint32_t block_started_ = 0;  ///< Patch bytes taken when the present erase block began.
};

}  // namespace tmd
