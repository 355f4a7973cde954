// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/journal/journal.hpp"

namespace tmd {

/// Keeps the patch bytes that were received in the journal's log, a record for each `kInterval` bytes, and gives
/// them back after a power cut. With the updater's state at the start of an erase block, the bytes since then are
/// all that is needed to go on: the block is erased and decoded again without the radio.
///
/// The log is a convenience: where the journal has no room or is at fault it ends (`has_ended`), and more is sent
/// again after a cut.
template <class Journal, std::uint32_t kInterval>
class PatchLog {
 public:
  /// Logs from this patch offset on.
  void start(std::uint32_t offset) {
    offset_ = offset;
    fill_ = 0;
    has_ended_ = false;
    rewind();
  }
  /// The journal's log was exchanged or will be read from its beginning.
  void rewind() { replayed_.kind = RecordKind::none; }

  /// Bytes that `add` takes before `flush` is due.
  std::size_t room() const { return kInterval - fill_; }
  /// What is added from here on is forgotten.
  bool has_ended() const { return has_ended_; }
  void end() { has_ended_ = true; }

  /// At most `room()` bytes.
  void add(ConstBytes bytes) {
    copy_bytes(bytes.data(), buffer_ + fill_, bytes.size());
    fill_ += static_cast<std::uint32_t>(bytes.size());
  }

  /// Makes what was added durable, or ends the log: ok, would_block.
  [[nodiscard]] Status flush(Journal& journal) { return write(journal, ConstBytes(buffer_, fill_)); }

  /// Makes these bytes durable at once: the manifest, which lies in another buffer.
  [[nodiscard]] Status write(Journal& journal, const ConstBytes& bytes) {
    if (!has_ended_) {
      const Status status = journal.append(RecordKind::patch, offset_, bytes);
      if (status == Status::would_block) return status;
      has_ended_ = status != Status::ok;
    }
    offset_ += static_cast<std::uint32_t>(bytes.size());
    fill_ = 0;
    return Status::ok;
  }

  /// Reads logged patch bytes from `offset` on, at most `most`; none: there are no more, or they can't be read.
  /// They stay until the next call of anything.
  [[nodiscard]] ConstBytes replay(Journal& journal, std::uint32_t offset, std::uint32_t most) {
    bool more = replayed_.kind != RecordKind::none || journal.first(replayed_);
    std::uint32_t left = 0;
    while (more && (left = bytes_from(replayed_, offset)) == 0) more = journal.next(replayed_);
    const MutableBytes out = MutableBytes(buffer_).first(left).first(most);
    const bool is_there = more && journal.read(replayed_, replayed_.length - left, out) == Status::ok;
    if (!is_there) rewind();
    return is_there ? ConstBytes(out) : ConstBytes();
  }

 private:
  /// How many patch bytes from `offset` on this record has.
  static std::uint32_t bytes_from(const JournalRecord& record, std::uint32_t offset) {
    const std::uint32_t skipped = offset - record.number;
    return record.kind == RecordKind::patch && skipped < record.length ? record.length - skipped : 0;
  }

  std::uint32_t offset_ = 0;
  std::uint32_t fill_ = 0;
  JournalRecord replayed_;
  std::uint8_t buffer_[kInterval] = {};
  bool has_ended_ = false;
};

}  // namespace tmd
