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

/// A record that was found: where it lies in its bank, where its payload lies (flash offset), how long that
/// is, in bytes.
struct Record {
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  RecordKind kind = RecordKind::snapshot;
  std::uint32_t sequence = 0;
  std::uint32_t offset = kNone;    ///< Of the header, in the bank.
  std::uint32_t previous = kNone;  ///< Of the header of the record before it; kNone for the first of a bank.
  std::uint32_t payload_address = 0;
  std::uint32_t payload_length = 0;
  std::uint32_t crc = 0;
};

/// A record on flash: header, payload, padding; then, in units of its own and programmed only after the
/// record is whole, the seal. A record whose seal reads back was complete before power could go. Numbers are
/// little-endian.
namespace record_layout {
// header: u8 magic | u8 kind | u16 payload length | u32 sequence | u32 offset of the record before | u32
// CRC-32 of the twelve bytes before and of the payload
constexpr std::uint8_t kMagic = 0xA7;
constexpr std::uint32_t kHeaderSize = 16;
constexpr std::uint32_t kCrcOffset = 12;
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

/// Reads the header of the record that begins at `offset` of a bank, whole or torn. False where none can be
/// read.
template <class Flash>
[[nodiscard]] bool read_header(Flash& flash, Region bank, std::uint32_t offset, Record& record,
                               std::uint8_t (&header)[record_layout::kHeaderSize]) {
  if (!bank.contains(offset, sizeof(header))) return false;
  if (flash.read(bank.address + offset, MutableBytes(header)) != Status::ok) return false;
  if (header[0] != record_layout::kMagic || header[1] < static_cast<std::uint8_t>(RecordKind::snapshot) ||
      header[1] > static_cast<std::uint8_t>(RecordKind::mark)) {
    return false;
  }
  record.kind = static_cast<RecordKind>(header[1]);
  record.offset = offset;
  record.payload_length = load_le16(header + 2);
  record.sequence = load_le32(header + 4);
  record.previous = load_le32(header + 8);
  record.payload_address = bank.address + offset + record_layout::kHeaderSize;
  record.crc = load_le32(header + record_layout::kCrcOffset);
  const std::uint32_t align = record_layout::alignment(flash.program_size());
  return bank.contains(offset, record_layout::total_size(record.payload_length, align));
}

/// Reads the record at `offset` of a bank. False where there is none that is whole, or where it can't be
/// read.
template <class Flash>
[[nodiscard]] bool read_record(Flash& flash, Region bank, std::uint32_t offset, Record& record) {
  std::uint8_t header[record_layout::kHeaderSize] = {};
  if (!read_header(flash, bank, offset, record, header)) return false;
  Crc32 crc;
  crc.update(ConstBytes(header, record_layout::kCrcOffset));
  for (std::uint32_t done = 0; done < record.payload_length;) {
    std::uint8_t chunk[record_layout::kChunk] = {};
    std::uint32_t count = record.payload_length - done;
    if (count > sizeof(chunk)) count = sizeof(chunk);
    const MutableBytes part = MutableBytes(chunk).first(count);
    if (flash.read(record.payload_address + done, part) != Status::ok) return false;
    crc.update(part);
    done += count;
  }
  return crc.value() == record.crc;
}

/// Whether the seal of a record reads back: the record was whole before power could go.
template <class Flash>
[[nodiscard]] bool is_sealed(Flash& flash, Region bank, const Record& record) {
  std::uint8_t seal[record_layout::kSealSize] = {};
  std::uint8_t expected[record_layout::kSealSize] = {};
  record_layout::store_seal(expected, record.crc);
  const std::uint32_t align = record_layout::alignment(flash.program_size());
  const std::uint32_t offset = record.offset + record_layout::body_size(record.payload_length, align);
  return flash.read(bank.address + offset, MutableBytes(seal)) == Status::ok &&
         equal_bytes(ConstBytes(seal), ConstBytes(expected));
}

/// The last sealed record of a bank, by position. What counts is this one and, along `previous`, those that
/// its writer counted: a record in between was found torn by somebody who then wrote on, though it may read
/// well now.
template <class Flash>
[[nodiscard]] bool find_last_sealed(Flash& flash, Region bank, Record& last) {
  const std::uint32_t align = record_layout::alignment(flash.program_size());
  bool found = false;
  Record record;
  for (std::uint32_t offset = 0; offset < bank.size; offset += align) {
    if (!read_record(flash, bank, offset, record)) continue;
    if (is_sealed(flash, bank, record)) {
      last = record;
      found = true;
    }
    offset += record_layout::body_size(record.payload_length, align) - align;
  }
  return found;
}

}  // namespace tmd
