// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/in_place/decoding.hpp"

namespace tmd::in_place {

/// The steps of an update in place, from the staged patch to the commit, in the order in which they happen.
///
/// The patch is tried out first, with the ring for what the decoder looks back at: `is_dry`. Then the same again, and
/// now blocks go home; before each time that some do, the state of it all is kept in the journal, the first time as the
/// point of no return. A target whose trial has failed is taken back by the same steps, with the second body of the
/// patch that brought it.
template <class Config, class Staging>
class Steps : public Decoding<Config, Staging> {
 protected:
  using Base = Decoding<Config, Staging>;
  using Base::kTakesBack;

  enum class Step : std::uint8_t {
    idle,
    manifest,
    base,
    open,
    way_back,
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
    // What was tried out may be another patch by now; and a digest at a time is all that there is memory for.
    if (this->notice_staging() && !store_->is_being_overwritten()) start_anew();
    if (!work().is_proven && is_proof_needed()) return prove();
    switch (step_) {
      case Step::manifest:
        return collect_manifest();
      case Step::base:
        return go_to(Step::open, check_base_of(manifest(), *store_));
      case Step::open:
        return open();
      case Step::way_back:
        return check_way_back();
      case Step::try_out:
        return start_decoder();
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
    this->rewind();
    work().is_dry = true;
    step_ = Step::manifest;
  }

  /// What the journal has of an update that is under way: as `load`. `is_home`: what it says waits in the ring is home.
  Status read_state(bool& is_home) {
    JournalRecord record;
    JournalRecord found;
    for (bool more = store_->journal().first(record); more; more = store_->journal().next(record)) {
      if (record.kind == RecordKind::decoder) found = record;
      if (record.kind == RecordKind::blocks) is_home = true;
    }
    if (found.kind != RecordKind::decoder) return Status::read_failed;
    if (found.length != sizeof(state_) || found.number != state_.kFormat) return Status::model_damaged;
    const Status status = store_->journal().read(found, 0, memory_of(state_));
    return status == Status::ok ? status : Status::read_failed;
  }

  /// Goes on with what the journal has of an update that power cut, or an error: ok; read_failed where that can't be
  /// read; model_damaged where this firmware can't go on with it.
  Status load() {
    this->rewind();
    bool is_home = false;
    const Status status = read_state(is_home);
    if (status != Status::ok) return status;
    work().is_dry = input_ended_ = false;
    attach_ring();
    ring().keep_from(0);
    ring().start(plan().written);
    if (is_home) ring().are_home(home_end());
    // A mark that was torn may read well now and not another time, or the other way round. Where it does it is written
    // again; where it does not the state is kept anew, with which what is left of it counts no more.
    step_ = is_home ? Step::mark : Step::keep;
    if (!is_home && !ring().holds(home_end())) step_ = after_home();
    set_floor();
    return this->begin_cipher();
  }

  /// Compiled once, as `digests`: with it 44 bytes less of code on a Cortex-M4.
  [[gnu::noinline]] Step after_home() { return is_at_end() ? Step::verify : Step::decode; }
  bool is_at_end() { return ring().durable() == plan().slot_bytes(); }
  /// Blocks that are home, or as good as home, once what was produced so far has been kept.
  std::uint32_t home_end() {
    const std::uint32_t size = plan().window.block_size;
    return is_at_end() ? (ring().durable() - 1) / size + 1
                       : plan().window.blocks_home(ring().durable() / size);
  }

  Status go_to(Step next, Status status) {
    if (status == Status::ok) step_ = next;
    return status;
  }

  using UpdateSteps = tmd::detail::UpdateSteps<Config>;
  using Base::manifest;
  using Base::plan;
  using Base::policies_;
  using Base::ring;
  using Base::set_floor;
  using Base::staging_;
  using Base::state_;
  using Base::store_;
  using Base::work;
  using UpdateSteps::input_ended_;

  Step step_ = Step::idle;
  std::uint8_t failures_ = 0;  ///< Since a state was about to be kept the last time.

 private:
  Status collect_manifest() {
    ConstBytes front;
    Status status = this->read_manifest(front);
    if (status == Status::need_more) return Status::ok;
    if constexpr (kTakesBack) {
      if (store_->is_returning()) return go_to(Step::base, admit_back(status, front));
    }
    if (status == Status::ok) status = this->admit(front);
    return go_to(Step::base, status);
  }
  /// Whatever is wrong with what is staged: it is not the patch that brought the target.
  Status admit_back(Status status, const ConstBytes& front) {
    if (status == Status::ok) return Base::admit_back(front);
    const bool is_elsewhere =
        status < Status::not_a_patch || status == Status::not_found || is_flash_error(status);
    return is_elsewhere ? status : Status::manifest_corrupt;
  }

  Status open() {
    const Status status = store_->begin_in_place(plan().identity, plan().security_counter);
    if (status != Status::ok) return status;
    store_->hold();
    attach_ring();
    ring().keep_from(RingMap<true>::kNoBlock);
    plan().head = static_cast<std::uint8_t>(store_->snapshot().ring_head % plan().places);
    const bool brings_way_back = kTakesBack && !plan().is_back;
    return go_to(brings_way_back ? Step::way_back : Step::try_out, this->begin_cipher());
  }
  void attach_ring() {
    ring().attach(store_->port(), this->slot(), store_->snapshot().settled_of(SlotId::a),
                  store_->slot(SlotId::b), store_->writer().idle_page(), plan());
  }

