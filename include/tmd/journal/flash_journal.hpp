// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/flash/flash_port.hpp"
#include "tmd/internal/journal/bank_reader.hpp"
#include "tmd/internal/journal/banks.hpp"
#include "tmd/internal/journal/row.hpp"
#include "tmd/journal/journal.hpp"

namespace tmd {

/// The Journal policy on flash: an append-only log in two banks of erase blocks, of which the one with the newest
/// state counts. docs/flash-format.md has the format and the reasons for it.
///
///     static tmd::FlashPort<MyFlash> port(my_flash);
///     static tmd::FlashJournal<MyFlash> journal(port, {0x30000, 0x8000});
///
/// The calls and what they answer: tmd/journal/journal.hpp. Beyond that:
///  - each state is written twice, and a mark behind the copies says that both are complete. Where a cut or a bad
///    bit left less than that, or left something newer that may read well another time, the state is written anew,
///    as a newer one with the same contents, before anything else is written after a mount;
///  - a log does not move from bank to bank: a state that finds no room beside its log goes to the other bank
///    and begins an empty log there, also with Log::keep;
///  - a bank of which a block does not erase is left out until the next mount. The state then stays in the other
///    one, as long as there is room: journal_worn;
///  - wrong_state: nothing was mounted, or what was found cannot be told. `wipe` works all the same. Power that
///    goes during it leaves the state, an older one or journal_lost: wipe again.
///
/// No call waits but for the driver. All zero until `attach` where it is default-constructed.
template <class Flash>
class FlashJournal {
 public:
  constexpr FlashJournal() = default;
  constexpr FlashJournal(FlashPort<Flash>& port, Region region) : port_(&port), region_(region) {}
  FlashJournal(const FlashJournal&) = delete;
  FlashJournal& operator=(const FlashJournal&) = delete;

  constexpr void attach(FlashPort<Flash>& port, Region region) {
    port_ = &port;
    region_ = region;
  }

  /// Whether a state of this size can be kept safe in this region: ok, or invalid_layout. Each of the two banks
  /// must hold three states in both their copies.
  static Status check(const FlashPort<Flash>& port, Region region, std::uint32_t state_size) {
    Banks banks;
    if (!banks.split(port, region) || state_size > kMaxPayload) return Status::invalid_layout;
    const std::uint32_t room = 3 * banks.state_room(state_size);
    return room <= banks.bank[0].size && room <= banks.bank[1].size ? Status::ok : Status::invalid_layout;
  }

  // ---- the policy ----

  Status mount(MutableBytes state, std::uint32_t& length) {
    is_mounted_ = is_filled_ = false;
    running_ = kNothing;
    length = 0;
    if (port_ == nullptr || !banks_.split(*port_, region_)) return Status::invalid_layout;
    state_size_ = static_cast<std::uint16_t>(state.first(kMaxPayload).size());
    Found found;
    look_for_newest(found);
    // Another firmware's state or log.
    if (found.unknown != 0 && found.unknown >= found.log) return Status::unknown_record;
    // A mark says that the state before it was complete: no older one takes its place.
    if (found.mark > found.generation || (found.generation == 0 && found.is_evidence()))
      return Status::journal_lost;

    present_ = found.bank;
    generation_ = found.generation;
    highest_ = found.highest;
    log_ = found.log;
    state_ = JournalRecord();
    state_.length = found.length;
    state_.place = found.place[0];
    if (state_.length > state_size_) state_size_ = state_.length;
    is_intact_ = found.highest == generation_ && found.mark == generation_ && found.copies == 2;
    is_begun_ = is_spare_dead_ = false;
    is_mounted_ = true;
    length = state_.length;
    return length == 0 ? Status::not_found : read(state_, 0, state.first(length));
  }

  Status write_state(ConstBytes state, Log log) {
    const std::uint8_t operation = log == Log::start ? kStartingState : kKeepingState;
    if (!goes_on(operation, 0, state)) {
      if (state.size() > kMaxPayload) return Status::out_of_bounds;
      Status status = restore_state();
      if (status != Status::ok) return status;
      if (state.size() > state_size_) state_size_ = static_cast<std::uint16_t>(state.size());
      const std::uint32_t room = banks_.state_room(state_size_);
      const bool joins = log == Log::start && is_begun_ && takes(begun_bank_, room, 0);
      if (log == Log::start && !joins) is_begun_ = false;
      std::uint8_t bank = joins ? begun_bank_ : present_;
      // Beside it stays room to write it anew: what was only read may be gone before the other bank has it.
      if (!joins && !takes(bank, room, 2 * room)) {
        status = open_spare();
        if (status == Status::would_block) return status;
        if (status == Status::ok) bank = spare();
      }
      if (!takes(bank, room, 0)) return Status::journal_worn;
      start(operation, bank, 0);
      if (joins)
        number_ = begun_log_;
      else if (log == Log::keep && bank == present_)
        number_ = log_;
    }
    return write_copies();
  }

