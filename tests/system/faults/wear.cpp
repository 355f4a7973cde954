// SPDX-License-Identifier: Apache-2.0
#include "system/faults/wear.hpp"

#include <algorithm>
#include <cstdio>

#include "system/faults/builds.hpp"

namespace tmd::faults {

WearFigures wear_of(const test::FlashPart& part, JournalSize journal, unsigned updates) {
  Setup setup;
  setup.part = setup.journal_part = part;
  setup.journal = journal;
  setup.updates = updates;
  const Workload work = make_workload(setup, 7);
  test::SimulatedFlash flash = work.new_flash(1);
  Oracle oracle;
  Figures figures;
  (void)run_to_end(work, flash, oracle, figures, 1);
  WearFigures wear;
  wear.updates = updates;
  wear.least_of_a_journal_block = ~0U;
  for (const test::FlashGeometry::Block& block : flash.geometry().blocks()) {
    const std::uint32_t erases = flash.erases_of(block.region.address);
    if (!work.journal().overlaps(block.region)) {
      wear.slot_erases += erases;
      continue;
    }
    if (!is_used_by_journal(work, flash, block.region.address)) continue;
    wear.journal_erases += erases;
    wear.least_of_a_journal_block = std::min(wear.least_of_a_journal_block, erases);
    wear.most_of_a_journal_block = std::max(wear.most_of_a_journal_block, erases);
  }
  wear.programmed_bytes = flash.wear().programmed_bytes;
  for (unsigned i = 0; i < updates; ++i) {
    wear.target_bytes += work.models[i + 1].size();
    wear.patch_bytes += work.patches[i].size();
  }
  return wear;
}

bool print_wear(unsigned updates) {
  bool spread = true;
  std::printf("%-17s %-7s slot erases/update  journal erases/update  a journal block's erases  ", "part",
              "journal");
  std::printf("programmed bytes/target byte\n");
  for (const test::FlashPart& part : test::kFlashParts) {
    for (const JournalSize journal : {JournalSize::roomy, JournalSize::medium, JournalSize::tight}) {
      const WearFigures wear = wear_of(part, journal, updates);
      const double count = updates;
      std::printf("%-17s %-7s %19.2f  %21.2f  %18u to %u  %25.2f\n", part.name, name_of(journal),
                  wear.slot_erases / count, wear.journal_erases / count, wear.least_of_a_journal_block,
                  wear.most_of_a_journal_block,
                  static_cast<double>(wear.programmed_bytes) / static_cast<double>(wear.target_bytes));
      // The banks take turns: none is ahead by more than one.
      spread = spread && wear.most_of_a_journal_block - wear.least_of_a_journal_block <= 1;
    }
  }
  if (!spread) std::printf("FAILED: a journal block was erased more often than another\n");
  return spread;
}

}  // namespace tmd::faults
