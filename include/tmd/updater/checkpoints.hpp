// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/store/model_store.hpp"
#include "tmd/updater/body.hpp"
#include "tmd/updater/patch_log.hpp"
#include "tmd/updater/plan.hpp"

namespace tmd {

/// What an update leaves in the journal on its way, so that it can go on after a power cut: the patch bytes
/// it received, which erase blocks are whole, and, where a journal bank fills up, the decoder's state at the
/// start of a block. With `kCheckpointInterval` 0 it leaves nothing.
template <class Config>
class Checkpoints {
 public:
  using Store = ModelStore<typename Config::Flash, typename Config::Digests>;
  using Plan = UpdatePlan<Config>;
  static constexpr bool kKept = Config::kCheckpointInterval != 0;
  static constexpr std::uint32_t kStateSize = sizeof(Plan) + sizeof(Body<Config>);
  static_assert(kStateSize <= 0xFFFF, "a checkpoint is one journal record of at most 65,535 bytes");

  explicit Checkpoints(Store& store) : store_(store), log_(store.journal()) {}

  /// Forgets what was found: an update starts at its first byte.
  void clear() {
    found_ = UpdateProgress();
    replay_end_ = marked_ = block_started_ = 0;
  }

  /// Looks for an interrupted update. True where there is one that can go on.
  [[nodiscard]] bool find() {
    clear();
    if (!kKept || !store_.snapshot().updating) return false;
    found_ = log_.find_progress(store_.snapshot().continues_state);
    replay_end_ = found_.log_end;
    marked_ = found_.durable;
    return replay_end_ != 0;
  }

  bool has_state() const { return found_.has_state; }
  /// Target bytes that the interrupted update is known to have written.
  std::uint32_t durable() const { return found_.durable; }
  /// Patch bytes before this offset are in the journal and replayed from there.
  std::uint32_t replay_end() const { return replay_end_; }

  /// Reads back the state record that was found. not_found where another firmware wrote it.
  [[nodiscard]] Status load(Plan& plan) {
    if (found_.state.payload_length != kStateSize) return Status::not_found;
    return store_.journal().read(found_.state.payload_address, bytes_of(plan));
  }
  [[nodiscard]] Status load(Body<Config>& body) {
    return store_.journal().read(found_.state.payload_address + sizeof(Plan), body.bytes());
  }

  /// Repeats how far an interrupted update came, before anything is done about it: what it goes on from can
  /// then not change its mind at the next restart.
  [[nodiscard]] Status repeat_progress() {
    const Status status = append_durable(found_.durable);
    log_.start(replay_end_);
    return status == Status::journal_full ? Status::ok : status;
  }

  /// Logs the manifest, from which a resumed update starts.
  [[nodiscard]] Status log_manifest(ConstBytes manifest) {
    if (!kKept) return Status::ok;
    log_.start(0);  // also where a busy flash lets this be called again: the record is not whole before that
    return log_.write(manifest, sizeof(Snapshot));
  }

  /// Patch bytes that `log` takes before `flush` is due.
  std::size_t room() const { return log_.room(); }
  void log(ConstBytes bytes) { log_.add(bytes); }
  [[nodiscard]] Status flush() { return log_.flush(sizeof(Snapshot)); }

  /// Gives logged bytes from patch offset `received` on; none where the log ends before it was thought to.
  [[nodiscard]] Status replay(std::uint32_t received, MutableBytes out, std::size_t& count) {
    const Status status = log_.replay(received, out.first(replay_end_ - received), count);
    if (status == Status::ok && count == 0) {
      replay_end_ = received;
      log_.start(received);
    }
    return status;
  }

  void start_block(std::uint32_t received) { block_started_ = received; }

  /// An erase block is whole and `durable` target bytes with it. `bank_full`: the journal's bank will not
  /// hold the log of another such block, so the next bank should begin with the state.
  [[nodiscard]] Status end_block(std::uint32_t durable, std::uint32_t received, bool& bank_full) {
    bank_full = false;
    Status status = Status::ok;
    if (durable > marked_) status = append_durable(durable);
    if (status != Status::ok && status != Status::journal_full) return status;
    if (status == Status::ok && durable > marked_) marked_ = durable;
    const bool full = status == Status::journal_full || log_.stalled() || !room_for_another_block(received);
    bank_full = full && received >= replay_end_ && state_fits();
    block_started_ = received;
    return Status::ok;
  }

  // A new bank, in three steps that are each repeated on would_block.
  [[nodiscard]] Status open_bank() { return store_.journal().open_bank(); }
  [[nodiscard]] Status write_state(Plan& plan, Body<Config>& body) {
    return store_.journal().append(RecordKind::state, Payload{{bytes_of(plan), body.bytes(), ConstBytes()}});
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
  static MutableBytes bytes_of(Plan& plan) {
    return MutableBytes(reinterpret_cast<std::uint8_t*>(&plan), sizeof(Plan));
  }

  Status append_durable(std::uint32_t durable) {
    std::uint32_t room = 0;
    const Status status = store_.journal().room(sizeof(Snapshot), room);
    if (status != Status::ok || room < 4) return status == Status::ok ? Status::journal_full : status;
    std::uint8_t bytes[4] = {};
    store_le32(bytes, durable);
    return store_.journal().append(RecordKind::blocks,
                                   Payload{{ConstBytes(bytes), ConstBytes(), ConstBytes()}});
  }

  /// Room for as many patch bytes as the last block took, twice over, in records with their frames.
  bool room_for_another_block(std::uint32_t received) {
    std::uint32_t room = 0;
    if (store_.journal().room(sizeof(Snapshot), room) != Status::ok) return true;
    return room / 4 >= received - block_started_ + Config::kCheckpointInterval;
  }

  bool state_fits() const { return store_.journal().fits_fresh_bank(kStateSize, sizeof(Snapshot)); }

  Store& store_;
  PatchLog<typename Config::Flash, kKept ? Config::kCheckpointInterval : 1> log_;
  UpdateProgress found_;
  std::uint32_t replay_end_ = 0;
  std::uint32_t marked_ = 0;         ///< Target bytes that the journal knows to be durable.
  std::uint32_t block_started_ = 0;  ///< Patch bytes taken when the present erase block began.
};

}  // namespace tmd
