// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/internal/update/body_decoder.hpp"
#include "tmd/internal/update/patch_log.hpp"
#include "tmd/internal/update/plan.hpp"
#include "tmd/model_store.hpp"

namespace tmd {

/// What an update leaves in the journal on its way, so that it can go on after a power cut: the patch bytes
/// it received, which erase blocks are whole, and, where the journal fills up, the decoder's state at the start
/// of a block. With `kCheckpointInterval` 0 it leaves nothing; where the journal is at fault, no more.
template <class Config>
class Checkpoints {
 public:
  using Store = ModelStore<Config>;
  using Journal = typename Config::Journal;
  using State = UpdateState<Config>;
  static constexpr bool kKept = Config::kCheckpointInterval != 0;
  static constexpr std::uint32_t kStateSize = sizeof(State);
  static constexpr std::uint32_t kLoggedAtOnce = kKept ? Config::kCheckpointInterval : 1;
  static_assert(kStateSize <= 0xFFFF && Config::kManifestSize <= 0xFFFF &&
                    Config::kCheckpointInterval <= 0xFFFF,
                "a journal record has at most 65,535 bytes");

  /// Forgets what was found: an update starts at its first byte.
  void clear() {
    state_.kind = RecordKind::none;
    replay_end_ = durable_ = block_started_ = 0;
  }

  /// Looks for an interrupted update in the journal's log. True where there is one that can go on.
  [[nodiscard]] bool find(Store& store) {
    clear();
    log_.rewind();
    if (!kKept || !store.snapshot().is_updating()) return false;
    JournalRecord record;
    std::uint32_t before_last = 0;
    for (bool more = store.journal().first(record); more; more = store.journal().next(record)) {
      before_last = durable_;
      switch (record.kind) {
        case RecordKind::decoder:
          state_ = record;
          replay_end_ = record.number;
          break;
        case RecordKind::patch:
          // Where a record is damaged, those behind it begin further on and are of no use.
          if (record.number == replay_end_) replay_end_ += record.length;
          break;
        case RecordKind::blocks:
          durable_ = record.number;
          break;
        default:
          break;
      }
    }
    // Where there is no room to repeat it the last word does not count: power may have cut it, so that an earlier
    // restart did not find it, and erased the block that it speaks of.
    if (before_last < durable_ && !store.journal().has_room(0, 0)) durable_ = before_last;
    return replay_end_ != 0;
  }

  bool has_state() const { return state_.kind == RecordKind::decoder; }
  /// Target bytes that the interrupted update is known to have written.
  std::uint32_t durable() const { return durable_; }
  /// Patch bytes before this offset are in the journal and replayed from there.
  std::uint32_t replay_end() const { return replay_end_; }

  /// Reads back the state that was found. not_found where another firmware wrote it.
  [[nodiscard]] Status load(Store& store, State& state) {
    if (state_.length != kStateSize) return Status::not_found;
    const Status status = store.journal().read(state_, 0, memory_of(state));
    if (status == Status::ok && durable_ < state.plan.written) durable_ = state.plan.written;
    return status;
  }

  /// Repeats how far an interrupted update came, before anything is done about it: what it goes on from can
  /// then not change its mind at the next restart. Nor can the state: a newer one that was only found not to count may
  /// call what the slot holds a model. ok, would_block, else as the journal's `restore_state`.
  [[nodiscard]] Status repeat_progress(Store& store) {
    const Status status = store.journal().restore_state();
    if (status != Status::ok) return status;
    log_.start(replay_end_);
    return mark(store, durable_);
  }

  /// Logs the manifest, from which a resumed update starts. ok, would_block.
  [[nodiscard]] Status log_manifest(Store& store, ConstBytes manifest) {
    if (!kKept) return Status::ok;
    log_.start(0);  // also where a busy flash lets this be called again: the record is not whole before that
    return log_.write(store.journal(), manifest);
  }

  /// Patch bytes that `log` takes before `flush` is due.
  std::size_t room() const { return kKept ? log_.room() : 0xFFFFFFFFU; }
  void log(ConstBytes bytes) {
    if (kKept) log_.add(bytes);
  }
  [[nodiscard]] Status flush(Store& store) { return log_.flush(store.journal()); }

  /// Gives logged bytes from patch offset `received` on; none where the log ends before it was thought to.
  [[nodiscard]] ConstBytes replay(Store& store, std::uint32_t received) {
    const ConstBytes bytes = log_.replay(store.journal(), received, replay_end_ - received);
    if (bytes.empty()) {
      // What was logged behind the damaged record is logged again, in front of which nothing is missing.
      replay_end_ = received;
      log_.start(received);
    }
    return bytes;
  }

  void start_block(std::uint32_t received) { block_started_ = received; }

  /// An erase block is whole and `durable` target bytes with it, and at most `left` patch bytes are still to come:
  /// ok, would_block. `is_log_full`: the log will not hold another such block, so a new one should start with the
  /// state.
  [[nodiscard]] Status end_block(Store& store, std::uint32_t durable, std::uint32_t received,
                                 std::uint32_t left, bool& is_log_full) {
    if (durable > durable_) {
      const Status status = mark(store, durable);
      if (status != Status::ok) return status;
      durable_ = durable;
    }
    // The log of a block like the last one, but of no more than is left to come, and the block's own mark.
    const std::uint32_t bytes = received - block_started_ < left ? received - block_started_ : left;
    const std::uint32_t records =
        (bytes + kLoggedAtOnce - static_cast<std::uint32_t>(log_.room())) / kLoggedAtOnce;
    const bool has_room = store.journal().has_room(records, Config::kCheckpointInterval);
    const bool wants_new = left != 0 && (log_.has_ended() || !has_room);
    is_log_full = wants_new && received >= replay_end_ && store.journal().fits_new_log(kStateSize);
    block_started_ = received;
    return Status::ok;
  }

  /// Starts a new log with the state: ok, would_block. The update needs no log: where the journal can't start one
  /// it goes on without.
  [[nodiscard]] Status start_log(Store& store, State& state) {
    const Status status = store.start_log(RecordKind::decoder, state.plan.received, memory_of(state));
    if (status == Status::would_block) return status;
    log_.start(state.plan.received);
    if (status != Status::ok) log_.end();
    return Status::ok;
  }

 private:
  /// Says in the log that the slot's bytes before `durable` are whole. ok, would_block.
  Status mark(Store& store, std::uint32_t durable) {
    if (log_.has_ended()) return Status::ok;
    const Status status = store.journal().append(RecordKind::blocks, durable, ConstBytes());
    if (status == Status::would_block) return status;
    if (status != Status::ok) log_.end();
    return Status::ok;
  }

  JournalRecord state_;  ///< The state to go on from, where there is one.
  std::uint32_t replay_end_ = 0;
  std::uint32_t durable_ = 0;        ///< Target bytes that the journal knows to be in the slot and right.
  std::uint32_t block_started_ = 0;  ///< Patch bytes taken when the present erase block began.
  PatchLog<Journal, kLoggedAtOnce> log_;
};

}  // namespace tmd
