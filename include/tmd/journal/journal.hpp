// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/journal/record.hpp"

namespace tmd {

/// A record's payload, gathered from up to three places.
struct Payload {
  ConstBytes parts[3];

  constexpr std::uint32_t size() const {
    return static_cast<std::uint32_t>(parts[0].size() + parts[1].size() + parts[2].size());
  }
  constexpr std::uint8_t at(std::uint32_t index) const {
    std::size_t rest = index;
    for (const ConstBytes& part : parts) {
      if (rest < part.size()) return part[rest];
      rest -= part.size();
    }
    return 0;
  }
};

/// An append-only log in two banks of erase blocks, of which the one with the newest proven snapshot counts.
///
/// Power may go during any call: afterwards a record is there whole or not at all, and every record whose
/// `append` returned ok is there. These rules make that hold on flash that leaves torn units readable as
/// anything, and as something else at the next boot; tests/protocol has them as a model that a model checker
/// has gone through:
///  - a record is followed by a seal that is programmed after it, and names the record before it: what counts
///  is the
///    last sealed record and what it leads back to (record.hpp);
///  - the first append after a mount leaves a gap of one program call: a torn unit may look erased;
///  - a full bank is left for the other one, which is erased first and counts only from its first snapshot
///  on. Before
///    that erase, a record behind a snapshot that was only read, never written, by this session proves it for
///    good;
///  - a bank that is neither blank nor has a snapshot is erased before the other one is appended to: it may
///  hold a
///    newer snapshot that does not read well today.
///
/// Not blocking beyond single flash operations: calls that answer `would_block` are repeated with the same
/// arguments.
template <class Flash>
class Journal {
 public:
  Journal(Flash& flash, Region region) : flash_(flash), region_(region) {}

  /// The journal has two banks; they take the region's erase blocks, an odd one is left unused. Bytes.
  std::uint32_t bank_size() const {
    const std::uint32_t block = flash_.erase_size();
    return region_.size / block / 2 * block;
  }
  Region bank(unsigned index) const {
    return Region{region_.address + (index == 0 ? 0 : bank_size()), bank_size()};
  }

  /// Finds the newest snapshot. ok, or not_found where there is none in either bank (a new device). Reads
  /// only.
  Status mount(Record& newest) {
    has_snapshot_ = end_known_ = writing_ = erasing_ = false;
    spare_checked_ = spare_doubtful_ = other_has_snapshot_ = marking_ = false;
    sequence_ = erased_ = 0;
    last_ = Record();
    for (unsigned index = 0; index < 2; ++index) {
      Record last;
      if (!find_last_sealed(flash_, bank(index), last)) continue;
      Record snapshot = last;
      bool found = true;
      while (found && snapshot.kind != RecordKind::snapshot) found = step_back(bank(index), snapshot);
      if (!found) continue;
      other_has_snapshot_ = has_snapshot_;
      if (has_snapshot_ && snapshot.sequence < newest.sequence) continue;
      newest = snapshot;
      last_ = last;
      has_snapshot_ = true;
      bank_ = index;
    }
    snapshot_doubtful_ = has_snapshot_ && last_.kind == RecordKind::snapshot;
    sequence_ = last_.sequence;
    return has_snapshot_ ? Status::ok : Status::not_found;
  }

  /// The newest record that counts. False on a new device.
  [[nodiscard]] bool newest(Record& record) const {
    record = last_;
    return has_snapshot_;
  }
  /// From a record to the one before it. False at the bank's first one.
  [[nodiscard]] bool previous(Record& record) { return step_back(bank(bank_), record); }

  [[nodiscard]] Status read(std::uint32_t address, MutableBytes out) { return flash_.read(address, out); }

  /// True where a fresh bank has room for a record of this payload size beside the snapshots it must hold.
  bool fits_fresh_bank(std::uint32_t payload_length, std::uint32_t snapshot_size) const {
    const std::uint32_t kept = 3 * record_layout::total_size(snapshot_size, align()) + record_layout::kChunk;
    const std::uint32_t own = record_layout::total_size(payload_length, align());
    return payload_length <= 0xFFFFU && kept + own <= bank_size();
  }

  /// Bytes of payload that a record of another kind than snapshot may have now; room for two snapshots stays
  /// free.
  [[nodiscard]] Status room(std::uint32_t snapshot_size, std::uint32_t& bytes) {
    const Status status = find_end();
    if (status != Status::ok) return status;
    const std::uint32_t kept = 2 * record_layout::total_size(snapshot_size, align()) + record_layout::kChunk;
    const std::uint32_t own = record_layout::total_size(0, align()) + align();
    const std::uint32_t left = bank_size() - end_;
    bytes = left > kept + own ? left - kept - own : 0;
    return Status::ok;
  }

