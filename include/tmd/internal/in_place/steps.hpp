// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/in_place/ring.hpp"
#include "tmd/updater.hpp"

namespace tmd::in_place {

/// The steps of an update in place, from the staged patch to the commit, in the order in which they happen.
///
/// The patch is tried out first, with the ring for what the decoder looks back at: `is_dry_`. Then the same again, and
/// now blocks go home; before each time that some do, the state of it all is kept in the journal.
template <class Config, class Staging>
class Steps : public Updater<Config> {
 protected:
  using Flash = typename Config::Flash;
  using Store = ModelStore<Config>;
  using Digests = typename Config::Digests;

  enum class Step : std::uint8_t {
    idle,
    manifest,
    base,
    open,
    try_out,
    decode,
    digest,
    page,
    block,
    keep,
    home,
    mark,
    verify,
    commit,
  };

  constexpr Steps() = default;

  /// One step on: ok, and the next one follows; else something is in the way.
  Status step() {
    // What was proven, or read to be, is what is there only for as long as nothing was staged since.
    if (staging_->changes() != seen_changes_) {
      seen_changes_ = staging_->changes();
      is_proven_ = false;
      proven_ = 0;
    }
    if (!is_proven_ && (step_ == Step::try_out || step_ == Step::decode)) return prove();
    switch (step_) {
      case Step::manifest:
        return collect_manifest();
      case Step::base:
        return go_to(Step::open, check_base_of(manifest(), *store_));
      case Step::open:
        return open();
      case Step::try_out:
        return start_decoder(Step::decode);
      case Step::decode:
        return decode();
      case Step::digest:
        return add_to_digest();
      case Step::page:
        return write_page();
      case Step::block:
        return end_block();
      case Step::keep:
        return keep();
      case Step::home:
        return go_home();
      case Step::mark:
        return mark();
      case Step::verify:
        return go_to(Step::commit, check_target_of(manifest(), *store_));
      case Step::commit:
        return commit();
      case Step::idle:
        break;
    }
    return Status::wrong_state;
  }

  /// From the first byte of a staged patch on.
  void start_anew() {
    state_.plan = UpdatePlan<Config>{};
    is_dry_ = true;
    is_proven_ = false;
    proven_ = 0;
    step_ = Step::manifest;
    store_->slots().restart();
  }

  /// Goes on with what the journal has of an update that power cut, or an error: ok; read_failed where that can't be
  /// read; model_damaged where this firmware can't go on with it.
  Status load() {
    JournalRecord record;
    JournalRecord found;
    bool is_home = false;
    for (bool more = store_->journal().first(record); more; more = store_->journal().next(record)) {
      if (record.kind == RecordKind::decoder) found = record;
      if (record.kind == RecordKind::blocks) is_home = true;
    }
    Status status = Status::read_failed;
    if (found.kind == RecordKind::decoder) {
      if (found.length != sizeof(state_)) return Status::model_damaged;
      status = store_->journal().read(found, 0, memory_of(state_));
    }
    if (status != Status::ok) return Status::read_failed;
    is_dry_ = is_proven_ = input_ended_ = false;
    proven_ = 0;
    attach_ring();
    ring_.start(plan().written);
    if (is_home) ring_.are_home(home_end());
    // A mark that was torn may read well now and not another time, or the other way round. Where it does it is written
    // again; where it does not the state is kept anew, with which what is left of it counts no more.
    step_ = is_home ? Step::mark : Step::keep;
    if (!is_home && !ring_.holds(home_end())) step_ = after_home();
    set_floor();
    return begin_cipher();
  }

  UpdatePlan<Config>& plan() { return state_.plan; }
  Manifest& manifest() { return state_.plan.manifest; }
  Step after_home() { return is_at_end() ? Step::verify : Step::decode; }
  bool is_at_end() { return ring_.durable() == plan().slot_bytes(); }
  /// Blocks that are home, or as good as home, once what was produced so far has been kept.
  std::uint32_t home_end() {
    const std::uint32_t size = plan().window.block_size;
    return is_at_end() ? (ring_.durable() - 1) / size + 1 : plan().window.blocks_home(ring_.durable() / size);
  }

  Status go_to(Step next, Status status) {
    if (status == Status::ok) step_ = next;
    return status;
  }

  using Base = Updater<Config>;
  using UpdateSteps = tmd::detail::UpdateSteps<Config>;
  using UpdateSteps::input_ended_;
  using UpdateSteps::policies_;
  using UpdateSteps::state_;
  using UpdateSteps::store_;

  Step step_ = Step::idle;
  bool is_dry_ = false;        ///< The patch is being tried out.
  bool is_proven_ = false;     ///< The staged patch is known to be the one that was, or will be, tried out.
  std::uint8_t failures_ = 0;  ///< Since blocks went home the last time.
  Staging* staging_ = nullptr;
  Ring<Flash, Config::kPageSize> ring_;

