// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/flash/flash_port.hpp"
#include "tmd/internal/journal/banks.hpp"
#include "tmd/internal/journal/row.hpp"
#include "tmd/internal/journal/state_finder.hpp"
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
///    and begins an empty log there, also with Log::keep. But a decoder's state that a log starts with moves along
///    where so many restarts were cut that the state finds no room to be written anew: nobody can send that again;
///  - a bank of which a block does not erase, or in which three records in a row fail, is left out until the next
///    mount. The state then is in the other one, as long as there is room, and room to write it anew once:
///    journal_worn. Where `restore_state` says that, so many restarts were cut that what this mount found may not be
///    what the next one finds;
///  - a record of the log that is damaged is left out; one that power cut may be there at one mount and not at the
///    next. The numbers tell what is missing;
///  - wrong_state: nothing was mounted, or what was found cannot be told. `wipe` works all the same: it erases one
///    bank, and a mount finds what it found in the other one until a state is written.
///
/// All zero until `attach` where it is default-constructed.
template <class Flash>
class FlashJournal : private detail::StateFinder<Flash> {
  using Row = detail::Row;
  using Writer = detail::StateFinder<Flash>;

 public:
  constexpr FlashJournal() = default;
  constexpr FlashJournal(FlashPort<Flash>& port, Region region) : Writer(port, region) {}
  FlashJournal(const FlashJournal&) = delete;
  FlashJournal& operator=(const FlashJournal&) = delete;

  constexpr void attach(FlashPort<Flash>& port, Region region) { use(port, region); }

  /// Whether a state of this size can be kept safe in this region: ok, or invalid_layout. Each of the two banks
  /// must hold three states in both their copies.
  static Status check(const FlashPort<Flash>& port, Region region, std::uint32_t state_size) {
    detail::Banks banks;
    const bool is_sound =
        state_size <= kMaxPayload && banks.split(port, region) && banks.hold(kReserve, state_size);
    return is_sound ? Status::ok : Status::invalid_layout;
  }

  // ---- the policy ----

  Status mount(MutableBytes state, std::uint32_t& length) {
    length = 0;
    running_ = kNothing;
    is_mounted_ = false;
    state_size_ = static_cast<std::uint16_t>(state.first(kMaxPayload).size());
    if (!split() || !banks_.hold(kReserve, state_size_)) return Status::invalid_layout;
    const Status status = look_for_newest();
    if (status != Status::ok) return status;
    if (state_length_ > state_size_) state_size_ = state_length_;
    failures_[0] = failures_[1] = 0;
    is_mounted_ = true;
    length = state_length_;
    return length == 0 ? Status::not_found : read_payload(present_, state_place_, 0, state.first(length));
  }

  Status write_state(ConstBytes state, Log log) {
    const std::uint8_t operation = log == Log::start ? Writer::kStartingState : Writer::kKeepingState;
    if (!goes_on(operation, 0, state)) {
      if (state.size() > kMaxPayload) return Status::out_of_bounds;
      Status status = restore_state();
      if (status != Status::ok) return status;
      if (state.size() > state_size_) state_size_ = static_cast<std::uint16_t>(state.size());
      // Beside it stays room to write it anew: what was only read may be gone before the other bank has it.
      status = start_state(operation, (kReserve - 1) * room());
      if (status != Status::ok) return status;
    }
    return write_copies(static_cast<std::uint16_t>(state.size()));
  }

  Status restore_state() {
    if (!is_mounted_) return Status::wrong_state;
    if (is_intact_) return Status::ok;
    JournalRecord record;
    if (running_ != Writer::kRestoring) {
      // What is written anew is believed. A seal that was torn may not be there now, but what it sealed is.
      if (generation_ != 0 && !has_crc(present_, state_place_, state_length_, state_crc_))
        return Status::read_failed;
      // Each restart that is cut takes some of the present bank. Where that is full, and all that is amiss lies in the
      // other one, that is erased; it may be, any number of times.
      if (is_intact_here_ && generation_ != 0 && !takes(present_, room(), 0)) {
        const Status status = open_spare();
        is_intact_ = status == Status::ok;
        return status;
      }
      const Status status = start_state(Writer::kRestoring, 0);
      if (status != Status::ok) return status;
      const std::uint32_t log = log_that_moves();
      if (bank_ != present_ && log != 0 && takes(bank_, log, room())) step_ = kLogRecord;
    }
    if (step_ == kLogRecord) {
      if (!first(record)) return end_unless_busy(Status::read_failed);
      number_ = record.number;
      logged_ = record.place;
      const Status status = write_first(record.kind, record.length);
      if (status != Status::ok) return status;
    }
    return write_copies(state_length_);
  }

