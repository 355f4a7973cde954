// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "support/bytes.hpp"
#include "support/lying_flash.hpp"
#include "tmd/internal/journal/state_finder.hpp"

namespace tmd::test {

/// So many of the next reads fail; counts the questions whether more than an erase block is blank.
struct BankFlash : LyingFlash<16384, 1024, 4> {
  unsigned failing = 0;
  unsigned long_questions = 0;

  Status read(std::uint32_t address, MutableBytes out) {
    if (failing != 0) {
      --failing;
      return Status::read_failed;
    }
    return LyingFlash::read(address, out);
  }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    if (length > 1024) ++long_questions;
    return LyingFlash::is_blank(address, length, blank);
  }
};
constexpr Region kBankRegion = {4096, 4096};
constexpr std::uint8_t kStateKind = static_cast<std::uint8_t>(RecordKind::state);

/// The inner parts of the flash journal, opened: records are written, read and looked for without the journal.
class OpenedJournal : public detail::StateFinder<BankFlash> {
  using Base = detail::StateFinder<BankFlash>;

 public:
  using Base::allow;
  using Base::banks_;
  using Base::end_;
  using Base::erase_bank;
  using Base::generation_;
  using Base::goes_on;
  using Base::highest_;
  using Base::is_blank;
  using Base::is_intact_;
  using Base::is_whole;
  using Base::kStartingState;
  using Base::log_;
  using Base::look_for_newest;
  using Base::next_record;
  using Base::Operation;
  using Base::present_;
  using Base::read_payload;
  using Base::running_;
  using Base::size_of;
  using Base::start;
  using Base::state_length_;
  using Base::state_place_;
  using Base::takes;
  using Base::write_record;

  explicit OpenedJournal(FlashPort<BankFlash>& port) : Base(port, kBankRegion) {
    (void)banks_.split(port, kBankRegion);
  }

  /// A whole record behind those that the bank has: its place.
  std::uint32_t write(std::uint8_t bank, std::uint8_t kind, std::uint32_t number, std::uint32_t generation,
                      const Bytes& payload) {
    const std::uint32_t place = end_[bank];
    (void)goes_on(kind, number, view(payload));
    start(kind, bank, number, generation);
    last_ = write_record(kind, static_cast<std::uint16_t>(payload.size()));
    return place;
  }
  Status last() const { return last_; }

 private:
  Status last_ = Status::ok;
};

/// Flash with nothing on it, and the journal's parts over it; `restart` loses what is in RAM.
struct JournalBench {
  std::unique_ptr<BankFlash> flash = std::make_unique<BankFlash>();
  std::unique_ptr<FlashPort<BankFlash>> port;
  std::unique_ptr<OpenedJournal> journal;

  JournalBench() { restart(); }
  void restart() {
    port = std::make_unique<FlashPort<BankFlash>>(*flash);
    journal = std::make_unique<OpenedJournal>(*port);
  }
  /// Flips bits of a byte of a bank, as flash does that rots.
  void flip(std::uint8_t bank, std::uint32_t offset, std::uint8_t bits) {
    const_cast<std::uint8_t*>(flash->data())[journal->banks_.bank[bank].address + offset] ^= bits;
  }
};

}  // namespace tmd::test
