// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/journal/record_writer.hpp"

namespace tmd::detail {

/// Finds the state that counts in the two banks of the flash journal, and whether it stands there as it should.
template <class Flash>
class StateFinder : protected RecordWriter<Flash> {
 protected:
  using Writer = RecordWriter<Flash>;
  using Writer::bank_;
  using Writer::banks_;
  using Writer::end_;
  using Writer::is_whole;
  using Writer::next_record;
  using Writer::present_;
  using Writer::state_length_;
  using Writer::state_place_;
  using Writer::Writer;
  constexpr StateFinder() = default;

  /// The newest state with a copy that is whole: ok, also where there never was one; journal_lost,
  /// unknown_record. `bank_` is then the one that says so: of the newest mark, or of any record.
  Status look_for_newest() {
    std::uint32_t mark = 0, unknown = 0;
    std::uint32_t highest[2] = {};
    bool is_foreign = false;
    bool has_log = false;
    unsigned copies = 0;
    generation_ = 0xFFFFFFFF;
    bank_ = 0;
    do {
      const std::uint32_t below = generation_;
      std::uint32_t second = 0;
      generation_ = highest_ = log_ = 0;
      state_place_ = state_length_ = 0;
      for (std::uint8_t bank = 0; bank < 2; ++bank) {
        detail::BankWalk walk;
        walk.bank = bank;
        while (next_record(walk)) {
          const Row& header = walk.header;
          if (mark == 0 || (header.kind == Row::kMark && header.generation > mark)) bank_ = bank;
          if (header.kind == Row::kMark) {
            if (header.generation > mark) mark = header.generation;
          } else if (header.kind != static_cast<std::uint8_t>(RecordKind::state)) {
            has_log = true;
            if (header.kind >= kCriticalRecord && header.generation > unknown) unknown = header.generation;
          } else if (header.generation < below && header.generation >= generation_) {
            second = walk.place;
            if (header.generation == generation_) continue;
            state_place_ = walk.place;
            state_length_ = header.length;
            generation_ = header.generation;
            log_ = header.value;
            present_ = bank;
          }
        }
        highest[bank] = walk.highest;
        if (walk.highest > highest_) highest_ = walk.highest;
        if (bank == 0) is_foreign = walk.strangers >= BankWalk::kForeign;
        end_[bank] = walk.used + banks_.row.gap();
      }
      if (generation_ == 0) break;
      copies = second != state_place_ && is_whole(present_, second, state_length_, state_crc_);
      if (is_whole(present_, state_place_, state_length_, state_crc_))
        ++copies;
      else
        state_place_ = second;
    } while (copies == 0);

    // Another firmware's state or log.
    if (unknown != 0 && unknown >= log_) return Status::unknown_record;
    // A mark says that the state before it was complete: no older one takes its place. Logs rest on a state. And the
    // first bank is erased only where the second one has a state: what an erase that was cut leaves is not there alone.
    if (mark > generation_ || (generation_ == 0 && (has_log || is_foreign)) || highest_ > kLastGeneration)
      return Status::journal_lost;
    // Where it is there at all a mark says that both copies were read back.
    is_stable_ = mark == generation_;
    is_intact_here_ = highest[present_] == generation_ && mark == generation_ && (copies == 2 || mark == 0);
    is_intact_ = is_intact_here_ && highest_ == generation_;
    return Status::ok;
  }

  std::uint32_t generation_ = 0;  ///< Of the state; 0: there is none.
  std::uint32_t highest_ = 0;     ///< The highest generation that was read or used.
  std::uint32_t log_ = 0;         ///< Generation of the log's records.
  std::uint32_t state_crc_ = 0;   ///< Of the state's copy, which its seal may not say any more.
  /// Flash is worn out long before; whoever forged a higher one would have the next one begin at zero again.
  static constexpr std::uint32_t kLastGeneration = 0x7FFFFFFF;
  bool is_intact_ = false;       ///< Both copies of the state and the mark stand, and nothing newer.
  bool is_intact_here_ = false;  ///< So it is but for something newer in the other bank.
  bool is_stable_ = false;       ///< There is none, or a copy that was read back when it was written.
};

}  // namespace tmd::detail
