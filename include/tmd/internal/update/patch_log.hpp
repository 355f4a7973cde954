// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/journal/journal.hpp"

namespace tmd {

/// Keeps the patch bytes that were received in the journal, a record for each `kInterval` bytes, and gives
/// them back after a power cut. With the updater's state at the start of an erase block, a log of the bytes
/// since then is all that is needed to go on: the block is erased and decoded again without the radio.
template <class Journal, std::uint32_t kInterval>
class PatchLog {
 public:
  explicit PatchLog(Journal& journal) : journal_(journal) { start(0); }

  /// Logs from this patch offset on.
  void start(std::uint32_t offset) {
    offset_ = offset;
    fill_ = 0;
    stalled_ = false;
    replayed_.kind = RecordKind::none;
  }

  /// Bytes that `add` takes before `flush` is due.
  std::size_t room() const { return kInterval - fill_; }
  /// The journal had no room: the log has ended, what is added from here on is forgotten.
  bool stalled() const { return stalled_; }

  /// At most `room()` bytes.
  void add(ConstBytes bytes) {
    copy_bytes(bytes.data(), buffer_ + fill_, bytes.size());
    fill_ += static_cast<std::uint32_t>(bytes.size());
  }

  /// Makes what was added durable. ok also where the journal has no room (`stalled`).
  [[nodiscard]] Status flush() { return write(ConstBytes(buffer_, fill_)); }

  /// Makes these bytes durable at once: the manifest, which lies in another buffer.
  [[nodiscard]] Status write(const ConstBytes& bytes) {
    if (!stalled_) {
      const Status status = journal_.append(RecordKind::patch, offset_, bytes);
      if (status != Status::ok && status != Status::journal_full) return status;
      stalled_ = status == Status::journal_full;
    }
    offset_ += static_cast<std::uint32_t>(bytes.size());
    fill_ = 0;
    return Status::ok;
  }

  /// Reads logged patch bytes from `offset` on, at most `most`; none: there are no more. They stay until
  /// the next call of anything but `start`.
  [[nodiscard]] Status replay(std::uint32_t offset, std::uint32_t most, ConstBytes& bytes) {
    std::uint32_t left = 0;
    bool more = true;
    for (bool first = true; more && (left = bytes_from(replayed_, offset)) == 0; first = false) {
      more = first ? journal_.newest(replayed_) : journal_.previous(replayed_);
    }
    const MutableBytes out = MutableBytes(buffer_).first(left).first(most);
    bytes = out;
    return out.empty() ? Status::ok : journal_.read(replayed_, replayed_.payload_length - left, out);
  }

 private:
  /// How many patch bytes from `offset` on this record has.
  static std::uint32_t bytes_from(const Record& record, std::uint32_t offset) {
    const std::uint32_t skipped = offset - record.number;
    return record.kind == RecordKind::patch && skipped < record.payload_length
               ? record.payload_length - skipped
               : 0;
  }

  Journal& journal_;
  std::uint32_t offset_;
  std::uint32_t fill_;
  bool stalled_;
  Record replayed_;
  std::uint8_t buffer_[kInterval];
};

}  // namespace tmd
