// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/digest/crc32.hpp"
#include "tmd/flash.hpp"
#include "tmd/journal/record.hpp"

namespace tmd {

/// An append-only log in two banks of erase blocks, of which the one with the newest proven snapshot counts.
///
/// Power may go during any call: afterwards a record is there whole or not at all, and every record whose
/// `append` returned ok is there. These rules make that hold on flash that leaves torn units readable as
/// anything, and as something else at the next boot; tests/model/protocol has them as a model that a model
/// checker has gone through:
///  - a record is followed by a seal that is programmed after it, and names the record before it: what counts
///    is the last sealed record and what it leads back to. A record in between was found torn by somebody who
///    then wrote on, though it may read well now;
///  - the first append after a mount leaves a gap of one program call: a torn unit may look erased;
///  - a full bank is left for the other one, which is erased first and counts only from its first snapshot
///    on. Before that erase, a record behind a snapshot that was only read, never written, by this session
///    proves it for good;
///  - a bank that is neither blank nor has a snapshot is erased before the other one is appended to: it may
///    hold a newer snapshot that does not read well today.
///
/// Not blocking beyond single flash operations: calls that answer `would_block` are repeated with the same
/// arguments. Nothing but `mount` may be called before it.
template <class Flash, std::uint32_t kSnapshotSize>
class Journal {
 public:
  explicit Journal(Flash& flash) : flash_(flash) {}

  /// Finds the newest snapshot in the journal that has this region of the flash. ok, or not_found where there
  /// is none in either bank (a new device). Reads only.
  Status mount(Region region, Record& newest) {
    // Two banks take the region's erase blocks; an odd one is left unused.
    bank_size_ = region.size / flash_.erase_size() / 2 * flash_.erase_size();
    end_ = last_ = Record::kNone;
    std::uint32_t newest_bank = bank_ = region.address;
    spare_ = bank_ + bank_size_;
    unsigned snapshots = 0;
    for (unsigned index = 0; index < 2; ++index, swap_banks()) {
      Record record{};
      if (!find_last_sealed(record)) continue;
      const std::uint32_t last = record.offset;
      const std::uint32_t sequence = record.sequence;
      bool found = true;
      while (found && record.kind != RecordKind::snapshot) found = previous(record);
      if (!found || (snapshots++ != 0 && record.sequence < newest.sequence)) continue;
      newest = record;
      newest_bank = bank_;
      last_ = last;
      sequence_ = sequence;
    }
    if (newest_bank != bank_) swap_banks();
    has_snapshot_ = snapshots != 0;
    snapshot_doubtful_ = has_snapshot_ && last_ == newest.offset;
    spare_settled_ = snapshots != 1;
    return has_snapshot_ ? Status::ok : Status::not_found;
  }

  /// The newest record that counts. False on a new device.
  [[nodiscard]] bool newest(Record& record) { return read_record(last_, record); }
  /// From a record to the one before it. False at the bank's first one.
  [[nodiscard]] bool previous(Record& record) {
    // Strictly backwards, so that no chain of records, whatever they hold, has no end.
    return record.previous < record.offset && read_record(record.previous, record);
  }

  /// Reads a part of a record's payload: ok, out_of_bounds, read_failed.
  [[nodiscard]] Status read(const Record& record, std::uint32_t at, MutableBytes out) {
    if (!fits(at, static_cast<std::uint32_t>(out.size()), record.payload_length))
      return Status::out_of_bounds;
    return read_twice(bank_ + record.offset + Record::kHeaderSize + at, out);
  }

  /// True where a fresh bank has room for a record of this payload size beside the snapshots it must hold.
  bool fits_fresh_bank(std::uint32_t payload_length) const {
    return reserve() + size_of(kSnapshotSize) + size_of(payload_length) <= bank_size_;
  }

  /// Whether records of an update may still take so many bytes of this bank, once the session has appended
  /// anything.
  bool has_room(std::uint32_t bytes) const { return fits(end_, bytes + reserve(), bank_size_); }

