// SPDX-License-Identifier: Apache-2.0
#include "system/faults/random_runs.hpp"

#include <cstdio>

#include "system/faults/event.hpp"

namespace tmd::faults {

using test::Chance;
using test::Cut;
using test::CutPosition;
using test::SimulatedFlash;
using test::Torn;

namespace {

constexpr unsigned kMostCuts = 5;
/// All cases that can be drawn, and some hundred megabytes.
constexpr std::size_t kMostPrepared = 20000;

}  // namespace

const RandomRuns::Prepared& RandomRuns::prepare(const Case& test_case) {
  const std::string name = test_case.name();
  const auto found = prepared_.find(name);
  if (found != prepared_.end()) return found->second;
  if (prepared_.size() >= kMostPrepared) prepared_.clear();
  Prepared prepared{test_case, test_case.workload(), 0};
  SimulatedFlash flash = prepared.work.new_flash(1);
  Oracle oracle;
  Figures figures;
  try {
    (void)run_to_end(prepared.work, flash, oracle, figures, 1);
  } catch (const Failure&) {
  }
  prepared.operations = flash.operations() + 1;
  return prepared_.emplace(name, std::move(prepared)).first->second;
}

Cut RandomRuns::random_cut(const SimulatedFlash& flash, Chance& chance, unsigned& unstable) const {
  Cut cut{static_cast<CutPosition>(chance.below(test::kCutPositions)),
          static_cast<Torn>(chance.below(test::kTornKinds))};
  const bool may_change = powers_.flicker && unstable < test::kMostUnstableCuts;
  const bool ecc = flash.geometry().chips()[0].part.ecc;
  while ((cut.torn == Torn::unreadable && !ecc) || (test::changes_by_itself(cut.torn) && !may_change))
    cut.torn = static_cast<Torn>(chance.below(test::kTornKinds));
  if (test::changes_by_itself(cut.torn)) ++unstable;
  return cut;
}

/// One of two banks, and an application that does or does not call again what failed.
void RandomRuns::stop_bank(const Prepared& prepared, SimulatedFlash& flash, Oracle& oracle, unsigned choice,
                           bool verbose) {
  const unsigned bank = choice % 2;
  if (verbose) std::printf("bank %u of the journal takes no program any more\n", bank);
  flash.faults().stop_programs(journal_banks(prepared.work, flash).bank[bank]);
  if (choice / 2 != 0) oracle.reaction = Reaction::calls_again;
  oracle.worn = true;
  ++totals_.refusing;
}

/// One place, that holds something; in the journal as often as in both slots.
void RandomRuns::maybe_rot(const Prepared& prepared, SimulatedFlash& flash, Oracle& oracle, Chance& chance,
                           bool verbose) {
  const Region journal = prepared.work.journal();
  const Region everywhere{0, flash.size()};
  const Region& from = chance.below(2) == 0 ? journal : everywhere;
  for (unsigned i = 0; i < 200; ++i) {
    const test::Rot rot{from.address + chance.below(from.size), static_cast<std::uint8_t>(chance.below(9))};
    if (!flash.is_programmed(rot.address)) continue;
    if (verbose) std::printf("rot at %u, bit %u\n", rot.address, rot.bit);
    flash.rot(rot);
    note_rot(prepared.work, rot, oracle);
    ++totals_.rots;
    return;
  }
}

void RandomRuns::live(const Prepared& prepared, SimulatedFlash& flash, Oracle& oracle, Chance& chance,
                      bool verbose) {
  const unsigned cuts = chance.below(kMostCuts + 1);
  const unsigned rot_after = powers_.rot && chance.below(3) == 0 ? chance.below(cuts + 1) : kMostCuts + 1;
  const unsigned dies_after =
      powers_.dead_blocks && chance.below(8) == 0 ? chance.below(cuts + 1) : kMostCuts + 1;
  const unsigned refuses_after =
      powers_.refusing_banks && chance.below(2) == 0 ? chance.below(cuts + 1) : kMostCuts + 1;
  unsigned unstable = 0;
  for (unsigned cut = 0;; ++cut) {
    if (cut == refuses_after) stop_bank(prepared, flash, oracle, chance.below(4), verbose);
    if (cut == dies_after) {
      const std::vector<test::FlashGeometry::Block>& blocks = flash.geometry().blocks();
      const test::FlashGeometry::Block& block =
          blocks[chance.below(static_cast<std::uint32_t>(blocks.size()))];
      const bool silent = chance.below(2) == 0;
      if (!flash.geometry().part_of(block).rewritable) {
        if (verbose) std::printf("block %u dies%s\n", block.region.address, silent ? " silently" : "");
        flash.wear_out(block.region.address, silent);
        oracle.worn = true;
        ++totals_.dead;
      }
    }
    if (cut == rot_after) maybe_rot(prepared, flash, oracle, chance, verbose);
    flash.reset_operations();
    Cut way{};
    if (cut < cuts) {
      way = random_cut(flash, chance, unstable);
      // Soon after the restart more often than later.
      const std::uint32_t limit = 1 + chance.below(prepared.operations);
      const std::uint32_t at = chance.below(limit);
      flash.cut_at(at, way);
      if (verbose) {
        Events events;
        events.cuts.push_back({at, way, {}});
        std::printf("cut %s\n", to_string(events).c_str());
      }
    }
    try {
      (void)run_to_end(prepared.work, flash, oracle, totals_.figures, chance.next());
      return;
    } catch (const test::PowerCut&) {
      ++totals_.cuts;
      note_cut(way, oracle);
      flash.reboot();
    }
  }
}

void RandomRuns::run(std::uint64_t number, bool verbose) {
  Chance chance(Chance(seed_ ^ number * 0x9E3779B97F4A7C15U).next());
  const Case test_case = random_case(chance);
  const Prepared& prepared = prepare(test_case);
  SimulatedFlash flash = prepared.work.new_flash(chance.next());
  if (powers_.busy && chance.below(2) == 0) flash.be_busy(2 + chance.below(4));
  if (verbose) std::printf("%s\n", test_case.name().c_str());
  SimulatedFlash::Watcher print = print_operation;
  if (verbose) flash.watch(&print);
  Oracle oracle;
  ++totals_.runs;
  try {
    live(prepared, flash, oracle, chance, verbose);
    if (!flash.violation().empty()) throw Failure(flash.violation());
  } catch (const Failure& failure) {
    ++totals_.failed;
    const std::string what = flash.violation().empty() ? failure.what() : flash.violation();
    if (totals_.failures.size() < kFailuresKept)
      totals_.failures.push_back("random:" + std::to_string(seed_) + ":" + std::to_string(number) + ": " +
                                 test_case.name() + ": " + what);
  }
}

}  // namespace tmd::faults
