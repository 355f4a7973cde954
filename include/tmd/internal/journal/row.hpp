// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/digest/crc32.hpp"

namespace tmd::detail {

/// The fields of a header row and of a seal row of the flash journal, as they lie in flash
/// (docs/flash-format.md). A seal repeats what its header says, and has the CRC-32 of the record before it where
/// the header has the number.
///
/// A row's first byte is its tag: any two tags, and a tag and an erased byte, differ in at least four bits, so
/// neither a payload nor a flipped bit makes one row into another.
struct Row {
  static constexpr std::uint8_t kHeader = 0x96;
  static constexpr std::uint8_t kPayload = 0x69;
  static constexpr std::uint8_t kSeal = 0x0F;
  /// Kind of the header that stands alone behind the two copies of a state, and says that both are complete.
  static constexpr std::uint8_t kMark = 0;

  std::uint8_t tag = 0;
  std::uint8_t kind = 0;
  std::uint16_t length = 0;
  std::uint32_t generation = 0;
  std::uint32_t value = 0;
  std::uint32_t check = 0;

  /// The CRC-32 goes on from the row's offset in its bank: a row counts only where it was written.
  std::uint32_t check_at(std::uint32_t offset) { return Crc32::of(memory_of(*this).first(12), offset); }
  bool is(std::uint8_t expected_tag, std::uint32_t offset) {
    return tag == expected_tag && check == check_at(offset);
  }
};
static_assert(sizeof(Row) == 16, "a row has no gaps");

/// Sizes that follow from that of a row: the larger of 16 bytes and a program unit.
struct RowSize {
  std::uint32_t bytes = 0;

  /// The most that one program call covers: one row, or two short ones. Fewer than a record has at least.
  static constexpr std::uint32_t call_for(std::uint32_t bytes) { return bytes < 32 ? 32 : bytes; }
  std::uint32_t call() const { return call_for(bytes); }
  /// What is left blank behind a place that may be torn: a call that looks blank, and a row that is blank.
  std::uint32_t gap() const { return call() + bytes; }
  /// Bytes of a record: a header, at least one row of payload, a seal.
  std::uint32_t record(std::uint32_t payload_length) const {
    const std::uint32_t rows = (payload_length + bytes - 2) / (bytes - 1);
    return (rows + (rows == 0 ? 3 : 2)) * bytes;
  }
  /// Room that a state takes at most: two copies and a mark, and the gap where power goes.
  std::uint32_t state_room(std::uint32_t state_length) const {
    return 2 * record(state_length) + bytes + gap();
  }
};

}  // namespace tmd::detail