  Status restore_state() {
    if (!is_mounted_) return Status::wrong_state;
    if (is_intact_) return Status::ok;
    if (running_ != kRestoring) {
      const std::uint32_t room = banks_.state_room(state_size_);
      std::uint8_t bank = present_;
      if (!takes(bank, room, 0)) {
        const Status status = open_spare();
        if (status != Status::ok) return status;
        bank = spare();
      }
      start(kRestoring, bank, 0);
      if (bank == present_) number_ = log_;
    }
    return write_copies();
  }

  Status begin_log() {
    const bool is_fresh = is_begun_ && end_[begun_bank_] == 0;
    if (!is_fresh) is_begun_ = false;
    Status status = prepare_log();
    if (status != Status::ok || is_fresh) return status;
    status = open_spare();
    if (status == Status::ok) {
      is_begun_ = true;
      begun_bank_ = spare();
      begun_log_ = ++highest_;
    }
    return status;
  }

  Status append(RecordKind kind, std::uint32_t number, ConstBytes payload) {
    const std::uint8_t operation = static_cast<std::uint8_t>(kind);
    Status status = Status::ok;
    if (!goes_on(operation, number, payload)) {
      status = prepare_log();
      if (status != Status::ok) return status;
      const std::uint8_t bank = log_bank();
      if (payload.size() > kMaxPayload ||
          !takes(bank, size_of(static_cast<std::uint32_t>(payload.size())), reserve()))
        return Status::journal_full;
      start(operation, bank, number);
      generation_written_ = is_begun_ ? begun_log_ : log_;
    }
    status = write_record(kind, static_cast<std::uint16_t>(payload.size()));
    if (status != Status::would_block) running_ = kNothing;
    return status;
  }

  bool has_room(std::uint32_t length) const {
    return is_mounted_ && fits_log(end_[log_bank()], length, log_bank());
  }
  bool fits_new_log(std::uint32_t length) const { return is_mounted_ && fits_log(0, length, spare()); }

  bool first(JournalRecord& record) { return find_log(0, record); }
  bool next(JournalRecord& record) { return find_log(record.place + size_of(record.length), record); }

  Status read(const JournalRecord& record, std::uint32_t at, MutableBytes out) {
    if (!fits(at, static_cast<std::uint32_t>(out.size()), record.length)) return Status::out_of_bounds;
    const std::uint32_t row_size = banks_.row_size;
    while (!out.empty()) {
      // All at once, then the tags between are taken out; each turn ends with fewer to come.
      const std::uint32_t row_number = at / (row_size - 1);
      std::uint32_t column = at % (row_size - 1) + 1;
      const Status status = reader(present_).read(record.place + (row_number + 1) * row_size + column, out);
      if (status != Status::ok) return status;
      std::uint32_t taken = 0;
      for (const std::uint8_t byte : out) {
        if (column != 0) out[taken++] = byte;
        if (++column == row_size) column = 0;
      }
      at += taken;
      out = out.from(taken);
    }
    return Status::ok;
  }

  Status wipe() {
    if (port_ == nullptr || !banks_.split(*port_, region_)) return Status::invalid_layout;
    if (running_ != kWiping) {
      running_ = kWiping;
      is_mounted_ = false;
      step_ = 0;
      erased_ = 0;
    }
    for (; step_ < 2; ++step_) {
      const Status status = erase(step_ == 0 ? spare() : present_);
      if (status == Status::would_block) return status;
      if (status != Status::ok) {
        running_ = kNothing;
        return status;
      }
    }
    running_ = kNothing;
    generation_ = highest_ = log_ = 0;
    state_ = JournalRecord();
    end_[0] = end_[1] = 0;
    is_begun_ = is_spare_dead_ = is_filled_ = false;
    is_mounted_ = is_intact_ = true;
    return Status::ok;
  }

