// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/flash/flash_port.hpp"
#include "tmd/internal/journal/banks.hpp"
#include "tmd/internal/journal/row.hpp"

namespace tmd::detail {

/// A walk through a bank of the flash journal.
struct BankWalk {
  std::uint8_t bank = 0;
  std::uint32_t offset = 0;
  std::uint32_t place = 0;    ///< Of the header found last.
  std::uint32_t used = 0;     ///< The end of the last row that is not blank; at first where the walk begins.
  std::uint32_t highest = 0;  ///< The highest generation in any header, whether its record is sealed or not.
  /// Rows that no journal writes, with no blank one between them: torn, rotten, or something else's. Once there are
  /// `kForeign` they stay.
  std::uint32_t strangers = 0;
  std::uint32_t in_a_row = 0;  ///< Such rows one behind the other.
  Row header;
  std::uint32_t loaded = 0xFFFFFFFF;  ///< Offset of the rows that were read last.
  std::uint32_t loaded_size = 0;
  Row rows[2];

  /// So many are something else's, or an erase was cut: what a failed call leaves has a blank row behind it.
  static constexpr std::uint32_t kForeign = 5;
};

/// Reads the two banks of the flash journal. Goes from record to record by their lengths while they are sealed,
/// else row by row, so that no length that was torn or has rotted leads past the next record. Payload is not
/// looked at; about one read a record where rows are short.
template <class Flash>
class BankReader {
 protected:
  constexpr BankReader() = default;
  constexpr BankReader(FlashPort<Flash>& port, Region region) { use(port, region); }
  constexpr void use(FlashPort<Flash>& port, Region region) {
    port_ = &port;
    banks_.bank[0].address = region.address;
    size_ = region.size;
  }
  Region region() const { return {banks_.bank[0].address, size_}; }
  bool split() { return port_ != nullptr && banks_.split(*port_, region()); }

  std::uint32_t size_of(std::uint32_t payload_length) const { return banks_.row.record(payload_length); }

  /// The next record that is sealed, or mark: `walk.header`, `walk.place`. False at the end of the bank.
  bool next_record(BankWalk& walk) {
    const std::uint32_t row_size = banks_.row.bytes;
    const std::uint32_t end = banks_.bank[walk.bank].size;
    for (; walk.offset < end; walk.offset += row_size) {
      Row* row = &load(walk, walk.offset);
      bool is_known = row->is(Row::kHeader, walk.offset);
      if (is_known) {
        walk.header = *row;
        walk.in_a_row = 0;
        walk.place = walk.offset;
        if (row->generation > walk.highest) walk.highest = row->generation;
        const std::uint32_t size = sealed_size(walk);
        if (size != 0) {
          walk.used = walk.offset += size;
          return true;
        }
        row = &walk.header;
      } else {
        is_known = row->is(Row::kSeal, walk.offset);
      }
      if (is_known) {
        walk.in_a_row = 0;
      } else if (is_blank(walk.bank, walk.offset, row_size)) {
        // Asked at the first of blank rows one behind the other: where no blocks are erased they may be many.
        if (walk.offset == walk.used && is_blank(walk.bank, walk.offset, end - walk.offset)) return false;
        walk.in_a_row = 0;
        if (walk.strangers < BankWalk::kForeign) walk.strangers = 0;
        const std::uint32_t rest = end_of_block(walk) - walk.offset;
        if (is_blank(walk.bank, walk.offset, rest)) walk.offset += rest - row_size;
        continue;
      } else if (row->tag != Row::kPayload) {
        ++walk.strangers;
        // More than a torn call and a bad row: the block was being erased. No record lies in it any more.
        if (++walk.in_a_row > 4) walk.offset = end_of_block(walk) - row_size;
      } else {
        walk.in_a_row = 0;
      }
      walk.used = walk.offset + row_size;
    }
    return false;
  }