  /// The record, and behind it the state, without which it counts for nothing.
  Status start_log(RecordKind kind, std::uint32_t number, ConstBytes payload, ConstBytes state) {
    const std::uint16_t length = static_cast<std::uint16_t>(payload.size());
    if (!goes_on(Writer::kStartingLog, number, payload)) {
      Status status = prepare_log();
      if (status == Status::ok && !fits_new_log(static_cast<std::uint32_t>(payload.size())))
        return Status::journal_full;
      if (status == Status::ok) status = open_spare();
      if (status != Status::ok) return status;
      if (!takes(spare(), size_of(length), kReserve * room())) return Status::journal_worn;
      start(Writer::kStartingLog, spare(), number, ++highest_);
      step_ = kLogRecord;
    }
    if (step_ == kLogRecord) {
      const Status status = write_first(kind, length);
      if (status != Status::ok) return status;
    }
    payload_ = state;
    return write_copies(static_cast<std::uint16_t>(state.size()));
  }

  Status append(RecordKind kind, std::uint32_t number, ConstBytes payload) {
    const std::uint8_t operation = static_cast<std::uint8_t>(kind);
    Status status = Status::ok;
    if (!goes_on(operation, number, payload)) {
      status = prepare_log();
      if (status != Status::ok) return status;
      if (payload.size() > kMaxPayload ||
          !takes(present_, size_of(static_cast<std::uint32_t>(payload.size())), kReserve * room()))
        return Status::journal_full;
      start(operation, present_, number, log_);
    }
    status = end_unless_busy(write_record(operation, static_cast<std::uint16_t>(payload.size())));
    if (status == Status::ok) running_ = kNothing;
    return status;
  }

  bool has_room(std::uint32_t records, std::uint32_t length) const {
    return fits_log(present_, end_[present_] + size_of(0), records, length);
  }
  /// Banks may be of two sizes, and the log after the next one goes to the present one.
  bool fits_new_log(std::uint32_t length) const {
    return fits_log(0, 0, 1, length) && fits_log(1, 0, 1, length);
  }

  bool first(JournalRecord& record) { return find_log(0, record); }
  bool next(JournalRecord& record) { return find_log(record.place + size_of(record.length), record); }

  Status read(const JournalRecord& record, std::uint32_t at, MutableBytes out) {
    if (!fits(at, static_cast<std::uint32_t>(out.size()), record.length)) return Status::out_of_bounds;
    return read_payload(present_, record.place, at, out);
  }

  Status wipe() {
    if (!split()) return Status::invalid_layout;
    is_mounted_ = false;
    if (running_ != Writer::kWiping) {
      (void)look_for_newest();
      start(Writer::kWiping, bank_ ^ 1U, 0, 0);
    }
    // The bank that says that there was something stays until the new state counts; but generations end.
    for (const unsigned banks = highest_ > kLastGeneration ? 2 : 1; step_ < banks; ++step_) {
      const Status status = erase_bank(bank_ ^ step_);
      if (status != Status::ok) return end_unless_busy(status);
    }
    running_ = Writer::kNothing;
    present_ = bank_;
    if (step_ == 2) highest_ = 0;
    generation_ = 0;
    state_place_ = state_length_ = 0;
    failures_[0] = failures_[1] = 0;
    is_stable_ = false;
    is_mounted_ = is_intact_ = true;
    return Status::ok;
  }

  using Writer::allow;
  using Writer::settle;
  bool overlaps(const void* flash, Region region) const {
    return &port_->driver() == flash && this->region().overlaps(region);
  }

 private:
  using Writer::bank_, Writer::banks_, Writer::crc_, Writer::end_, Writer::end_unless_busy,
      Writer::erase_bank, Writer::generation_, Writer::goes_on, Writer::has_crc, Writer::highest_,
      Writer::is_intact_, Writer::is_intact_here_, Writer::is_stable_, Writer::is_whole,
      Writer::kLastGeneration, Writer::kLogRecord, Writer::kMaxPayload, Writer::kNothing, Writer::log_,
      Writer::logged_, Writer::look_for_newest, Writer::next_record, Writer::number_, Writer::payload_,
      Writer::place_, Writer::port_, Writer::present_, Writer::read_bank, Writer::read_payload,
      Writer::record_generation_, Writer::running_, Writer::size_of, Writer::spare, Writer::split,
      Writer::start, Writer::state_crc_, Writer::state_length_, Writer::state_place_, Writer::step_,
      Writer::takes, Writer::use, Writer::write_record;

  /// Room for so many states is kept free of logs: one, and two for writing it anew where power goes.
  static constexpr std::uint32_t kReserve = 3;
  static constexpr std::uint8_t kMostFailures = 3;