  /// Appends a record. ok: it is durable. journal_full: it does not fit this bank (`open_bank`, then again).
  /// would_block; verify_failed, program_failed: the flash is at fault, the place is skipped by the next
  /// append.
  [[nodiscard]] Status append(RecordKind kind, const Payload& payload) {
    if (erasing_) return Status::journal_full;
    Status status = find_end();
    if (status == Status::ok) status = check_spare();
    if (status != Status::ok) return status;
    const std::uint32_t total = record_layout::total_size(payload.size(), align());
    const std::uint32_t crc = header_for(kind, payload);
    if (writing_ && crc != writing_crc_) {
      end_ += writing_total_;  // the caller gave up the record it had begun
      writing_ = false;
    }
    if (!writing_) {
      if (payload.size() > 0xFFFFU || !takes(total)) return Status::journal_full;
      writing_ = true;
      writing_crc_ = crc;
      writing_total_ = total;
      written_ = 0;
    }
    status = write(payload, crc);
    if (status == Status::would_block) return status;
    writing_ = false;
    const std::uint32_t offset = end_;
    end_ += total;
    if (status != Status::ok) return status;
    ++sequence_;
    if (!read_record(flash_, bank(bank_), offset, last_)) return Status::verify_failed;
    snapshot_doubtful_ = false;
    if (kind == RecordKind::snapshot) has_snapshot_ = true;
    return Status::ok;
  }

  /// Appends a snapshot, in the other bank where this one is full.
  [[nodiscard]] Status append_snapshot(const Payload& payload) {
    Status status = marking_ ? Status::journal_full : append(RecordKind::snapshot, payload);
    if (status != Status::journal_full) return status;
    status = open_bank();
    return status == Status::ok ? append(RecordKind::snapshot, payload) : status;
  }

  /// Erases the other bank and goes on there. The records of this bank go on counting until the first
  /// snapshot in the new one; without it, all that is appended there is lost with power.
  [[nodiscard]] Status open_bank() {
    if (snapshot_doubtful_ && !erasing_) {
      const Status status = append(RecordKind::mark, Payload());
      marking_ = status == Status::would_block;
      if (status != Status::ok && status != Status::journal_full) return status;
      snapshot_doubtful_ = false;
    }
    if (!erasing_) {
      // A bank that has no snapshot yet is begun again: the other one holds the only state there is.
      if (has_snapshot_) bank_ ^= 1U;
      has_snapshot_ = false;
      last_ = Record();
      erasing_ = true;
      erased_ = 0;
    }
    const Status status = erase_bank(bank(bank_));
    if (status != Status::ok) return status;
    erasing_ = writing_ = false;
    end_known_ = spare_checked_ = true;
    end_ = 0;
    // Above every number that the bank left behind may hold, also in records that do not read well today.
    sequence_ = (sequence_ | 0xFFU) + 1;
    return Status::ok;
  }

 private:
  std::uint32_t align() const { return record_layout::alignment(flash_.program_size()); }

  bool step_back(Region in, Record& record) {
    // Strictly backwards, so that no chain of records, whatever they hold, has no end.
    return record.previous < record.offset && read_record(flash_, in, record.previous, record);
  }

  Status erase_bank(Region whole) {
    while (erased_ < whole.size) {
      const Status status = flash_.erase(whole.address + erased_);
      if (status == Status::would_block) return status;
      if (status != Status::ok) {
        erased_ = 0;
        return status;
      }
      erased_ += flash_.erase_size();
    }
    erased_ = 0;
    return Status::ok;
  }

  /// Before the first append of a session.
  Status check_spare() {
    if (spare_checked_ || !has_snapshot_) return Status::ok;
    const Region spare = bank(bank_ ^ 1U);
    if (!spare_doubtful_) {
      bool blank = other_has_snapshot_;
      const bool known = blank || flash_.is_blank(spare.address, spare.size, blank) == Status::ok;
      spare_doubtful_ = !known || !blank;
    }
    const Status status = spare_doubtful_ ? erase_bank(spare) : Status::ok;
    spare_checked_ = status == Status::ok;
    return status;
  }

  /// Whether a record of `total` bytes fits behind the last one. Where something was torn that read as erased
  /// before, the bank takes no more.
  bool takes(std::uint32_t total) {
    bool blank = false;
    if (total > bank_size() - end_) return false;
    if (flash_.is_blank(bank(bank_).address + end_, total, blank) != Status::ok || !blank) end_ = bank_size();
    return blank;
  }