  /// Appends a record of at most 65,535 bytes of payload. ok: it is durable. journal_full: it does not fit this
  /// bank (`open_bank`, then again); room for two snapshots stays free of an update's records. would_block;
  /// verify_failed, program_failed, erase_failed, read_failed: the flash is at fault, the place is skipped by
  /// the next append.
  [[nodiscard]] Status append(RecordKind kind, std::uint32_t number, const ConstBytes& payload) {
    if (erasing_) return Status::journal_full;
    if (end_ == Record::kNone) end_ = find_end();
    Status status = settle_spare();
    if (status != Status::ok) return status;

    Record record;
    record.magic = Record::kMagic;
    record.kind = kind;
    record.payload_length = static_cast<std::uint16_t>(payload.size());
    record.sequence = sequence_ + 1;
    record.previous = last_;
    record.number = number;
    record.crc = Crc32::of(payload, crc_of_header(record));
    const std::uint32_t body_size = record_layout::body_size(record.payload_length, align());
    // A record that was begun and is not asked for again is left behind.
    if (writing_ == RecordKind::none || record.crc != writing_crc_) {
      const bool of_update = kind == RecordKind::patch || kind == RecordKind::blocks;
      if (!takes(body_size + align(), of_update ? reserve() : 0)) return Status::journal_full;
      start_ = end_;
      end_ += body_size + align();
      written_ = 0;
      writing_ = kind;
      writing_crc_ = record.crc;
    }
    status = write(record, payload, body_size);
    if (status == Status::would_block) return status;
    writing_ = RecordKind::none;
    if (status != Status::ok) return status;
    last_ = start_;
    ++sequence_;
    snapshot_doubtful_ = false;
    if (kind == RecordKind::snapshot) has_snapshot_ = true;
    return Status::ok;
  }

  /// Appends a snapshot, in the other bank where this one is full.
  [[nodiscard]] Status append_snapshot(ConstBytes snapshot) {
    // A mark in the making says that this bank is about to be left.
    if (writing_ != RecordKind::mark) {
      const Status status = append(RecordKind::snapshot, 0, snapshot);
      if (status != Status::journal_full) return status;
    }
    const Status status = open_bank();
    return status == Status::ok ? append(RecordKind::snapshot, 0, snapshot) : status;
  }

  /// Erases the other bank and goes on there. The records of this bank go on counting until the first
  /// snapshot in the new one; without it, all that is appended there is lost with power.
  [[nodiscard]] Status open_bank() {
    if (snapshot_doubtful_) {
      const Status status = append(RecordKind::mark, 0, ConstBytes());
      if (status != Status::ok && status != Status::journal_full) return status;
      snapshot_doubtful_ = false;
    }
    if (!erasing_) {
      // A bank that has no snapshot yet is begun again: the other one holds the only state there is.
      if (has_snapshot_) swap_banks();
      has_snapshot_ = false;
      last_ = Record::kNone;
      erasing_ = true;
      erased_ = 0;
    }
    const Status status = erase(bank_);
    if (status != Status::ok) return status;
    erasing_ = false;
    writing_ = RecordKind::none;
    spare_settled_ = true;
    end_ = 0;
    // Above every number that the bank left behind may hold, also in records that do not read well today.
    sequence_ = (sequence_ | 0xFFU) + 1;
    return Status::ok;
  }

 private:
  std::uint32_t align() const { return record_layout::alignment(flash_.program_size()); }
  std::uint32_t size_of(std::uint32_t length) const { return record_layout::total_size(length, align()); }
  /// Two snapshots and the gap that a restart leaves.
  std::uint32_t reserve() const { return 2 * size_of(kSnapshotSize) + record_layout::kChunk; }

  void swap_banks() {
    const std::uint32_t bank = bank_;
    bank_ = spare_;
    spare_ = bank;
  }

  /// Anything that can't be told is not blank.
  bool is_blank(std::uint32_t address, std::uint32_t length) {
    bool blank = false;
    return flash_.is_blank(address, length, blank) == Status::ok && blank;
  }

  /// A record that can't be read is given up for torn: not for a read that failed by chance.
  Status read_twice(std::uint32_t address, MutableBytes out) {
    const Status status = flash_.read(address, out);
    return status == Status::ok ? status : flash_.read(address, out);
  }

  static std::uint32_t crc_of_header(Record& record) {
    return Crc32::of(record.header().first(Record::kCrcOffset));
  }

  /// Reads the header of the record that begins at `offset`, whole or torn. False where none can be read.
  bool read_header(std::uint32_t offset, Record& record) {
    record.offset = offset;
    return fits(offset, Record::kHeaderSize, bank_size_) &&
           read_twice(bank_ + offset, record.header()) == Status::ok && record.well_formed() &&
           size_of(record.payload_length) <= bank_size_ - offset;
  }

  /// Reads the record at `offset`. False where there is none that is whole, or where it can't be read.
  bool read_record(std::uint32_t offset, Record& record) {
    if (!read_header(offset, record)) return false;
    std::uint32_t crc = crc_of_header(record);
    std::uint8_t chunk[record_layout::kChunk];
    for (std::uint32_t done = 0; done < record.payload_length; done += sizeof(chunk)) {
      const MutableBytes part = MutableBytes(chunk).first(record.payload_length - done);
      if (read(record, done, part) != Status::ok) return false;
      crc = Crc32::of(part, crc);
    }
    return crc == record.crc;
  }

