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
  explicit PatchLog(Journal& journal) : journal_(journal) {}

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
  [[nodiscard]] Status flush() { return write(ConstBytes(buffer_, fill_)); }

  /// Makes these bytes durable at once: the manifest, which lies in another buffer.
  [[nodiscard]] Status write(ConstBytes bytes) {
    if (stalled_ || bytes.empty()) return Status::ok;
    const Status status = append_number(RecordKind::patch, offset_, bytes);
    stalled_ = status == Status::journal_full;
    if (status != Status::ok) return stalled_ ? Status::ok : status;
    offset_ += static_cast<std::uint32_t>(bytes.size());
    fill_ = 0;
    return Status::ok;
  }

  /// Appends a record that begins with a number.
  [[nodiscard]] Status append_number(RecordKind kind, std::uint32_t number, ConstBytes bytes = ConstBytes()) {
    std::uint8_t begin[kNumberSize];
    store_le32(begin, number);
    return journal_.append(kind, ConstBytes(begin), bytes);
  }
  [[nodiscard]] bool read_number(const Record& record, std::uint32_t& number) {
    std::uint8_t begin[kNumberSize];
    if (journal_.read(record, 0, MutableBytes(begin)) != Status::ok) return false;
    number = load_le32(begin);
    return true;
  }
  /// Where the log stands behind this record of it; 0 where it can't be read.
  std::uint32_t end_of(const Record& record) {
    std::uint32_t start = 0;
    return read_number(record, start) ? start + record.payload_length() - kNumberSize : 0;
  }

  /// Reads logged patch bytes from `offset` on, at most `most`; none: there are no more. They stay until
  /// the next call of anything but `start`.
  [[nodiscard]] Status replay(std::uint32_t offset, std::uint32_t most, ConstBytes& bytes) {
    std::uint32_t left = bytes_from(replayed_, offset);
    if (left == 0) {
      bool more = journal_.newest(replayed_);
      while (more && (left = bytes_from(replayed_, offset)) == 0) more = journal_.previous(replayed_);
    }
    const MutableBytes out = MutableBytes(buffer_).first(left).first(most);
    bytes = out;
    return out.empty() ? Status::ok : journal_.read(replayed_, replayed_.payload_length() - left, out);
  }

 private:
  static constexpr std::uint32_t kNumberSize = 4;

  /// How many patch bytes from `offset` on this record has.
  std::uint32_t bytes_from(const Record& record, std::uint32_t offset) {
    std::uint32_t start = 0;
    if (record.kind() != RecordKind::patch || !read_number(record, start)) return 0;
    const std::uint32_t length = record.payload_length() - kNumberSize;
    return offset >= start && offset - start < length ? length - (offset - start) : 0;
  }

  Journal& journal_;
  std::uint32_t offset_ = 0;
  std::uint32_t fill_ = 0;
  bool stalled_ = true;
  Record replayed_;
  std::uint8_t buffer_[kInterval] = {};
};

}  // namespace tmd
