// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"

namespace tmd {

/// What a journal record holds.
enum class RecordKind : std::uint8_t {
  none = 0,
  snapshot = 1,  ///< Everything the store knows (internal/store/snapshot.hpp).
  patch = 2,     ///< Patch bytes as they were received; the number is the patch offset of the first.
  blocks = 3,    ///< The slot's bytes before this number are durable and right.
  state = 4,     ///< The updater's own state at the start of an erase block.
  mark = 5,      ///< Nothing: it is there to prove the record before it.
};

/// The header of a record, and where it is. Offsets are bytes from the start of the journal's bank.
struct Record {
  static constexpr std::uint8_t kMagic = 0xA7;
  static constexpr std::uint32_t kHeaderSize = 20;
  static constexpr std::uint32_t kCrcOffset = 16;
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  // On flash as they lie in memory, every byte of which is a member; all targets are little-endian.
  std::uint8_t magic;
  RecordKind kind;
  std::uint16_t payload_length;  ///< Bytes; the payload follows the header.
  std::uint32_t sequence;        ///< Rises from record to record, across the banks.
  std::uint32_t previous;        ///< Offset of the record that its writer counted as the one before it;
                                 ///< kNone for the first of a bank.
  std::uint32_t number;          ///< What it means depends on the kind.
  std::uint32_t crc;             ///< CRC-32 of the sixteen bytes before and of the payload.

  std::uint32_t offset;  ///< Of the header; not on flash.

  MutableBytes header() { return memory_of(*this).first(kHeaderSize); }
  bool well_formed() const {
    return magic == kMagic && kind >= RecordKind::snapshot && kind <= RecordKind::mark;
  }
};
static_assert(sizeof(Record) == Record::kHeaderSize + 4, "a header has no bytes but its members'");

/// A record on flash: header, payload, padding; then, in units of its own and programmed only after the
/// record is whole, the seal. A record whose seal reads back was complete before power could go.
namespace record_layout {
/// u32 the record's CRC | u32 its complement, in memory as on flash.
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
constexpr std::uint32_t body_size(std::uint32_t payload_length, std::uint32_t align) {
  return (Record::kHeaderSize + payload_length + align - 1) & ~(align - 1);
}
constexpr std::uint32_t total_size(std::uint32_t payload_length, std::uint32_t align) {
  return body_size(payload_length, align) + align;
}
static_assert(kSealSize <= kAlignment, "a seal takes the place of one alignment");
}  // namespace record_layout

}  // namespace tmd