  Status settle() { return port_->settle(); }
  void allow(std::uint32_t work) { port_->allow(work); }
  bool overlaps(const void* flash, Region region) const {
    return &port_->driver() == flash && region_.overlaps(region);
  }

 private:
  static constexpr std::uint32_t kMaxPayload = 0xFFFF;
  static constexpr std::uint32_t kBuffer = row::call_size(largest_program_unit<Flash>());

  /// What is being done over several calls, beside kinds of records that are being appended.
  enum : std::uint8_t {
    kNothing = 0,
    kStartingState = 0x80,
    kKeepingState,
    kRestoring,
    kOpening,
    kWiping,
  };

  /// What a mount finds.
  struct Found {
    std::uint32_t generation = 0;  ///< Of the newest state; 0: none.
    std::uint32_t log = 0;
    std::uint32_t place[2] = {};  ///< Its first and its last copy.
    std::uint16_t length = 0;
    std::uint8_t bank = 0;
    std::uint8_t copies = 2;  ///< How many are whole.
    bool has_log = false;
    bool is_foreign = false;
    std::uint32_t mark = 0;     ///< The highest generation in a mark.
    std::uint32_t highest = 0;  ///< The highest generation in anything.
    std::uint32_t unknown = 0;  ///< The highest generation in a critical record of an unknown kind.

    /// Where there is no state: that there was one, or that something else was here.
    bool is_evidence() const { return has_log || (is_foreign && highest == 0); }
  };

  std::uint8_t spare() const { return present_ ^ 1U; }
  std::uint8_t log_bank() const { return is_begun_ ? begun_bank_ : present_; }
  BankReader<Flash> reader(std::uint8_t bank) {
    return BankReader<Flash>(*port_, banks_.bank[bank], banks_.row_size);
  }
  std::uint32_t size_of(std::uint32_t length) const { return row::record_size(length, banks_.row_size); }
  /// What the log leaves to states: room for one, and to write it anew twice.
  std::uint32_t reserve() const { return 3 * banks_.state_room(state_size_); }
  bool fits_log(std::uint32_t end, std::uint32_t length, std::uint8_t bank) const {
    const std::uint32_t size = banks_.bank[bank].size;
    return length < size && fits(end, size_of(length) + reserve(), size);
  }

  /// The newest state with a copy that is whole.
  void look_for_newest(Found& found) {
    std::uint32_t below = 0xFFFFFFFF;
    do {
      found = Found();
      for (std::uint8_t bank = 0; bank < 2; ++bank) look_through(bank, below, found);
      if (found.generation == 0) return;
      BankReader<Flash> bank = reader(found.bank);
      found.copies = 0;
      for (unsigned copy = 2; copy-- != 0;) {
        if (found.place[copy] == found.place[copy ^ 1U] && copy == 1) continue;
        if (bank.is_whole(found.place[copy], found.length)) {
          found.place[0] = found.place[copy];
          ++found.copies;
        }
      }
      below = found.generation;
    } while (found.copies == 0);
  }

  void look_through(std::uint8_t bank, std::uint32_t below, Found& found) {
    BankReader<Flash> records = reader(bank);
    while (records.next()) {
      const row::Fields& header = records.header();
      const std::uint32_t generation = header.generation();
      if (header.kind() == row::kMark) {
        if (generation > found.mark) found.mark = generation;
      } else if (header.kind() != static_cast<std::uint8_t>(RecordKind::state)) {
        found.has_log = true;
        if (header.kind() >= kCriticalRecord && generation > found.unknown) found.unknown = generation;
      } else if (generation < below && generation >= found.generation) {
        found.place[1] = records.place();
        if (generation == found.generation) continue;
        found.place[0] = records.place();
        found.generation = generation;
        found.log = header.value();
        found.length = header.length();
        found.bank = bank;
      }
    }
    if (records.highest() > found.highest) found.highest = records.highest();
    if (records.is_foreign()) found.is_foreign = true;
    end_[bank] = records.used() + row::gap(banks_.row_size);
  }

  bool find_log(std::uint32_t offset, JournalRecord& record) {
    if (!is_mounted_) return false;
    BankReader<Flash> records = reader(present_);
    records.start(offset, log_);
    while (records.next() && !records.is_damaged()) {
      const row::Fields& header = records.header();
      if (header.kind() == row::kMark || header.kind() >= kCriticalRecord || header.generation() != log_)
        continue;
      record.kind = static_cast<RecordKind>(header.kind());
      record.length = header.length();
      record.number = header.value();
      record.place = records.place();
      return records.is_whole(record.place, record.length);
    }
    return false;
  }