  /// Whether the record at this place, whose header and seal match, is as it was written; `crc` then is its CRC-32.
  bool is_whole(std::uint8_t bank, std::uint32_t place, std::uint32_t payload_length, std::uint32_t& crc) {
    Row seal;
    const std::uint32_t at = place + size_of(payload_length) - banks_.row.bytes;
    if (read_bank(bank, at, memory_of(seal)) != Status::ok || !seal.is(Row::kSeal, at) ||
        !has_crc(bank, place, payload_length, seal.value))
      return false;
    crc = seal.value;
    return true;
  }
  /// Whether what lies before the seal of a record has this CRC-32.
  bool has_crc(std::uint8_t bank, std::uint32_t place, std::uint32_t payload_length, std::uint32_t expected) {
    std::uint32_t crc = 0;
    const std::uint32_t end = place + size_of(payload_length) - banks_.row.bytes;
    while (place < end) {
      std::uint8_t chunk[64];
      const MutableBytes part = MutableBytes(chunk).first(end - place);
      if (read_bank(bank, place, part) != Status::ok) return false;
      crc = Crc32::of(part, crc);
      place += static_cast<std::uint32_t>(part.size());
    }
    return crc == expected;
  }

  /// Reads payload from byte `at` of the record at this place.
  Status read_payload(std::uint8_t bank, std::uint32_t place, std::uint32_t at, MutableBytes out) {
    const std::uint32_t row_size = banks_.row.bytes;
    std::uint32_t row_number = at / (row_size - 1) + 1;
    std::uint32_t column = at % (row_size - 1) + 1;
    while (!out.empty()) {
      const MutableBytes part = out.first(row_size - column);
      const Status status = read_bank(bank, place + row_number * row_size + column, part);
      if (status != Status::ok) return status;
      out = out.from(part.size());
      ++row_number;
      column = 1;
    }
    return Status::ok;
  }

  /// A read that failed is tried once more.
  Status read_bank(std::uint8_t bank, std::uint32_t offset, const MutableBytes& out) {
    offset += banks_.bank[bank].address;
    const Status status = port_->read(offset, out);
    return status == Status::ok ? status : port_->read(offset, out);
  }
  /// Anything that can't be told is not blank.
  bool is_blank(std::uint8_t bank, std::uint32_t offset, std::uint32_t length) {
    bool blank = false;
    return port_->is_blank(banks_.bank[bank].address + offset, length, blank) == Status::ok && blank;
  }

 private:
  /// Bytes of the record whose header was just found, or of a mark; 0: it is not sealed.
  std::uint32_t sealed_size(BankWalk& walk) {
    const std::uint32_t row_size = banks_.row.bytes;
    if (walk.header.kind == Row::kMark) return row_size;
    const std::uint32_t size = size_of(walk.header.length);
    if (!fits(walk.offset, size, banks_.bank[walk.bank].size)) return 0;
    const std::uint32_t last = walk.offset + size - row_size;
    Row& seal = load(walk, last);
    return seal.is(Row::kSeal, last) && seal.kind == walk.header.kind && seal.length == walk.header.length &&
                   seal.generation == walk.header.generation
               ? size
               : 0;
  }

  std::uint32_t end_of_block(const BankWalk& walk) const {
    const std::uint32_t bank = banks_.bank[walk.bank].address;
    return erase_block_at(*port_, bank + walk.offset).end() - bank;
  }

  /// The fields of the row at this offset, zero where it can't be read. Where rows are short one read fetches two:
  /// a seal and the header behind it.
  Row& load(BankWalk& walk, std::uint32_t offset) {
    if (offset - walk.loaded >= walk.loaded_size) {
      walk.loaded = offset;
      walk.loaded_size = sizeof(walk.rows);
      const std::uint32_t address = banks_.bank[walk.bank].address + offset;
      if (offset + sizeof(walk.rows) > banks_.bank[walk.bank].size ||
          port_->read(address, memory_of(walk.rows)) != Status::ok) {
        walk.loaded_size = sizeof(Row);
        if (read_bank(walk.bank, offset, memory_of(walk.rows[0])) != Status::ok) walk.rows[0] = Row();
      }
    }
    return walk.rows[offset != walk.loaded];
  }

 protected:
  FlashPort<Flash>* port_ = nullptr;
  Banks banks_;

 private:
  std::uint32_t size_ = 0;  ///< Of the region, from the first bank on.
};

}  // namespace tmd::detail
