// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "system/faults/cases.hpp"

namespace tmd::faults {

/// What many updates in a row cost the flash.
struct WearFigures {
  unsigned updates = 0;
  std::uint32_t slot_erases = 0;
  std::uint32_t journal_erases = 0;
  std::uint32_t least_of_a_journal_block = 0;
  std::uint32_t most_of_a_journal_block = 0;
  std::uint64_t programmed_bytes = 0;
  std::uint64_t target_bytes = 0;
  std::uint64_t patch_bytes = 0;
};

/// Goes through so many updates without a cut, each confirmed.
WearFigures wear_of(const test::FlashPart& part, JournalSize journal, unsigned updates);
/// Prints a line for each part and size of journal. False where the journal does not spread its erases.
bool print_wear(unsigned updates);

}  // namespace tmd::faults
