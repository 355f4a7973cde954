// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/update/acceptance.hpp"
#include "tmd/internal/update/body_decoder.hpp"
#include "tmd/internal/update/late.hpp"
#include "tmd/internal/update/patch_input.hpp"
#include "tmd/internal/update/plan.hpp"
#include "tmd/internal/update/shared_io.hpp"
#include "tmd/model_store.hpp"

namespace tmd::detail {

/// The steps of an update, from the first byte of its manifest to the commit, in the order in which they happen. The
/// Updater says who may take them, and when.
template <class Config>
class UpdateSteps {
 protected:
  using Store = ModelStore<Config>;

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
    log,
    written,
    verified,
    ending,
  };

  constexpr UpdateSteps() = default;

  /// Steps on while there is something to do: never ok.
  Status run(ConstBytes& bytes) {
    Status status = Status::ok;
    while (status == Status::ok) {
      status = step();
      if (status == Status::need_more) status = take(bytes);
    }
    return status;
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

  Status then(Phase next, Status status) {
    if (status == Status::ok) phase_ = next;
    return status;
  }
  Checkpoints<Config>& checkpoints() { return input_.checkpoints(); }

  // Small things first, buffers last: short offsets make short instructions.
  Phase phase_ = Phase::idle;
  Status failure_ = Status::ok;  ///< Why the update is `ending`.
  bool resumed_ = false;         ///< This update goes on where a restart interrupted it.
  bool opened_ = false;          ///< The journal knows of this update.
  bool input_ended_ = false;     ///< The decoder was told that no more bytes come.
  Store* store_ = nullptr;
  Late<Policies<Config>> policies_;
  PatchInput<Config> input_;
  UpdateState<Config> state_;

 private:
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
    /// Base and target lie apart.
    static constexpr std::uint32_t read_floor(std::uint32_t) { return 0; }
  };

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
      case Phase::log:
        return start_log();
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
    // The page, in which the digest is computed, belongs to whoever writes the slot.
    if (store_->is_held() && !opened_) return Status::wrong_state;
    // With one slot the base would be erased while it is read; what is applied in place is staged first.
    if (Config::kOneSlot && state_.plan.manifest.base_length != 0) return Status::slots_mismatch;
    Status status = check_base_of(state_.plan.manifest, *store_);
    if (status == Status::ok && state_.plan.is_encrypted())
      status = policies_.get().cipher.begin(state_.plan.cipher());
    return then(Phase::open, status);
  }

  /// From here on the journal says that the inactive slot is being written.
  Status open_slot() {
    if (resumed_) {
      // A manifest that was logged and is gone was sent again: what is logged behind it needs it in front.
      const Phase next =
          input_.received() > checkpoints().replay_end() ? Phase::log_manifest : Phase::decoder;
      return then(next, checkpoints().repeat_progress(*store_));
    }
    const Status status = store_->begin_update(state_.plan.identity, state_.plan.security_counter);
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
    Shareable<Io, Config::kOneSlot> io(*store_);
    const Status status = state_.body.poll(state_.plan.manifest, io.shared());
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
    typename Store::Writer& writer = store_->writer();
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

  /// A block is whole: the journal learns of it. Where its log fills up, the next one starts with the state.
  Status end_block() {
    bool is_log_full = false;
    const std::uint32_t left =
        state_.plan.is_format1() ? 0xFFFFFFFF : state_.plan.body_left(input_.received());
    const Status status =
        checkpoints().end_block(*store_, store_->writer().durable(), input_.received(), left, is_log_full);
    return then(is_log_full ? Phase::log : Phase::body, status);
  }
  Status start_log() {
    state_.plan.received = input_.received();
    state_.plan.written = store_->writer().position();
    return then(Phase::body, checkpoints().start_log(*store_, state_));
  }

  /// What was received of the manifest; never more than there is room for.
  ConstBytes front() const { return ConstBytes(state_.body.manifest().data(), input_.received()); }
  const Region& target_slot() const { return store_->slot(store_->inactive_slot()); }
};

}  // namespace tmd::detail
