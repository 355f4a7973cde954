// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/internal/journal/bank_reader.hpp"
#include "tmd/journal/journal.hpp"

namespace tmd::detail {

/// Writes records and erases banks of the flash journal, over several calls where the driver is busy. What a
/// driver is given lies in the buffer here and stays until it has answered.
template <class Flash>
class RecordWriter : protected BankReader<Flash> {
 protected:
  using Reader = BankReader<Flash>;
  using Reader::banks_;
  using Reader::is_blank;
  using Reader::port_;
  using Reader::read_bank;
  using Reader::read_payload;
  using Reader::Reader;
  using Reader::size_of;
  constexpr RecordWriter() = default;

  static constexpr std::uint32_t kMaxPayload = 0xFFFF;

  Status settle() { return port_->settle(); }
  void allow(std::uint32_t work) { port_->allow(work); }
  /// The bank without the state.
  std::uint8_t spare() const { return present_ ^ 1U; }

  /// What is being done over several calls, beside kinds of records of the log.
  enum Operation : std::uint8_t {
    kNothing = 0,
    kStartingState = 0x80,
    kKeepingState,
    kStartingLog,
    kRestoring,
    kOpening,
    kWiping,
  };

  /// Whether this is the call that answered would_block, with the same bytes. Any other one gives it up. Of a long
  /// payload its beginning tells, with its length: it is looked at in every call.
  bool goes_on(std::uint8_t operation, std::uint32_t number, const ConstBytes& payload) {
    payload_ = payload;
    const std::uint32_t before = payload_crc_;
    payload_crc_ = Crc32::of(payload.first(256), number + static_cast<std::uint32_t>(payload.size()));
    return running_ == operation && payload_crc_ == before;
  }
  void start(std::uint8_t operation, std::uint8_t bank, std::uint32_t number, std::uint32_t generation) {
    running_ = operation;
    bank_ = bank;
    number_ = number;
    record_generation_ = generation;
    step_ = 0;
    filled_ = 0;
    written_ = 0;
  }

  /// The step before a state is written to a bank that its log begins in: the log's first record.
  static constexpr std::uint8_t kLogRecord = 3;

  /// What failed is not gone on with.
  Status end_unless_busy(Status status) {
    if (status != Status::ok && status != Status::would_block) running_ = kNothing;
    return status;
  }

  /// Whether there is room in a bank for so many bytes and `reserve` behind them. What is not blank there was torn,
  /// or a bit of it has flipped: it is passed by.
  bool takes(std::uint8_t bank, std::uint32_t size, std::uint32_t reserve) {
    for (; fits(end_[bank], size + reserve, banks_.bank[bank].size); end_[bank] += banks_.row.gap()) {
      if (is_blank(bank, end_[bank], size)) return true;
    }
    return false;
  }

  /// Writes what is left of a record: header, payload, seal, each by its own program calls, each read back. A mark
  /// is a header alone. The payload is that of `goes_on`, or where a state is restored that of the state, and of the
  /// record at `logged_` before.
  Status write_record(std::uint8_t kind, std::uint16_t length) {
    const std::uint32_t size = kind == Row::kMark ? banks_.row.bytes : size_of(length);
    std::uint32_t& end = end_[bank_];
    do {
      if (filled_ == 0) {
        // What runs, and is given up, may still be reading the buffer.
        const Status status = port_->settle();
        if (status != Status::ok) return status;
        if (written_ == 0) {
          // A record that is given up is followed by a gap, as if it were torn.
          place_ = end;
          end += size + banks_.row.gap();
          crc_ = 0;
        }
        filled_ = static_cast<std::uint16_t>(banks_.row.bytes);
        if (written_ == 0 || written_ == size - banks_.row.bytes) {
          fill_fields(kind, length);
        } else if (!fill_payload(size)) {
          return Status::read_failed;
        }
      }
      const ConstBytes bytes(buffer_, filled_);
      const std::uint32_t address = banks_.bank[bank_].address + place_ + written_;
      Status status = port_->program(address, bytes);
      if (status == Status::would_block) return status;
      filled_ = 0;
      if (status == Status::ok) status = verify_programmed(*port_, address, bytes);
      if (status == Status::read_failed) status = verify_programmed(*port_, address, bytes);
      if (status != Status::ok) return status;
      // Behind the seal it stays that of what is sealed.
      if (buffer_[0] != Row::kSeal) crc_ = Crc32::of(bytes, crc_);
      written_ += static_cast<std::uint32_t>(bytes.size());
    } while (written_ < size);
    written_ = 0;
    end -= banks_.row.gap();
    return Status::ok;
  }

