// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/journal/journal.hpp"

namespace tmd {

/// How far an interrupted update came, as the journal tells it.
struct UpdateProgress {
  bool has_state = false;
  Record state;               ///< The newest state record, where there is one.
  std::uint32_t log_end = 0;  ///< Patch bytes before this offset need not be sent again.
  std::uint32_t durable = 0;  ///< Target bytes before this offset are in the slot and right.
};

/// Keeps the patch bytes that were received in the journal, a record for each `kInterval` bytes, and gives
/// them back after a power cut. With the updater's state at the start of an erase block, a log of the bytes
/// since then is all that is needed to go on: the block is erased and decoded again without the radio.
template <class Flash, std::uint32_t kInterval>
class PatchLog {
 public:
  explicit PatchLog(Journal<Flash>& journal) : journal_(journal) {}

  /// Logs from this patch offset on.
  void start(std::uint32_t offset) {
    offset_ = offset;
    fill_ = 0;
    stalled_ = false;
    replayed_ = Record();
  }

  /// Bytes that `add` takes before `flush` is due. Where the journal is full nothing is kept and anything is
  /// taken.
  std::size_t room() const { return stalled_ ? 0xFFFFFFFFU : kInterval - fill_; }
  bool stalled() const { return stalled_; }

  void add(ConstBytes bytes) {
    if (stalled_) return;
    copy_bytes(bytes, MutableBytes(buffer_ + fill_, kInterval - fill_));
    fill_ += static_cast<std::uint32_t>(bytes.size());
  }

  /// Makes what was added durable. ok also where the journal has no room: the log then ends here (`stalled`).
  [[nodiscard]] Status flush(std::uint32_t snapshot_size) {
    return write(ConstBytes(buffer_, fill_), snapshot_size);
  }

  /// Makes these bytes durable at once: the manifest, which lies in another buffer.
  [[nodiscard]] Status write(ConstBytes bytes, std::uint32_t snapshot_size) {
    if (stalled_ || bytes.empty()) return Status::ok;
    std::uint32_t free = 0;
    Status status = journal_.room(snapshot_size, free);
    if (status != Status::ok) return status;
    std::uint8_t offset[4] = {};
    store_le32(offset, offset_);
    const Payload payload{{ConstBytes(offset), bytes, ConstBytes()}};
    status = payload.size() <= free ? journal_.append(RecordKind::patch, payload) : Status::journal_full;
    if (status == Status::journal_full) {
      stalled_ = true;
      return Status::ok;
    }
    if (status != Status::ok) return status;
    offset_ += static_cast<std::uint32_t>(bytes.size());
    fill_ = 0;
    return Status::ok;
  }

  /// Reads what the journal has of the update in progress, newest record first, back to the snapshot it began
  /// with.
  UpdateProgress find_progress(bool state_before_snapshot) {
    UpdateProgress progress;
    Record record;
    bool log_seen = false;
    bool durable_seen = false;
    for (bool more = journal_.newest(record); more; more = journal_.previous(record)) {
      if (record.kind == RecordKind::patch && !log_seen) {
        log_seen = number_at(record, 0, progress.log_end);
        if (log_seen) progress.log_end += record.payload_length - 4;
      } else if (record.kind == RecordKind::blocks && !durable_seen) {
        durable_seen = number_at(record, 0, progress.durable);
      } else if (record.kind == RecordKind::snapshot) {
        if (!state_before_snapshot || !journal_.previous(record) || record.kind != RecordKind::state) break;
        progress.has_state = true;
        progress.state = record;
        if (!log_seen) (void)number_at(record, 0, progress.log_end);
        if (!durable_seen) (void)number_at(record, 4, progress.durable);
        break;
      }
    }
    return progress;
  }

  /// Reads logged patch bytes from `offset` on into `out`; `count` 0: there are no more.
  [[nodiscard]] Status replay(std::uint32_t offset, MutableBytes out, std::size_t& count) {
    count = 0;
    std::uint32_t start = 0;
    if (!covers(replayed_, offset, start)) {
      bool more = journal_.newest(replayed_);
      while (more && !covers(replayed_, offset, start)) more = journal_.previous(replayed_);
      if (!more) return Status::ok;
    }
    const std::uint32_t skip = offset - start;
    count = replayed_.payload_length - 4 - skip;
    if (count > out.size()) count = out.size();
    return journal_.read(replayed_.payload_address + 4 + skip, out.first(count));
  }

 private:
  bool number_at(const Record& record, std::uint32_t offset, std::uint32_t& value) {
    std::uint8_t bytes[4] = {};
    if (!fits(offset, 4, record.payload_length)) return false;
    if (journal_.read(record.payload_address + offset, MutableBytes(bytes)) != Status::ok) return false;
    value = load_le32(bytes);
    return true;
  }

  bool covers(const Record& record, std::uint32_t offset, std::uint32_t& start) {
    if (record.kind != RecordKind::patch || !number_at(record, 0, start)) return false;
    return offset >= start && offset - start < record.payload_length - 4;
  }

  Journal<Flash>& journal_;
  Record replayed_;
  std::uint32_t offset_ = 0;
  std::uint32_t fill_ = 0;
  bool stalled_ = true;
  std::uint8_t buffer_[kInterval] = {};
};

}  // namespace tmd