  /// Before anything of a log: a state. A new device gets an empty one, which a mount calls not_found; so a log
  /// shows that there was a state, and nothing is ever erased without one.
  Status prepare_log() {
    if (generation_ == 0) is_intact_ = false;
    return restore_state();
  }

  /// Whether there is room in a bank for so many bytes and `reserve` behind them. Where that is not blank
  /// something was torn, or a bit has flipped: the bank takes no more.
  bool takes(std::uint8_t bank, std::uint32_t size, std::uint32_t reserve) {
    if (!fits(end_[bank], size + reserve, banks_.bank[bank].size)) return false;
    const bool blank = reader(bank).is_blank(end_[bank], size);
    if (!blank) end_[bank] = banks_.bank[bank].size;
    return blank;
  }

  /// Erases the other bank, where no log has been begun in it.
  Status open_spare() {
    if (is_spare_dead_) return Status::journal_worn;
    if (is_begun_ && begun_bank_ == spare()) return Status::ok;
    if (running_ != kOpening) {
      running_ = kOpening;
      erased_ = 0;
    }
    const Status status = erase(spare());
    if (status == Status::would_block) return status;
    running_ = kNothing;
    is_spare_dead_ = status != Status::ok;
    end_[spare()] = 0;
    return status;
  }

  Status erase(std::uint8_t index) {
    const Region& bank = banks_.bank[index];
    while (erased_ < bank.size) {
      const std::uint32_t block = port_->erase_size(bank.address + erased_);
      const Status status = port_->erase(bank.address + erased_);
      if (status != Status::ok) return status;
      if (!reader(index).is_blank(erased_, block)) return Status::erase_failed;
      erased_ += block;
    }
    erased_ = 0;
    return Status::ok;
  }

  /// Whether this is the call that answered would_block, with the same bytes. Any other one gives it up.
  bool goes_on(std::uint8_t operation, std::uint32_t number, const ConstBytes& payload) {
    payload_ = payload;
    const std::uint32_t crc = Crc32::of(payload, number);
    const bool same = running_ == operation && crc == payload_crc_;
    payload_crc_ = crc;
    return same;
  }
  /// A state is of the next generation, and its log too where nothing else is said.
  void start(std::uint8_t operation, std::uint8_t bank, std::uint32_t number) {
    running_ = operation;
    bank_ = bank;
    number_ = number;
    step_ = 0;
    written_ = 0;
    is_filled_ = false;
    if (operation < kStartingState) return;
    is_intact_ = false;
    number_ = generation_written_ = ++highest_;
  }

  /// The first copy, the second, the mark. The state counts with its first copy.
  Status write_copies() {
    const std::uint16_t length =
        running_ == kRestoring ? state_.length : static_cast<std::uint16_t>(payload_.size());
    for (; step_ < 3; ++step_) {
      const Status status = write_record(step_ < 2 ? RecordKind::state : RecordKind::none, length);
      if (status != Status::ok) {
        if (status != Status::would_block) running_ = kNothing;
        return status;
      }
      if (step_ != 0) continue;
      present_ = bank_;
      generation_ = generation_written_;
      log_ = number_;
      state_.length = length;
      state_.place = place_;
    }
    if (running_ == kStartingState) is_begun_ = false;
    running_ = kNothing;
    is_intact_ = true;
    return Status::ok;
  }

  /// Writes what is left of a record: header, payload, seal, each by its own program calls, each read back.
  Status write_record(RecordKind kind, std::uint16_t length) {
    const std::uint32_t row_size = banks_.row_size;
    const std::uint32_t size = kind == RecordKind::none ? row_size : size_of(length);
    while (written_ < size) {
      if (!is_filled_) {
        // What runs, and is given up, may still be reading the buffer.
        Status status = port_->settle();
        if (status != Status::ok) return status;
        if (written_ == 0) {
          // A record that is given up is followed by a gap, as if it were torn.
          place_ = end_[bank_];
          end_[bank_] += size + row::gap(row_size);
          crc_ = 0;
        }
        status = fill(kind, length, size);
        if (status != Status::ok) return status;
        is_filled_ = true;
      }
      const std::uint32_t address = banks_.bank[bank_].address + place_ + written_;
      const ConstBytes bytes(buffer_, filled_);
      Status status = port_->program(address, bytes);
      if (status == Status::would_block) return status;
      is_filled_ = false;
      if (status == Status::ok) status = verify_programmed(*port_, address, bytes);
      if (status == Status::read_failed) status = verify_programmed(*port_, address, bytes);
      if (status != Status::ok) return status;
      crc_ = Crc32::of(bytes, crc_);
      written_ += filled_;
    }
    written_ = 0;
    end_[bank_] -= row::gap(row_size);
    return Status::ok;
  }