  /// Erases what is left of a bank; each block must then be blank.
  Status erase_bank(std::uint8_t index) {
    const Region& bank = banks_.bank[index];
    while (written_ < bank.size) {
      const std::uint32_t address = bank.address + written_;
      const Status status = port_->erase(address);
      if (status != Status::ok) return status;
      const std::uint32_t block = port_->erase_size(address);
      if (!is_blank(index, written_, block)) return Status::erase_failed;
      written_ += block;
    }
    written_ = 0;
    end_[index] = 0;
    return Status::ok;
  }

 private:
  void fill_fields(std::uint8_t kind, std::uint16_t length) {
    for (std::uint32_t i = 0; i < filled_; ++i) buffer_[i] = 0;
    Row row;
    row.tag = written_ == 0 ? Row::kHeader : Row::kSeal;
    row.kind = kind;
    row.length = length;
    row.generation = record_generation_;
    row.value = written_ == 0 ? number_ : crc_;
    row.check = row.check_at(place_ + written_);
    copy_bytes(memory_of(row), buffer_);
  }

  bool fill_payload(std::uint32_t size) {
    const std::uint32_t row_size = banks_.row.bytes;
    // Calls that cover two rows stay aligned, and so within an erase block.
    std::uint32_t filled = banks_.row.call() - (place_ + written_) % banks_.row.call();
    if (filled > size - row_size - written_) filled = size - row_size - written_;
    filled_ = static_cast<std::uint16_t>(filled);
    if (running_ == kRestoring && (state_length_ != 0 || step_ == kLogRecord)) {
      const std::uint32_t place = step_ == kLogRecord ? logged_ : state_place_;
      return read_bank(present_, place + written_, MutableBytes(buffer_, filled)) == Status::ok;
    }
    // The state of a new device is empty; what the last call was given is not there any more.
    const ConstBytes payload = running_ == kRestoring ? ConstBytes() : payload_;
    std::size_t from = (written_ / row_size - 1) * (row_size - 1);
    std::uint32_t tag = 0;
    for (std::uint32_t i = 0; i < filled; ++i) {
      if (i == tag) {
        buffer_[i] = Row::kPayload;
        tag += row_size;
      } else {
        buffer_[i] = from < payload.size() ? payload[from] : std::uint8_t{0};
        ++from;
      }
    }
    return true;
  }

 protected:
  std::uint32_t state_place_ = 0;   ///< A copy of the state that is whole.
  std::uint16_t state_length_ = 0;  ///< Bytes of the state.
  std::uint16_t filled_ = 0;        ///< Bytes in the buffer, for the next program call or one that runs.
  std::uint8_t present_ = 0;        ///< The bank that has the state.
  std::uint8_t bank_ = 0;           ///< The one written to.
  std::uint8_t running_ = kNothing;
  std::uint8_t step_ = 0;      ///< Of a state: first copy, second, mark; kLogRecord. Of a wipe: the bank.
  std::uint32_t end_[2] = {};  ///< Where the next record goes in each bank.
  std::uint32_t place_ = 0;
  std::uint32_t logged_ =
      0;  ///< In the present bank: the record of the log that is being copied to the other one.
  std::uint32_t written_ = 0;  ///< Bytes of the record, or of the bank that is being erased.
  std::uint32_t number_ = 0;
  std::uint32_t record_generation_ = 0;
  std::uint32_t crc_ = 0;  ///< Of the record so far, without its seal.
  ConstBytes payload_;

 private:
  std::uint32_t payload_crc_ = 0;
  std::uint8_t buffer_[RowSize::call_for(largest_program_unit<Flash>())] = {};
};

}  // namespace tmd::detail
