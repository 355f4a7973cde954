// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "device/journal/life.hpp"
#include "tmd/digest/crc32.hpp"

namespace tmd::test {

// An attacker's rows of the flash journal, by docs/flash-format.md and not by the journal's own writer. The attacker
// knows everything: where its bytes will lie, which numbers come next, and the first byte of the row that they go to.

constexpr std::uint8_t kHeaderTag = 0x96;
constexpr std::uint8_t kPayloadTag = 0x69;
constexpr std::uint8_t kSealTag = 0x0F;

/// A row as the journal would write it at this offset of its bank.
inline Bytes forged_row(std::uint8_t tag, std::uint8_t kind, std::uint16_t length, std::uint32_t generation,
                        std::uint32_t value, std::uint32_t offset) {
  Bytes row(16);
  row[0] = tag;
  row[1] = kind;
  store_le16(&row[2], length);
  store_le32(&row[4], generation);
  store_le32(&row[8], value);
  store_le32(&row[12], Crc32::of(ConstBytes(row.data(), 12), offset));
  return row;
}

/// Whose tags a forgery has: those that it needs, or, right in everything else, the one that every row of a payload
/// begins with whatever the payload is.
enum class Tags : std::uint8_t { own, of_payload };

/// A record of four bytes, whole, as it would lie at this offset.
inline Bytes forged_record(std::uint8_t kind, std::uint32_t generation, std::uint32_t number,
                           std::uint32_t offset, std::uint32_t row_size, Tags tags = Tags::own) {
  const bool own = tags == Tags::own;
  Bytes bytes = forged_row(own ? kHeaderTag : kPayloadTag, kind, 4, generation, number, offset);
  bytes.resize(row_size);
  for (const std::uint8_t byte :
       {kPayloadTag, std::uint8_t{'e'}, std::uint8_t{'v'}, std::uint8_t{'i'}, std::uint8_t{'l'}})
    bytes.push_back(byte);
  bytes.resize(2 * row_size);
  const Bytes seal = forged_row(own ? kSealTag : kPayloadTag, kind, 4, generation, Crc32::of(view(bytes)),
                                offset + 2 * row_size);
  bytes.insert(bytes.end(), seal.begin(), seal.end());
  bytes.resize(3 * row_size);
  return bytes;
}

/// A whole state, mark and all, as it would lie at this offset.
inline Bytes forged_state(std::uint32_t generation, std::uint32_t offset, std::uint32_t row_size,
                          Tags tags = Tags::own) {
  Bytes bytes = forged_record(0x81, generation, 1, offset, row_size, tags);
  const Bytes mark =
      forged_row(tags == Tags::own ? kHeaderTag : kPayloadTag, 0x00, 4, generation, 1, offset + 3 * row_size);
  bytes.insert(bytes.end(), mark.begin(), mark.end());
  bytes.resize(4 * row_size);
  return bytes;
}

/// The payload that makes rows of these bytes: each but its first byte, which is the journal's.
inline Bytes without_tags(const Bytes& rows, std::uint32_t row_size) {
  Bytes payload;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i % row_size != 0) payload.push_back(rows[i]);
  }
  return payload;
}

}  // namespace tmd::test