  std::uint32_t room() const { return banks_.row.state_room(state_size_); }
  bool fits_log(std::uint8_t bank, std::uint32_t end, std::uint32_t records, std::uint32_t length) const {
    const std::uint32_t size = banks_.bank[bank].size;
    return is_mounted_ && records * length < size &&
           fits(end, records * size_of(length) + kReserve * room(), size);
  }

  bool find_log(std::uint32_t offset, JournalRecord& record) {
    detail::BankWalk walk;
    walk.bank = present_;
    walk.offset = walk.used = offset;
    std::uint32_t crc = 0;
    while (is_mounted_ && next_record(walk)) {
      const Row& header = walk.header;
      if (header.kind == Row::kMark || header.kind >= kCriticalRecord || header.generation != log_ ||
          !is_whole(present_, walk.place, header.length, crc))
        continue;
      record.kind = static_cast<RecordKind>(header.kind);
      record.length = header.length;
      record.number = header.value;
      record.place = walk.place;
      return true;
    }
    return false;
  }

  /// Before anything of a log: a state. A new device gets an empty one, which a mount calls not_found; so a log
  /// shows that there was a state, and nothing is ever erased without one.
  Status prepare_log() {
    if (generation_ == 0) is_intact_ = false;
    return restore_state();
  }

  /// Erases the other bank.
  Status open_spare() {
    if (failures_[spare()] >= kMostFailures) return Status::journal_worn;
    if (running_ != Writer::kOpening) start(Writer::kOpening, 0, 0, 0);
    const Status status = erase_bank(spare());
    if (status == Status::would_block) return status;
    running_ = Writer::kNothing;
    if (status != Status::ok) failures_[spare()] = kMostFailures;
    return status;
  }

  /// Bytes of the record that moves along with the state: a decoder's state that the log begins with; else 0.
  std::uint32_t log_that_moves() {
    JournalRecord record;
    return first(record) && record.kind == RecordKind::decoder ? size_of(record.length) : 0;
  }

  /// Begins a state in the present bank where that has room and takes it, else in the other one: ok, would_block,
  /// journal_worn. Its log is the present one, or an empty one of its own generation.
  Status start_state(std::uint8_t operation, std::uint32_t reserve) {
    std::uint8_t bank = present_;
    const bool is_left = failures_[bank] >= kMostFailures;
    // A copy that may not be there the next time is no reason to erase what is older: it goes behind that.
    if (is_left && !is_stable_ && takes(spare(), log_that_moves() + room(), 0)) {
      bank = spare();
    } else if ((is_left && is_stable_) || !takes(bank, room(), reserve)) {
      const Status status = open_spare();
      if (status == Status::would_block) return status;
      if (status == Status::ok) bank = spare();
      // Where the other bank is dead, too, what this one takes last can be written anew.
      if (!takes(bank, room(), operation == Writer::kRestoring ? 0 : room())) return Status::journal_worn;
    }
    ++highest_;
    const bool keeps = operation != Writer::kStartingState && bank == present_ && generation_ != 0;
    start(operation, bank, keeps ? log_ : highest_, highest_);
    return Status::ok;
  }

  /// A record that a state, or a log, begins with in a bank. Where that does not take it the other one has the state
  /// still.
  Status write_in_bank(RecordKind kind, std::uint16_t length) {
    const Status status = end_unless_busy(write_record(static_cast<std::uint8_t>(kind), length));
    if (is_flash_error(status)) ++failures_[bank_];
    return status;
  }

  /// The first record of a log that begins with it. It counts with the state behind it.
  Status write_first(RecordKind kind, std::uint16_t length) {
    const Status status = write_in_bank(kind, length);
    if (status != Status::ok) return status;
    number_ = record_generation_;
    record_generation_ = ++highest_;
    step_ = 0;
    return status;
  }

  /// The first copy, the second, the mark. The state counts with its first copy.
  Status write_copies(std::uint16_t length) {
    for (; step_ < 3; ++step_) {
      // Without a state there is none to be written anew.
      is_intact_ = is_intact_here_ = generation_ == 0;
      const RecordKind kind = step_ < 2 ? RecordKind::state : RecordKind::none;
      const Status status = write_in_bank(kind, length);
      if (status != Status::ok) return status;
      if (step_ != 0) continue;
      failures_[bank_] = 0;
      is_stable_ = true;
      present_ = bank_;
      generation_ = record_generation_;
      log_ = number_;
      state_length_ = length;
      state_place_ = place_;
      state_crc_ = crc_;
    }
    running_ = kNothing;
    is_intact_ = is_intact_here_ = true;
    return Status::ok;
  }

  bool is_mounted_ = false;
  std::uint16_t state_size_ = 0;   ///< The longest state to make room for.
  std::uint8_t failures_[2] = {};  ///< In a row, of each bank; from kMostFailures on it is left out.
};

}  // namespace tmd
