// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/internal/update/body.hpp"
#include "tmd/internal/update/patch_log.hpp"
#include "tmd/internal/update/plan.hpp"
#include "tmd/model_store.hpp"

namespace tmd {

/// What an update leaves in the journal on its way, so that it can go on after a power cut: the patch bytes
/// it received, which erase blocks are whole, and, where a journal bank fills up, the decoder's state at the
/// start of a block. With `kCheckpointInterval` 0 it leaves nothing.
template <class Config>
class Checkpoints {
 public:
  using Store = ModelStore<typename Config::Flash, typename Config::Digests>;
  using State = UpdateState<Config>;
  static constexpr bool kKept = Config::kCheckpointInterval != 0;
  static constexpr std::uint32_t kStateSize = sizeof(State);
  static_assert(kStateSize <= 0xFFFF && Config::kManifestSize <= 0xFFFF &&
                    Config::kCheckpointInterval <= 0xFFFF,
                "a journal record has at most 65,535 bytes");

  explicit Checkpoints(Store& store) : store_(store), log_(store.journal()) { clear(); }

  /// Forgets what was found: an update starts at its first byte.
  void clear() {
    state_.kind = RecordKind::none;
    replay_end_ = durable_ = block_started_ = 0;
  }

  /// Looks for an interrupted update: reads what the journal has of it, newest record first, back to the
  /// snapshot it began with. True where there is one that can go on.
  [[nodiscard]] bool find() {
    clear();
    if (!kKept || !store_.snapshot().updating) return false;
    bool durable_seen = false;
    bool more = journal().newest(state_);
    while (more && state_.kind != RecordKind::snapshot) {
      if (state_.kind == RecordKind::patch && replay_end_ == 0) {
        replay_end_ = state_.number + state_.payload_length;
      } else if (state_.kind == RecordKind::blocks && !durable_seen) {
        durable_ = state_.number;
        durable_seen = true;
      }
      more = journal().previous(state_);
    }
    if (more && store_.snapshot().continues_state) more = journal().previous(state_);
    if (!more) state_.kind = RecordKind::none;
    return replay_end_ != 0 || has_state();
  }

  bool has_state() const { return state_.kind == RecordKind::state; }
  /// Target bytes that the interrupted update is known to have written.
  std::uint32_t durable() const { return durable_; }
  /// Patch bytes before this offset are in the journal and replayed from there.
  std::uint32_t replay_end() const { return replay_end_; }

  /// Reads back the state record that was found. not_found where another firmware wrote it.
  [[nodiscard]] Status load(State& state) {
    if (state_.payload_length != kStateSize) return Status::not_found;
    const Status status = journal().read(state_, 0, memory_of(state));
    if (status != Status::ok) return status;
    // Where nothing was logged since, it goes on from the state itself.
    if (replay_end_ < state.plan.received) replay_end_ = state.plan.received;
    if (durable_ < state.plan.written) durable_ = state.plan.written;
    return Status::ok;
  }

  /// Repeats how far an interrupted update came, before anything is done about it: what it goes on from can
  /// then not change its mind at the next restart. journal_full: there is no room even for that, and the
  /// update is forgotten.
  [[nodiscard]] Status repeat_progress() {
    log_.start(replay_end_);
    Status status = journal().append(RecordKind::blocks, durable_, ConstBytes());
    // In the room that is kept for snapshots, a mark behind what was read does as well.
    if (status == Status::journal_full) status = journal().append(RecordKind::mark, 0, ConstBytes());
    if (status != Status::journal_full) return status;
    status = store_.begin_update(store_.snapshot().update_identity);
    return status == Status::ok ? Status::journal_full : status;
  }

  /// Logs the manifest, from which a resumed update starts.
  [[nodiscard]] Status log_manifest(ConstBytes manifest) {
    if (!kKept) return Status::ok;
    log_.start(0);  // also where a busy flash lets this be called again: the record is not whole before that
    return log_.write(manifest);
  }

  /// Patch bytes that `log` takes before `flush` is due.
  std::size_t room() const { return kKept ? log_.room() : 0xFFFFFFFFU; }
  void log(ConstBytes bytes) {
    if (kKept) log_.add(bytes);
  }
  [[nodiscard]] Status flush() { return log_.flush(); }

  /// Gives logged bytes from patch offset `received` on; none where the log ends before it was thought to.
  [[nodiscard]] Status replay(std::uint32_t received, ConstBytes& bytes) {
    const Status status = log_.replay(received, replay_end_ - received, bytes);
    if (status == Status::ok && bytes.empty()) {
      replay_end_ = received;
      log_.start(received);
    }
    return status;
  }

  void start_block(std::uint32_t received) { block_started_ = received; }

  /// An erase block is whole and `durable` target bytes with it. `bank_full`: the journal's bank will not
  /// hold the log of another such block, so the next bank should begin with the state.
  [[nodiscard]] Status end_block(std::uint32_t durable, std::uint32_t received, bool& bank_full) {
    Status status = Status::ok;
    if (durable > durable_) {
      status = journal().append(RecordKind::blocks, durable, ConstBytes());
      if (status == Status::ok) durable_ = durable;
      if (status != Status::ok && status != Status::journal_full) return status;
    }
    // Room for as many patch bytes as the last block took, twice over, in records with their frames.
    const bool room_for_another =
        journal().has_room(4 * (received - block_started_ + Config::kCheckpointInterval));
    const bool full = status == Status::journal_full || log_.stalled() || !room_for_another;
    bank_full = full && received >= replay_end_ && state_fits();
    block_started_ = received;
    return Status::ok;
  }

  // A new bank, in three steps that are each repeated on would_block.
  [[nodiscard]] Status open_bank() { return journal().open_bank(); }
  [[nodiscard]] Status write_state(State& state) {
    return journal().append(RecordKind::state, 0, memory_of(state));
  }
  [[nodiscard]] Status finish_bank(std::uint32_t received) {
    const Status status = store_.continue_from_state();
    if (status == Status::ok) log_.start(received);
    return status;
  }

  /// Whether blocks that were not marked can be trusted to be as they were before this update: marks may only
  /// get lost where a full bank can't be left for another one.
  bool marks_all_blocks() const { return !kKept || state_fits(); }

 private:
  bool state_fits() const { return store_.journal().fits_fresh_bank(kStateSize); }
  typename Store::Journal& journal() { return store_.journal(); }

  Store& store_;
  Record state_;  ///< The state to go on from, where there is one.
  std::uint32_t replay_end_;
  std::uint32_t durable_;        ///< Target bytes that the journal knows to be in the slot and right.
  std::uint32_t block_started_;  ///< Patch bytes taken when the present erase block began.
  PatchLog<typename Store::Journal, kKept ? Config::kCheckpointInterval : 1> log_;
};

}  // namespace tmd
