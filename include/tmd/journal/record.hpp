// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"

namespace tmd {

/// What a journal record holds.
enum class RecordKind : std::uint8_t {
  none = 0,
  snapshot = 1,  ///< Everything the store knows (store/snapshot.hpp).
  patch = 2,     ///< u32 patch offset, then patch bytes as they were received.
  blocks = 3,    ///< u32: the slot's bytes before this offset are durable and right.
  state = 4,     ///< The updater's own state at the start of an erase block.
  mark = 5,      ///< Nothing: it is there to prove the record before it.
};

/// The header of a record, as it lies on flash, and where. Numbers are little-endian, offsets are bytes from
/// the start of the journal's bank.
struct Record {
  static constexpr std::uint32_t kHeaderSize = 16;
  static constexpr std::uint32_t kCrcOffset = 12;
  static constexpr std::uint8_t kMagic = 0xA7;
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  /// u8 magic | u8 kind | u16 payload length | u32 sequence | u32 offset of the record before |
  /// u32 CRC-32 of the twelve bytes before and of the payload
  std::uint8_t header[kHeaderSize] = {};
  std::uint32_t offset = 0;  ///< Of the header.

  constexpr RecordKind kind() const { return static_cast<RecordKind>(header[1]); }
  /// Bytes; the payload follows the header.
  constexpr std::uint32_t payload_length() const { return load_le16(header + 2); }
  /// Numbers rise from record to record, across the banks.
  constexpr std::uint32_t sequence() const { return load_le32(header + 4); }
  /// Offset of the record that its writer counted as the one before; kNone for the first of a bank.
  constexpr std::uint32_t previous() const { return load_le32(header + 8); }
  constexpr std::uint32_t crc() const { return load_le32(header + kCrcOffset); }

  constexpr bool well_formed() const {
    return header[0] == kMagic && kind() >= RecordKind::snapshot && kind() <= RecordKind::mark;
  }
};

/// A record on flash: header, payload, padding; then, in units of its own and programmed only after the
/// record is whole, the seal. A record whose seal reads back was complete before power could go.
namespace record_layout {
/// u32 the record's CRC | u32 its complement
constexpr std::uint32_t kSealSize = 8;
/// Records start at multiples of this or of the program unit, whichever is larger, to keep the search at boot
/// short.
constexpr std::uint32_t kAlignment = 16;
/// The most that one program call of the journal covers, so the most that one power cut can leave undefined.
constexpr std::uint32_t kChunk = 32;

constexpr std::uint32_t alignment(std::uint32_t program_size) {
  return program_size > kAlignment ? program_size : kAlignment;
}
/// `align` is a power of two, as program units are.
constexpr std::uint32_t padded(std::uint32_t length, std::uint32_t align) {
  return (length + align - 1) & ~(align - 1);
}
constexpr std::uint32_t body_size(std::uint32_t payload_length, std::uint32_t align) {
  return padded(Record::kHeaderSize + payload_length, align);
}
constexpr std::uint32_t total_size(std::uint32_t payload_length, std::uint32_t align) {
  return body_size(payload_length, align) + padded(kSealSize, align);
}
}  // namespace record_layout

}  // namespace tmd