  /// Makes the bytes of the next program call.
  Status fill(RecordKind kind, std::uint16_t length, std::uint32_t size) {
    const std::uint32_t row_size = banks_.row_size;
    const bool is_header = written_ == 0;
    const bool is_seal = !is_header && written_ == size - row_size;
    filled_ = static_cast<std::uint16_t>(row_size);
    if (is_header || is_seal) {
      for (std::uint32_t i = 0; i < row_size; ++i) buffer_[i] = 0;
      row::Fields fields;
      fields.bytes[0] = is_header ? row::kHeader : row::kSeal;
      fields.bytes[1] = static_cast<std::uint8_t>(kind);
      store_le16(fields.bytes + 2, length);
      store_le32(fields.bytes + 4, generation_written_);
      store_le32(fields.bytes + 8, is_header ? number_ : crc_);
      store_le32(fields.bytes + 12, fields.check(place_ + written_));
      copy_bytes(fields.bytes, buffer_, row::kFields);
      return Status::ok;
    }
    const std::uint32_t call = row::call_size(row_size);
    // Calls that cover two rows stay aligned, and so within an erase block.
    filled_ = static_cast<std::uint16_t>(call - (place_ + written_) % call);
    if (filled_ > size - row_size - written_)
      filled_ = static_cast<std::uint16_t>(size - row_size - written_);
    if (running_ == kRestoring && state_.length != 0)
      return reader(present_).read(state_.place + written_, MutableBytes(buffer_, filled_));
    std::size_t from = (written_ / row_size - 1) * (row_size - 1);
    for (std::uint32_t i = 0; i < filled_; ++i) {
      if (i % row_size == 0)
        buffer_[i] = row::kPayload;
      else
        buffer_[i] = from < payload_.size() ? payload_[from] : std::uint8_t{0}, ++from;
    }
    return Status::ok;
  }

  FlashPort<Flash>* port_ = nullptr;
  Region region_;
  Banks banks_;
  std::uint32_t end_[2] = {};     ///< Where the next record goes in each bank.
  std::uint32_t erased_ = 0;      ///< Bytes of the bank that is being erased.
  std::uint32_t generation_ = 0;  ///< Of the state; 0: there is none.
  std::uint32_t highest_ = 0;     ///< The highest generation that was read or used.
  std::uint32_t log_ = 0;         ///< Generation of the log's records.
  std::uint32_t begun_log_ = 0;   ///< The same of the log that was begun.
  JournalRecord state_;           ///< A copy that is whole.
  std::uint16_t state_size_ = 0;  ///< The longest state to make room for.
  std::uint8_t present_ = 0;      ///< The bank that has the state.
  std::uint8_t begun_bank_ = 0;   ///< The bank that has the log that was begun.
  bool is_mounted_ = false;
  bool is_intact_ = false;      ///< Both copies of the state and the mark stand, and nothing newer.
  bool is_begun_ = false;       ///< A log was begun, and takes the records.
  bool is_spare_dead_ = false;  ///< The other bank does not erase.
  bool is_filled_ = false;      ///< The buffer has the bytes of the next call, or of one that runs.
  // What is being written.
  std::uint8_t running_ = kNothing;
  std::uint8_t step_ = 0;
  std::uint8_t bank_ = 0;
  std::uint16_t filled_ = 0;
  std::uint32_t place_ = 0;
  std::uint32_t written_ = 0;
  std::uint32_t crc_ = 0;
  std::uint32_t number_ = 0;
  std::uint32_t generation_written_ = 0;
  ConstBytes payload_;
  std::uint32_t payload_crc_ = 0;
  std::uint8_t buffer_[kBuffer] = {};
};

}  // namespace tmd