 private:
  /// What the decoder reads and writes through.
  struct Io {
    Steps& steps;
    Status read_base(std::uint32_t offset, const MutableBytes& out) {
      return steps.store_->port().read(steps.slot().address + offset, out);
    }
    Status read_target(std::uint32_t offset, const MutableBytes& out) {
      return steps.ring_.read(offset, out);
    }
    std::uint32_t room() const { return steps.ring_.room(); }
    void put(std::uint8_t byte) { steps.ring_.put(byte); }
    std::uint32_t read_floor(std::uint32_t) const { return steps.floor_; }
  };

  const Region& slot() const { return store_->slot(SlotId::a); }
  void set_floor() { floor_ = plan().window.floor(ring_.durable()); }
  Digests& digests(bool starts) {
    return store_->slots().lasting_digests(reinterpret_cast<DigestMemory*>(digest_memory_), starts);
  }
  Status pause() { return Config::kWorkPerCall == 0 ? Status::ok : Status::would_block; }

  Status collect_manifest() {
    const MutableBytes memory = state_.body.manifest();
    const std::uint32_t wanted = manifest().body_offset;
    if (wanted > memory.size()) return Status::manifest_too_large;
    if (wanted > staging_->plan().patch_length) return Status::body_truncated;
    Status status = staging_->read(plan().received, memory.first(wanted).from(plan().received));
    if (status != Status::ok) return status;
    plan().received = wanted;
    const ConstBytes front = ConstBytes(memory).first(wanted);
    status = parse_manifest<false>(front, manifest());
    if (status == Status::need_more) return Status::ok;
    if (status != Status::ok) return status;
    status = store_->slots().with_digests([&](Digests& digests) {
      return accept<Config>(policies_.get(), front, store_->snapshot(), slot(), plan(), digests);
    });
    if (status == Status::ok) status = check_kind();
    return go_to(Step::base, status);
  }
  /// Whether it is for a device with one slot, this one.
  Status check_kind() {
    if (plan().window.is_open()) return Status::slots_mismatch;
    if (Config::kTrialBoots != 0) return Status::needs_way_back;
    if (!store_->journal().fits_new_log(sizeof(state_) + kLogSlack)) return Status::invalid_layout;
    if (plan().body_left(0) > staging_->plan().patch_length) return Status::body_truncated;
    return Ring<Flash, Config::kPageSize>::check(store_->port(), slot(), store_->slot(SlotId::b), plan());
  }

  Status open() {
    const Status status = store_->begin_in_place(plan().identity);
    if (status != Status::ok) return status;
    store_->hold();
    attach_ring();
    plan().head = static_cast<std::uint8_t>(store_->snapshot().ring_head % plan().places);
    return go_to(Step::try_out, begin_cipher());
  }
  void attach_ring() {
    ring_.attach(store_->port(), slot(), store_->slot(SlotId::b), store_->writer().idle_page(), plan());
  }
  Status begin_cipher() {
    return plan().is_encrypted() ? policies_.get().cipher.begin(plan().cipher()) : Status::ok;
  }

  /// Before the patch is tried out it is read whole, and its digest kept; before it is applied, and wherever a part of
  /// it came again, the digest must be the same: nothing else goes into a decoder over whose state there is no going
  /// back.
  Status prove() {
    const std::uint32_t staged = staging_->plan().patch_length;
    if (staged != 0 && staged < plan().body_left(0)) return Status::manifest_corrupt;
    Digests& digests = this->digests(proven_ == 0);
    Status status = proven_ == 0 ? digests.begin(manifest().target.kind) : Status::ok;
    while (status == Status::ok && proven_ < plan().body_left(0)) {
      ConstBytes bytes;
      status = staging_->view(proven_, bytes);
      if (status != Status::ok) return status;
      bytes = bytes.first(plan().body_left(0) - proven_);
      digests.update(bytes);
      proven_ += static_cast<std::uint32_t>(bytes.size());
      if (proven_ != plan().body_left(0)) status = pause();
    }
    if (status != Status::ok) return status;
    proven_ = 0;
    const Digest found = digests.finish();
    if (step_ == Step::try_out) plan().patch = found;
    is_proven_ = found == plan().patch;
    return is_proven_ ? Status::ok : Status::manifest_corrupt;
  }

  Status start_decoder(Step next) {
    plan().received = manifest().body_offset;
    plan().written = 0;
    plan().forget_places();
    input_ended_ = false;
    ring_.start(0);
    set_floor();
    if (is_dry_) {
      const Status status = digests(true).begin(manifest().target.kind);
      if (status != Status::ok) return status;
    }
    return go_to(next, state_.body.start(manifest()));
  }

