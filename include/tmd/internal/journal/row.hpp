// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/digest/crc32.hpp"

namespace tmd {

/// The rows that a bank of the flash journal consists of (docs/flash-format.md). A row's first byte is its tag:
/// any two tags, and a tag and an erased byte, differ in at least four bits, so neither a payload nor a flipped
/// bit makes one row into another.
namespace row {
constexpr std::uint8_t kHeader = 0x96;
constexpr std::uint8_t kPayload = 0x69;
constexpr std::uint8_t kSeal = 0x0F;
/// Kind of the header that stands alone behind the two copies of a state, and says that both are complete.
constexpr std::uint8_t kMark = 0;
/// Bytes of a header or seal that mean something; the rest of a longer row is zero.
constexpr std::uint32_t kFields = 16;

constexpr std::uint32_t size_for(std::uint32_t program_unit) {
  return program_unit < kFields ? kFields : program_unit;
}
/// The most that one program call covers: one row, or two short ones. Fewer than a record has at least.
constexpr std::uint32_t call_size(std::uint32_t row_size) {
  return row_size < 32 ? 32 : row_size;
}
/// What is left blank behind a place that may be torn: a call that looks blank, and a row that is blank.
constexpr std::uint32_t gap(std::uint32_t row_size) {
  return call_size(row_size) + row_size;
}
/// Bytes of a record: a header, at least one row of payload, a seal.
constexpr std::uint32_t record_size(std::uint32_t payload_length, std::uint32_t row_size) {
  const std::uint32_t rows = (payload_length + row_size - 2) / (row_size - 1);
  return (rows < 1 ? 3 : rows + 2) * row_size;
}

/// The fields of a header and of a seal: a seal repeats what its header says, and has the CRC-32 of the record
/// before it where the header has the number.
struct Fields {
  std::uint8_t bytes[kFields] = {};

  std::uint8_t tag() const { return bytes[0]; }
  std::uint8_t kind() const { return bytes[1]; }
  std::uint16_t length() const { return load_le16(bytes + 2); }
  std::uint32_t generation() const { return load_le32(bytes + 4); }
  std::uint32_t value() const { return load_le32(bytes + 8); }

  /// The CRC-32 goes on from the row's offset in its bank: a row counts only where it was written.
  std::uint32_t check(std::uint32_t offset) const { return Crc32::of(ConstBytes(bytes).first(12), offset); }
  bool is_valid(std::uint32_t offset) const { return load_le32(bytes + 12) == check(offset); }
  bool belongs_to(const Fields& header) const { return equal_bytes(bytes + 1, header.bytes + 1, 7); }
};

}  // namespace row
}  // namespace tmd
