// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "tmd/internal/store/snapshot.hpp"
#include "tmd/journal/flash_journal.hpp"

namespace tmd::host::sizing {

/// Flash in memory that counts what is done to it.
class CountingFlash {
 public:
  static constexpr std::uint32_t kLargestProgramUnit = 512;

  CountingFlash(std::uint32_t size, std::uint32_t erase_size, std::uint32_t program_size)
      : memory_(size, 0xFF), erase_size_(erase_size), program_size_(program_size) {}

  std::uint32_t size() const { return static_cast<std::uint32_t>(memory_.size()); }
  std::uint32_t erase_size() const { return erase_size_; }
  std::uint32_t program_size() const { return program_size_; }
  Status read(std::uint32_t address, MutableBytes out) {
    copy_bytes(memory().slice(address, out.size()), out);
    return Status::ok;
  }
  Status program(std::uint32_t address, ConstBytes bytes) {
    std::copy(bytes.begin(), bytes.end(), memory_.begin() + address);
    programmed_ += bytes.size();
    return Status::ok;
  }
  Status erase(std::uint32_t address) {
    std::fill_n(memory_.begin() + address, erase_size_, std::uint8_t{0xFF});
    ++erases_;
    return Status::ok;
  }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    const ConstBytes bytes = memory().slice(address, length);
    blank = std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0xFF; });
    return Status::ok;
  }

  void forget_counts() { erases_ = programmed_ = 0; }
  std::uint64_t erases() const { return erases_; }
  std::uint64_t programmed() const { return programmed_; }

 private:
  ConstBytes memory() const { return host::view(memory_); }

  host::Bytes memory_;
  std::uint32_t erase_size_;
  std::uint32_t program_size_;
  std::uint64_t erases_ = 0;
  std::uint64_t programmed_ = 0;
};

/// What an update leaves in the journal.
struct JournalLoad {
  std::uint32_t blocks = 1;         ///< Erase blocks of the slot that the target takes.
  std::uint32_t patch_size = 0;     ///< Bytes.
  std::uint32_t interval = 135;     ///< Patch bytes in a record; 0: none are kept.
  std::uint32_t decoder_state = 0;  ///< Bytes of a checkpoint.
};

/// One update as the journal sees it, written by the device's own journal. The counts are in `flash` afterwards.
class JournalRehearsal {
 public:
  JournalRehearsal(CountingFlash& flash, const JournalLoad& load)
      : flash_(flash),
        load_(load),
        port_(flash),
        journal_(port_, Region{0, flash.size()}),
        payload_(std::max<std::size_t>({load.decoder_state, load.interval, kManifest}), 0xA5) {}

  /// True where the log never ended on the way: after a cut nothing is sent again but what lay in RAM.
  bool run() {
    std::uint32_t length = 0;
    host::Bytes state(sizeof(Snapshot));
    (void)journal_.mount(MutableBytes(state.data(), state.size()), length);
    write_state(Log::start);  // the factory model
    flash_.forget_counts();
    write_state(Log::start);  // the update begins
    if (load_.interval != 0) append(RecordKind::patch, kManifest);
    for (std::uint32_t block = 0; block < load_.blocks; ++block) write_block(block);
    write_state(Log::start);  // the commit
    write_state(Log::keep);   // the boot of the trial
    write_state(Log::keep);   // confirmed
    return !has_gap_;
  }

 private:
  static constexpr std::size_t kManifest = 128;

  void write_block(std::uint32_t block) {
    if (load_.interval == 0) return;
    const auto until = [&](std::uint32_t blocks) {
      return static_cast<std::uint32_t>(std::uint64_t{load_.patch_size} * blocks / load_.blocks);
    };
    const std::uint32_t bytes = until(block + 1) - until(block);
    for (; logged_ + load_.interval <= until(block + 1); logged_ += load_.interval)
      append(RecordKind::patch, load_.interval);
    append(RecordKind::blocks, 0);
    // As Checkpoints::end_block.
    const std::uint32_t records = (bytes + load_.interval - 1) / load_.interval;
    if (block + 1 == load_.blocks || (!has_ended_ && journal_.has_room(records, load_.interval))) return;
    if (!journal_.fits_new_log(load_.decoder_state)) return;
    const ConstBytes decoder = host::view(payload_).first(load_.decoder_state);
    host::Bytes state(sizeof(Snapshot), static_cast<std::uint8_t>(++number_));
    has_ended_ = until_done([&] {
                   return journal_.start_log(RecordKind::decoder, number_, decoder, host::view(state));
                 }) != Status::ok;
  }
  void append(RecordKind kind, std::size_t size) {
    if (has_ended_) return;
    const ConstBytes payload = host::view(payload_).first(size);
    ++number_;
    has_ended_ = until_done([&] { return journal_.append(kind, number_, payload); }) != Status::ok;
    has_gap_ = has_gap_ || has_ended_;
  }
  void write_state(Log log) {
    host::Bytes state(sizeof(Snapshot), static_cast<std::uint8_t>(++number_));
    (void)until_done([&] { return journal_.write_state(host::view(state), log); });
  }

  CountingFlash& flash_;
  JournalLoad load_;
  FlashPort<CountingFlash> port_;
  FlashJournal<CountingFlash> journal_;
  host::Bytes payload_;
  std::uint32_t number_ = 0;
  std::uint32_t logged_ = 0;
  bool has_ended_ = false;
  bool has_gap_ = false;
};

}  // namespace tmd::host::sizing