  /// Where the next record goes: behind everything that is not blank, and after a mount one program call
  /// further.
  Status find_end() {
    if (end_known_) return Status::ok;
    const Region current = bank(bank_);
    // Without any snapshot nothing in either bank can be trusted to be erased.
    end_ = current.size;
    while (has_snapshot_ && end_ != 0) {
      bool blank = false;
      const Status status = flash_.is_blank(current.address + end_ - align(), align(), blank);
      if (status != Status::ok && status != Status::read_failed) return status;
      if (status != Status::ok || !blank) break;
      end_ -= align();
    }
    skip_torn_records();
    end_ = current.size - end_ > record_layout::kChunk ? end_ + record_layout::kChunk : current.size;
    end_known_ = true;
    return Status::ok;
  }

  /// Programmed units that hold what erased flash reads as look blank. Where a torn record's header can be
  /// read it says how far such units may reach; where it can't be, nothing behind its first call was
  /// programmed.
  void skip_torn_records() {
    const Region current = bank(bank_);
    Record torn;
    std::uint8_t header[record_layout::kHeaderSize] = {};
    for (std::uint32_t offset = last_.offset; has_snapshot_ && offset < end_; offset += align()) {
      if (!read_header(flash_, current, offset, torn, header)) continue;
      const std::uint32_t torn_end = offset + record_layout::total_size(torn.payload_length, align());
      if (torn_end > end_) end_ = torn_end;
    }
  }

  /// Fills `header_` for the record at hand and gives its CRC.
  std::uint32_t header_for(RecordKind kind, const Payload& payload) {
    header_[0] = record_layout::kMagic;
    header_[1] = static_cast<std::uint8_t>(kind);
    store_le16(header_ + 2, static_cast<std::uint16_t>(payload.size()));
    store_le32(header_ + 4, sequence_ + 1);
    store_le32(header_ + 8, last_.offset);
    Crc32 crc;
    crc.update(ConstBytes(header_, record_layout::kCrcOffset));
    for (const ConstBytes& part : payload.parts) crc.update(part);
    store_le32(header_ + record_layout::kCrcOffset, crc.value());
    return crc.value();
  }

  /// Programs what is left of the record, then its seal; each chunk is read back.
  Status write(const Payload& payload, std::uint32_t crc) {
    const std::uint32_t body = record_layout::body_size(payload.size(), align());
    std::uint8_t seal[record_layout::kSealSize] = {};
    record_layout::store_seal(seal, crc);
    while (written_ < writing_total_) {
      const std::uint32_t part_end = written_ < body ? body : writing_total_;
      std::uint32_t count = part_end - written_;
      if (count > record_layout::kChunk) count = record_layout::kChunk;
      std::uint8_t chunk[record_layout::kChunk] = {};
      for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t at = written_ + i;
        if (at >= body) {
          chunk[i] = at - body < record_layout::kSealSize ? seal[at - body] : std::uint8_t{0};
        } else {
          chunk[i] =
              at < record_layout::kHeaderSize ? header_[at] : payload.at(at - record_layout::kHeaderSize);
        }
      }
      const std::uint32_t address = bank(bank_).address + end_ + written_;
      const ConstBytes bytes = ConstBytes(chunk).first(count);
      Status status = flash_.program(address, bytes);
      if (status == Status::ok) status = verify_programmed(flash_, address, bytes);
      if (status != Status::ok) return status;
      written_ += count;
    }
    return Status::ok;
  }

  Flash& flash_;
  Region region_;
  unsigned bank_ = 0;
  bool has_snapshot_ = false;
  bool end_known_ = false;
  bool writing_ = false;
  bool erasing_ = false;
  bool snapshot_doubtful_ =
      false;  ///< The newest snapshot was read, not written, and nothing stands behind it.
  bool other_has_snapshot_ = false;  ///< The bank not in use holds an older state, and so nothing newer.
  bool spare_checked_ = false;
  bool spare_doubtful_ = false;  ///< The bank not in use is being erased: it may hold something newer.
  bool marking_ = false;         ///< The record that proves a doubtful snapshot is being written.
  std::uint32_t end_ = 0;
  std::uint32_t erased_ = 0;
  std::uint32_t sequence_ = 0;  ///< Of the newest record.
  Record last_;
  std::uint32_t written_ = 0;
  std::uint32_t writing_crc_ = 0;
  std::uint32_t writing_total_ = 0;
  std::uint8_t header_[record_layout::kHeaderSize] = {};
};

}  // namespace tmd