  Status decode() {
    tmd::detail::Shareable<Io, true> io(*this);
    const Status status = state_.body.poll(manifest(), io.shared());
    if (status == Status::need_more) return take();
    if (status == Status::ready_to_finish) {
      if (!plan().is_body_whole(plan().received)) return Status::body_malformed;
      put_trailer();
      return go_to(Step::digest, Status::ok);
    }
    return go_to(Step::digest, status);
  }
  /// What is kept behind the target, as far as the page has room for it.
  void put_trailer() {
    const ConstBytes trailer = plan().trailer.view();
    std::uint32_t done = ring_.position() - manifest().target_length;
    for (; done < trailer.size() && ring_.room() != 0; ++done) ring_.put(trailer[done]);
  }

  /// Gives the decoder staged bytes of the body.
  Status take() {
    if (plan().is_body_whole(plan().received)) {
      if (input_ended_) return Status::body_malformed;
      state_.body.end_of_input();
      input_ended_ = true;
      return Status::ok;
    }
    ConstBytes bytes;
    const Status status = staging_->view(plan().received, bytes);
    if (status != Status::ok) return status;
    bytes = bytes.first(plan().body_left(plan().received));
    std::uint8_t clear[32];
    if (plan().is_encrypted()) {
      const MutableBytes part = MutableBytes(clear).first(bytes.size());
      copy_bytes(bytes, part);
      const Status decrypted = policies_.get().cipher.decrypt(plan().received - manifest().body_offset, part);
      if (decrypted != Status::ok) return decrypted;
      bytes = part;
    }
    const std::size_t taken = state_.body.sink(manifest(), bytes);
    plan().received += static_cast<std::uint32_t>(taken);
    return taken == 0 ? Status::body_malformed : Status::ok;
  }

  Status add_to_digest() {
    const std::uint32_t start = ring_.durable();
    if (is_dry_ && start < manifest().target_length)
      digests(false).update(ring_.page().first(manifest().target_length - start));
    return go_to(Step::page, Status::ok);
  }
  Status write_page() {
    const Status status = ring_.flush();
    if (status != Status::ok) return status;
    if (!is_dry_) policies_.get().observer.on_progress(ring_.durable(), plan().slot_bytes());
    step_ = ring_.begins_block() || is_at_end() ? Step::block : Step::decode;
    return step_ == Step::decode ? pause() : Status::ok;
  }

  /// A block is whole.
  Status end_block() {
    const std::uint32_t size = plan().window.block_size;
    const std::uint32_t last = (ring_.durable() - 1) % size + 1;
    const Status status = ring_.end_block(last);
    if (status != Status::ok) return status;
    set_floor();
    if (is_dry_) return is_at_end() ? end_trial() : pause_at(Step::decode);
    if (ring_.holds(home_end())) return go_to(Step::keep, Status::ok);
    return go_to(after_home(), Status::ok);
  }
  Status pause_at(Step next) {
    step_ = next;
    return pause();
  }

  /// All of the patch was tried out: does it give the target?
  Status end_trial() {
    if (digests(false).finish() != manifest().target) return Status::target_mismatch;
    is_dry_ = false;
    return start_decoder(Step::keep);
  }

  /// From here on the journal knows how to go on from here; at the beginning, that there is no model from now on.
  Status keep() {
    plan().written = ring_.durable();
    const Status status = store_->keep_in_place(plan().written, memory_of(state_), plan().head);
    return go_to(ring_.holds(home_end()) ? Step::home : after_home(), status);
  }
  Status go_home() {
    const Status status = ring_.go_home(home_end(), plan().slot_bytes());
    return go_to(is_at_end() ? Step::verify : Step::mark, status);
  }
  /// The ring may be written to again. Where many restarts filled the log up, the state is kept anew instead: now
  /// nothing of it has to go home.
  Status mark() {
    const Status status = store_->journal().append(RecordKind::blocks, home_end(), ConstBytes());
    if (status == Status::ok) failures_ = 0;
    return status == Status::journal_full ? go_to(Step::keep, Status::ok) : go_to(after_home(), status);
  }

  Status commit() {
    const Status status = UpdateSteps::commit();
    return status == Status::ok ? Status::ready_to_finish : status;
  }

  /// Of the log, behind the updater's state: the store's own, and marks.
  static constexpr std::uint32_t kLogSlack = 768;

  using DigestMemory = typename Slots<Config>::Source::Memory;

  std::uint32_t floor_ = 0;         ///< What lies before it, in base and target, may be gone.
  std::uint32_t proven_ = 0;        ///< Bytes of the staged patch that were read for its digest.
  std::uint32_t seen_changes_ = 0;  ///< The staging area's, when these were read.
  alignas(DigestMemory) std::uint8_t digest_memory_[sizeof(DigestMemory)] = {};
};

}  // namespace tmd::in_place