  /// The last record whose seal reads back.
  bool find_last_sealed(Record& last) {
    bool found = false;
    Record record;
    for (std::uint32_t offset = 0; offset < bank_size_;) {
      if (!read_record(offset, record)) {
        offset += align();
        continue;
      }
      offset += record_layout::body_size(record.payload_length, align());
      std::uint32_t seal[2];
      if (read_twice(bank_ + offset, memory_of(seal)) == Status::ok && seal[0] == record.crc &&
          seal[1] == ~record.crc) {
        last = record;
        found = true;
      }
    }
    return found;
  }

  /// Where the next record goes after a mount: behind everything that is not blank, and one program call
  /// further. Programmed units that hold what erased flash reads as look blank: where a torn record's header
  /// can be read it says how far such units may reach; where it can't be, nothing behind its first call was
  /// programmed.
  std::uint32_t find_end() {
    // Without any snapshot nothing in either bank can be trusted to be erased.
    std::uint32_t end = has_snapshot_ ? 0 : bank_size_;
    Record torn;
    for (std::uint32_t offset = last_; offset < bank_size_; offset += align()) {
      if (is_blank(bank_ + offset, align())) continue;
      const std::uint32_t reach =
          offset + (read_header(offset, torn) ? size_of(torn.payload_length) : align());
      if (reach > end) end = reach;
    }
    return end + record_layout::kChunk;
  }

  /// Before the first append of a session: the bank not in use holds an older state, or nothing at all.
  Status settle_spare() {
    if (spare_settled_) return Status::ok;
    if (!erasing_spare_) erasing_spare_ = !is_blank(spare_, bank_size_);
    const Status status = erasing_spare_ ? erase(spare_) : Status::ok;
    spare_settled_ = status == Status::ok;
    return status;
  }

  Status erase(std::uint32_t bank) {
    Status status = Status::ok;
    while (status == Status::ok && erased_ < bank_size_) {
      status = flash_.erase(bank + erased_);
      if (status == Status::ok && !is_blank(bank + erased_, flash_.erase_size()))
        status = Status::erase_failed;
      if (status == Status::ok) erased_ += flash_.erase_size();
    }
    if (status != Status::would_block) erased_ = 0;
    return status;
  }

  /// Whether a record of this size fits behind the last one and leaves `reserve`. Where something was torn
  /// that read as erased before, the bank takes no more.
  bool takes(std::uint32_t size, std::uint32_t reserve) {
    if (!fits(end_, size + reserve, bank_size_)) return false;
    const bool blank = is_blank(bank_ + end_, size);
    if (!blank) end_ = bank_size_;
    return blank;
  }

  /// Programs what is left of the record, then its seal; each chunk is read back.
  Status write(Record& record, const ConstBytes& payload, std::uint32_t body_size) {
    std::uint32_t seal[] = {record.crc, ~record.crc};
    while (written_ < body_size + align()) {
      const std::uint32_t end = written_ < body_size ? body_size : body_size + align();
      std::uint8_t chunk[record_layout::kChunk];
      const ConstBytes bytes = ConstBytes(chunk).first(end - written_);
      for (std::uint32_t i = 0; i < bytes.size(); ++i) {
        const std::uint32_t at = written_ + i;
        std::uint8_t byte = 0;
        if (at < Record::kHeaderSize) {
          byte = record.header()[at];
        } else if (at - Record::kHeaderSize < payload.size()) {
          byte = payload[at - Record::kHeaderSize];
        } else if (at - body_size < sizeof(seal)) {
          byte = memory_of(seal)[at - body_size];
        }
        chunk[i] = byte;
      }
      const Status status = program_verified(flash_, bank_ + start_ + written_, bytes);
      if (status != Status::ok) return status;
      written_ += static_cast<std::uint32_t>(bytes.size());
    }
    return Status::ok;
  }

  Flash& flash_;
  bool has_snapshot_ = false;
  bool snapshot_doubtful_ = false;  ///< It was read, not written, by this session; nothing stands behind it.
  bool spare_settled_ = false;      ///< Nothing in the bank not in use can overtake what is appended here.
  bool erasing_spare_ = false;
  bool erasing_ = false;                   ///< The bank in use, before its first record.
  RecordKind writing_ = RecordKind::none;  ///< The record begun and not ended.
  std::uint32_t bank_size_ = 0;
  std::uint32_t bank_ = 0;      ///< Flash offset of the bank in use.
  std::uint32_t spare_ = 0;     ///< Flash offset of the other one.
  std::uint32_t last_ = 0;      ///< Offset of the newest record in it, or kNone.
  std::uint32_t end_ = 0;       ///< Where the next record goes; kNone: not known yet.
  std::uint32_t sequence_ = 0;  ///< Of the newest record.
  std::uint32_t erased_ = 0;    ///< Bytes of the bank that is being erased.
  std::uint32_t start_ = 0;     ///< Of the record that is being written.
  std::uint32_t written_ = 0;
  std::uint32_t writing_crc_ = 0;
};

}  // namespace tmd