  /// Nothing of a patch that is to be taken back is believed before it is proven.
  bool is_proof_needed() {
    return step_ == Step::open || step_ == Step::decode || (plan().is_back && step_ == Step::base);
  }
  /// Before anything is written for the patch it is read whole, and its digest kept: one that lacks a fragment wears
  /// nothing. Before it is applied, or its target taken back, and wherever a part of it came again, the digest must be
  /// the same: nothing else goes into a decoder over whose state there is no going back.
  Status prove() {
    const std::uint32_t staged = staging_->plan().patch_length;
    if (staged != 0 && staged < this->end_of_patch()) return Status::manifest_corrupt;
    const bool is_first = step_ == Step::open && !plan().is_back;
    const DigestKind kind = is_first ? manifest().target.kind : plan().patch.kind;
    const Status status = this->digest_staged(kind, 0, this->end_of_patch(), false);
    if (status != Status::ok) return status;
    const Digest found = this->digests(false).finish();
    if (is_first) {
      plan().patch = found;
      plan().keep_patch(found);
    }
    work().is_proven = found == plan().patch;
    return work().is_proven ? Status::ok : Status::manifest_corrupt;
  }
  /// The second body can't be tried out before its base, the target, is there; but it is the one that was signed.
  Status check_way_back() {
    if constexpr (kTakesBack) {
      const Digest& signed_digest = plan().way_back.body;
      const Status status =
          this->digest_staged(signed_digest.kind, this->end_of_body(), this->end_of_patch(), true);
      if (status != Status::ok) return status;
      if (this->digests(false).finish() != signed_digest) return Status::target_mismatch;
    }
    return go_to(Step::try_out, Status::ok);
  }

  Status start_decoder() {
    plan().received = manifest().body_offset;
    plan().written = 0;
    // What the ring has from then on need not be written again in earnest.
    if (work().is_dry && !ring().is_missing()) plan().forget_places();
    input_ended_ = false;
    ring().start(0);
    set_floor();
    if (work().is_dry) {
      const Status status = this->digests(true).begin(manifest().target.kind);
      if (status != Status::ok) return status;
    }
    return go_to(Step::decode, state_.body.start(manifest()));
  }

  Status decode() {
    tmd::detail::Shareable<typename Base::Io, true> io(*this);
    const Status status = state_.body.poll(manifest(), io.shared());
    if (ring().is_missing()) return start_decoder();
    if (status == Status::need_more) return this->take();
    if (status == Status::ready_to_finish) {
      if (!plan().is_body_whole(plan().received)) return Status::body_malformed;
      this->put_trailer();
      return go_to(Step::digest, Status::ok);
    }
    return go_to(Step::digest, status);
  }
  Status add_to_digest() {
    const std::uint32_t start = ring().durable();
    if (work().is_dry && start < manifest().target_length)
      this->digests(false).update(ring().page().first(manifest().target_length - start));
    return go_to(Step::page, Status::ok);
  }
  Status write_page() {
    const Status status = ring().flush(plan().slot_bytes());
    if (status != Status::ok) return status;
    if (!work().is_dry) policies_.get().observer.on_progress(ring().durable(), plan().slot_bytes());
    step_ = ring().begins_block() || is_at_end() ? Step::block : Step::decode;
    return step_ == Step::decode ? this->pause() : Status::ok;
  }

  /// A block is whole.
  Status end_block() {
    const std::uint32_t size = plan().window.block_size;
    const std::uint32_t last = (ring().durable() - 1) % size + 1;
    const Status status = ring().end_block(last);
    if (status != Status::ok) return status;
    set_floor();
    if (work().is_dry) return is_at_end() ? end_trial() : pause_at(Step::decode);
    // Where nothing changes there is no model either while the journal is told of the target.
    const bool is_first = is_at_end() && !store_->is_being_overwritten();
    if (!is_first && !ring().holds(home_end())) return pause_at(after_home());
    failures_ = 0;  // It got further than the state that it went on from.
    return go_to(Step::keep, Status::ok);
  }
  Status pause_at(Step next) {
    step_ = next;
    return this->pause();
  }

  /// All of the patch was tried out: does it give the target?
  Status end_trial() {
    if (this->digests(false).finish() != manifest().target) return Status::target_mismatch;
    work().is_dry = false;
    ring().keep_from(0);
    return start_decoder();
  }

  /// From here on the journal knows how to go on from here; the first time, that there is no model from now on.
  Status keep() {
    plan().written = ring().durable();
    Status status =
        store_->keep_in_place(state_.kFormat, memory_of(state_), plan().head, kept_for_way_back());
    // Without a place for it the update ends from RAM, while there is power: there is no model to be spared. But what
    // was only found to say so may not be there at the next start, where an older state calls this slot whole.
    if (status == Status::journal_worn && store_->is_being_overwritten())
      status = store_->journal().restore_state();
    return go_to(ring().holds(home_end()) ? Step::home : after_home(), status);
  }
  KeptForWayBack kept_for_way_back() {
    KeptForWayBack kept;
    if constexpr (kTakesBack) kept = {plan().kept_facts_size, Crc32::of(plan().kept())};
    return kept;
  }
  Status go_home() {
    const Status status = ring().go_home(home_end(), plan().slot_bytes());
    return go_to(is_at_end() ? Step::verify : Step::mark, status);
  }
  /// The ring may be written to again. Where many restarts filled the log up, the state is kept anew instead: now
  /// nothing of it has to go home.
  Status mark() {
    const Status status = store_->journal().append(RecordKind::blocks, home_end(), ConstBytes());
    return status == Status::journal_full ? go_to(Step::keep, Status::ok) : go_to(after_home(), status);
  }

  Status commit() {
    const auto& trailer = plan().trailer;
    const Status status = plan().is_back
                              ? store_->take_back({trailer.facts_size, trailer.crc()}, plan().slot_bytes())
                              : UpdateSteps::commit();
    return status == Status::ok ? Status::ready_to_finish : status;
  }
};

}  // namespace tmd::in_place
