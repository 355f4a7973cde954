// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/flash/flash_port.hpp"
#include "tmd/internal/journal/row.hpp"

namespace tmd {

/// Walks through a bank of the flash journal. From record to record by their lengths while they are sealed, else
/// row by row, so that no length that was torn or has rotted leads past the next record. Payload is not looked
/// at; about one read a record where rows are short.
template <class Flash>
class BankReader {
 public:
  BankReader(FlashPort<Flash>& port, const Region& bank, std::uint32_t row_size)
      : port_(port), bank_(bank), row_size_(row_size) {}

  /// Goes on at an offset where a record may begin. Damage to a record of this log is told.
  void start(std::uint32_t offset, std::uint32_t log) {
    offset_ = offset;
    log_ = log;
  }

  /// The next record that is sealed, or mark. False at the end of the bank.
  bool next() {
    for (; fits(offset_, row_size_, bank_.size); offset_ += row_size_) {
      const bool valid = load(offset_);
      if (valid && fields_.tag() == row::kHeader) {
        if (broken_) damaged_ = true;
        header_ = fields_;
        place_ = offset_;
        if (header_.generation() > highest_) highest_ = header_.generation();
        if (skip_record()) {
          used_ = offset_;
          return true;
        }
      }
      if (valid) {
        // A header without its seal, or a seal without its header. Nothing follows directly where power went.
        broken_ = fields_.kind() < 0x80 && fields_.generation() == log_;
      } else if (is_blank(offset_, row_size_)) {
        if (is_blank(offset_, bank_.size - offset_)) return false;
        broken_ = false;
        strangers_ = 0;
        continue;
      }
      used_ = offset_ + row_size_;
      strangers_ = valid || fields_.tag() == row::kPayload ? 0 : strangers_ + 1;
      // A torn call leaves two such rows, a flipped bit makes one.
      if (strangers_ > 3) foreign_ = true;
    }
    return false;
  }

  const row::Fields& header() const { return header_; }
  /// Offset in the bank of the header.
  std::uint32_t place() const { return place_; }
  /// The highest generation in any header, whether its record is sealed or not.
  std::uint32_t highest() const { return highest_; }
  /// A record of the log, before the one found last, was whole once and is no more.
  bool is_damaged() const { return damaged_; }
  /// There is something that no journal writes.
  bool is_foreign() const { return foreign_; }
  /// The end of the last row that is not blank. After `next` said false.
  std::uint32_t used() const { return used_; }

  /// Whether the record at this place, whose header and seal match, is as it was written.
  bool is_whole(std::uint32_t place, std::uint32_t payload_length) {
    const std::uint32_t size = row::record_size(payload_length, row_size_) - row_size_;
    std::uint8_t chunk[64];
    std::uint32_t crc = 0;
    for (std::uint32_t done = 0; done < size; done += sizeof(chunk)) {
      const MutableBytes part = MutableBytes(chunk).first(size - done);
      if (read(place + done, part) != Status::ok) return false;
      crc = Crc32::of(part, crc);
    }
    return load(place + size) && fields_.tag() == row::kSeal && fields_.value() == crc;
  }

  /// A read that failed is tried once more.
  Status read(std::uint32_t offset, const MutableBytes& out) {
    const Status status = port_.read(bank_.address + offset, out);
    return status == Status::ok ? status : port_.read(bank_.address + offset, out);
  }
  /// Anything that can't be told is not blank.
  bool is_blank(std::uint32_t offset, std::uint32_t length) {
    bool blank = false;
    if (port_.is_blank(bank_.address + offset, length, blank) == Status::ok) return blank;
    return port_.is_blank(bank_.address + offset, length, blank) == Status::ok && blank;
  }

 private:
  /// Steps over the record whose header was just loaded, where it is sealed, or over a mark.
  bool skip_record() {
    std::uint32_t size = row_size_;
    if (header_.kind() != row::kMark) {
      size = row::record_size(header_.length(), row_size_);
      if (!fits(offset_, size, bank_.size)) return false;
      const bool valid = load(offset_ + size - row_size_);
      const bool sealed = valid && fields_.tag() == row::kSeal && fields_.belongs_to(header_);
      fields_ = header_;
      if (!sealed) return false;
    }
    offset_ += size;
    return true;
  }

  /// Loads the row at this offset. True where it is a header or a seal that was written there.
  bool load(std::uint32_t offset) {
    if (offset != ahead_at_) {
      // Where rows are short one read fetches two: a seal and the header behind it.
      std::uint8_t two[2 * row::kFields];
      const bool ahead = row_size_ == row::kFields && fits(offset, sizeof(two), bank_.size) &&
                         port_.read(bank_.address + offset, two) == Status::ok;
      fields_ = row::Fields();
      if (!ahead && read(offset, fields_.bytes) != Status::ok) return false;
      if (ahead) {
        copy_bytes(two, fields_.bytes, row::kFields);
        copy_bytes(two + row::kFields, ahead_.bytes, row::kFields);
        ahead_at_ = offset + row::kFields;
      }
    } else {
      fields_ = ahead_;
    }
    return (fields_.tag() == row::kHeader || fields_.tag() == row::kSeal) && fields_.is_valid(offset);
  }

  FlashPort<Flash>& port_;
  Region bank_;
  std::uint32_t row_size_;
  std::uint32_t offset_ = 0;
  std::uint32_t place_ = 0;
  std::uint32_t log_ = 0;
  std::uint32_t highest_ = 0;
  std::uint32_t used_ = 0;
  std::uint32_t ahead_at_ = 0xFFFFFFFF;
  unsigned strangers_ = 0;
  bool broken_ = false;
  bool damaged_ = false;
  bool foreign_ = false;
  row::Fields header_;
  row::Fields fields_;  ///< The row loaded last.
  row::Fields ahead_;   ///< The row behind it, where it was read along.
};

}  // namespace tmd
