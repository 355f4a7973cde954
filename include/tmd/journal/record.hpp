// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/digest/crc32.hpp"
#include "tmd/flash/flash.hpp"

namespace tmd {

/// What a journal record holds.
enum class RecordKind : std::uint8_t {
  snapshot = 1,  ///< Everything the store knows (store/snapshot.hpp).
  patch = 2,     ///< u32 patch offset, then patch bytes as they were received.
  blocks = 3,    ///< u32: the slot's bytes before this offset are durable and right.
  state = 4,     ///< The updater's own state at the start of an erase block.
  mark = 5,      ///< Nothing: it is there to prove the record before it.
};

/// A record that was found: where its payload lies (flash offset) and how long it is, in bytes.
struct Record {
  RecordKind kind = RecordKind::snapshot;
  std::uint32_t sequence = 0;
  std::uint32_t payload_address = 0;
  std::uint32_t payload_length = 0;
};

/// A record on flash: header, payload, padding; then, in units of its own and programmed only after the
/// record is whole, the seal. A record whose seal reads back was complete before power could go. Numbers are
/// little-endian.
namespace record_layout {
// header: u8 magic | u8 kind | u16 payload length | u32 sequence | u32 CRC-32 of the eight bytes before and
// the payload
constexpr std::uint8_t kMagic = 0xA7;
constexpr std::uint32_t kHeaderSize = 12;
constexpr std::uint32_t kCrcOffset = 8;
// seal: u32 the record's CRC | u32 its complement
constexpr std::uint32_t kSealSize = 8;
/// Records start at multiples of this or of the program unit, whichever is larger, to keep the search at boot
/// short.
constexpr std::uint32_t kAlignment = 16;
/// The most that one program call of the journal covers, so the most that one power cut can leave undefined.
constexpr std::uint32_t kChunk = 32;

constexpr std::uint32_t alignment(std::uint32_t program_size) {
  return program_size > kAlignment ? program_size : kAlignment;
}
constexpr std::uint32_t padded(std::uint32_t length, std::uint32_t align) {
  return (length + align - 1) / align * align;
}
constexpr std::uint32_t body_size(std::uint32_t payload_length, std::uint32_t align) {
  return padded(kHeaderSize + payload_length, align);
}
constexpr std::uint32_t total_size(std::uint32_t payload_length, std::uint32_t align) {
  return body_size(payload_length, align) + padded(kSealSize, align);
}
constexpr void store_seal(std::uint8_t* seal, std::uint32_t crc) {
  store_le32(seal, crc);
  store_le32(seal + 4, ~crc);
}
}  // namespace record_layout

/// Walks the records of one journal bank in the order they were written. A record counts where its seal is
/// there, or where a later record is: the journal never starts a record before the one before it is whole.
///
///     RecordReader<Flash> reader(flash, bank);
///     Record record;
///     while (reader.next(record)) …
template <class Flash>
class RecordReader {
 public:
  RecordReader(Flash& flash, Region bank)
      : flash_(&flash), bank_(bank), align_(record_layout::alignment(flash.program_size())) {}

  /// False at the end. Unreadable places hold no record.
  [[nodiscard]] bool next(Record& record) {
    if (!started_) ahead_ = find(0);
    started_ = true;
    while (ahead_.found) {
      const Found current = ahead_;
      ahead_ = find(current.end);
      const bool repeated = ahead_.found && ahead_.record.sequence <= current.record.sequence;
      if (repeated || !(current.sealed || ahead_.found)) continue;
      record = current.record;
      return true;
    }
    return false;
  }

 private:
  struct Found {
    bool found = false;
    bool sealed = false;
    std::uint32_t end = 0;  ///< Offset in the bank of the first byte behind the seal.
    Record record;
  };

  /// The first intact record at or after `offset` of the bank.
  Found find(std::uint32_t offset) const {
    Found found;
    for (; !found.found && fits(offset, record_layout::kHeaderSize, bank_.size); offset += align_) {
      found.found = intact(offset, found);
    }
    return found;
  }

  bool intact(std::uint32_t offset, Found& found) const {
    Record& record = found.record;
    std::uint8_t header[record_layout::kHeaderSize] = {};
    if (flash_->read(bank_.address + offset, MutableBytes(header)) != Status::ok) return false;
    if (header[0] != record_layout::kMagic || header[1] < static_cast<std::uint8_t>(RecordKind::snapshot) ||
        header[1] > static_cast<std::uint8_t>(RecordKind::mark)) {
      return false;
    }
    record.kind = static_cast<RecordKind>(header[1]);
    record.payload_length = load_le16(header + 2);
    record.sequence = load_le32(header + 4);
    record.payload_address = bank_.address + offset + record_layout::kHeaderSize;
    const std::uint32_t size = record_layout::total_size(record.payload_length, align_);
    if (!fits(offset, size, bank_.size)) return false;
    found.end = offset + size;
    Crc32 crc;
    crc.update(ConstBytes(header, record_layout::kCrcOffset));
    for (std::uint32_t done = 0; done < record.payload_length;) {
      std::uint8_t chunk[record_layout::kChunk] = {};
      std::uint32_t count = record.payload_length - done;
      if (count > sizeof(chunk)) count = sizeof(chunk);
      const MutableBytes part = MutableBytes(chunk).first(count);
      if (flash_->read(record.payload_address + done, part) != Status::ok) return false;
      crc.update(part);
      done += count;
    }
    if (crc.value() != load_le32(header + record_layout::kCrcOffset)) return false;
    std::uint8_t seal[record_layout::kSealSize] = {};
    std::uint8_t expected[record_layout::kSealSize] = {};
    record_layout::store_seal(expected, crc.value());
    const std::uint32_t seal_offset = offset + record_layout::body_size(record.payload_length, align_);
    found.sealed = flash_->read(bank_.address + seal_offset, MutableBytes(seal)) == Status::ok &&
                   equal_bytes(ConstBytes(seal), ConstBytes(expected));
    return true;
  }

  Flash* flash_;
  Region bank_;
  std::uint32_t align_;
  bool started_ = false;
  Found ahead_;
};

}  // namespace tmd
