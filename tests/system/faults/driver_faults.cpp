// SPDX-License-Identifier: Apache-2.0
// Drivers that lie or refuse, blocks that wear out on the way, reads that fail.
#include <algorithm>

#include "system/faults/explorer.hpp"

namespace tmd::faults {

using test::FaultKind;
using test::FlashOperation;
using test::SimulatedFlash;

namespace {

/// What a device may say when its flash fails so. A driver that does not notice that an erase did nothing
/// leaves it to the read-back, or to the part, which refuses to program what is not erased.
bool names(Status status, FaultKind kind) {
  switch (kind) {
    case FaultKind::lie:
      return status == Status::verify_failed || status == Status::journal_worn;
    case FaultKind::refused:
      return status == Status::program_failed || status == Status::journal_worn;
    case FaultKind::worn:
      return status == Status::erase_failed || status == Status::journal_worn;
    case FaultKind::worn_silently:
      return status == Status::erase_failed || status == Status::verify_failed ||
             status == Status::program_failed || status == Status::journal_worn;
    case FaultKind::erase_refused:
      return status == Status::erase_failed || status == Status::journal_worn;
    case FaultKind::writes_refused:
      return status == Status::erase_failed || status == Status::program_failed ||
             status == Status::journal_worn;
    case FaultKind::read_once:
    case FaultKind::read_lost:
    case FaultKind::reads_refused:
      break;
  }
  return status == Status::read_failed || status == Status::journal_worn ||
         (kind == FaultKind::reads_refused &&
          (status == Status::erase_failed || status == Status::staging_full));
}

}  // namespace

/// Each operation and each read from here on fails, in each way; of the first ones eight times as many.
void Explorer::try_driver_faults(const SimulatedFlash& before, const Oracle& known, std::uint32_t one_in) {
  std::vector<FlashOperation::Kind> operations;
  SimulatedFlash::Watcher watcher = [&](const SimulatedFlash&, const FlashOperation& operation) {
    operations.push_back(operation.kind);
  };
  SimulatedFlash flash = before;
  flash.watch(&watcher);
  Oracle oracle = known;
  const std::uint64_t seed = seed_now();
  try {
    (void)run_to_end(work_, flash, oracle, totals_.figures, seed);
  } catch (const Failure&) {
    return;  // and it is counted
  }
  for (unsigned number = 0; number < test::kFaultKinds * kReactions; ++number) {
    const auto kind = static_cast<FaultKind>(number / kReactions);
    const bool of_a_read = test::is_of_a_read(kind);
    const std::uint32_t count = of_a_read ? flash.reads() : static_cast<std::uint32_t>(operations.size());
    for (std::uint32_t at = 0; at < count; ++at) {
      const bool is_erase = !of_a_read && operations[at] == FlashOperation::Kind::erase;
      // There are many more reads than programs, and few erases.
      const std::uint32_t rarity = of_a_read ? one_in * 10 : is_erase ? one_in / 10 + 1 : one_in;
      // Other ones behind a cut are damage twice.
      const auto reaction = static_cast<Reaction>(number % kReactions);
      const bool is_lasting = !test::is_over_at_restart(kind);
      if (is_lasting && (!path_.cuts.empty() || reaction != Reaction::as_reported)) continue;
      if (!can_befall(kind, operations, at)) continue;
      if (test::Chance(seed + at * 64 + number).below(rarity_at(at, rarity)) != 0) continue;
      if (path_.cuts.empty() && !is_in_shard()) continue;
      ++(path_.cuts.empty() ? totals_.faults : totals_.late_faults);
      path_.fault = DriverFault{{kind, at}, reaction};
      suffer(before, known);
      path_.fault.reset();
    }
  }
}

/// One of those. What reports it is followed by a restart on that flash; then it is repaired, and the run goes on.
void Explorer::suffer(SimulatedFlash flash, Oracle oracle) {
  const FaultKind kind = path_.fault->kind;
  const std::uint64_t seed = seed_now();
  // A record that can't be read, or was never written, can't be told from one that was torn.
  if (kind == FaultKind::read_lost || kind == FaultKind::reads_refused || kind == FaultKind::writes_refused)
    oracle.log_damaged = true;
  oracle.reaction = path_.fault->reaction;
  flash.faults().plan(*path_.fault);
  try {
    try {
      Run(work_, flash, oracle, totals_.figures, seed).go();
    } catch (const FlashFault& found) {
      if (is_error(found.status)) ++totals_.reported;
      require(oracle.reaction == Reaction::restarts || names(found.status, kind),
              std::string("reported as: ") + to_string(found.status));
      oracle.reaction = Reaction::as_reported;
      oracle.log_unsteady = oracle.log_unsteady || oracle.unsteady_cut;
      // The update may have ended for what could not be read.
      if (test::is_of_a_read(kind)) oracle.forget_progress();
      // It may restart as it is: it runs one of its models, or says that it can't.
      Oracle doubtful = oracle;
      doubtful.worn = true;
      SimulatedFlash same = flash;
      same.reboot();
      (void)run_to_end(work_, same, doubtful, totals_.figures, seed + 1);
      oracle.worn = oracle.worn || !test::is_over_at_restart(kind);
      flash.faults().repair();
      flash.reboot();
      require(run_to_end(work_, flash, oracle, totals_.figures, seed + 1), "repaired flash fails");
    }
    if (!flash.violation().empty()) throw Failure(flash.violation());
  } catch (const Failure& failure) {
    record(flash.violation().empty() ? failure.what() : flash.violation());
  }
}

}  // namespace tmd::faults
