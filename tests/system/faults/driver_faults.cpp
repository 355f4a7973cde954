// SPDX-License-Identifier: Apache-2.0
// Drivers that lie or refuse, blocks that wear out on the way, reads that fail.
#include <algorithm>

#include "system/faults/explorer.hpp"

namespace tmd::faults {

using test::FaultKind;
using test::FlashOperation;
using test::PlannedFault;
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
    case FaultKind::read_once:
    case FaultKind::read_lost:
      break;
  }
  return status == Status::read_failed || status == Status::journal_worn;
}

bool is_of_an_erase(FaultKind kind) {
  return kind == FaultKind::worn || kind == FaultKind::worn_silently;
}

}  // namespace

void Explorer::explore_driver_faults() {
  std::vector<FlashOperation::Kind> operations;
  SimulatedFlash::Watcher watcher = [&](const SimulatedFlash&, const FlashOperation& operation) {
    operations.push_back(operation.kind);
  };
  SimulatedFlash flash = work_.new_flash(effort_.seed);
  flash.watch(&watcher);
  Oracle oracle;
  (void)run_to_end(work_, flash, oracle, totals_.figures, effort_.seed);
  for (unsigned kind = 0; kind < test::kFaultKinds; ++kind) {
    const bool of_a_read = test::is_of_a_read(static_cast<FaultKind>(kind));
    const std::uint32_t count = of_a_read ? flash.reads() : static_cast<std::uint32_t>(operations.size());
    for (std::uint32_t at = 0; at < count; ++at) {
      const PlannedFault fault{static_cast<FaultKind>(kind), at};
      const bool applies =
          of_a_read || is_of_an_erase(fault.kind) == (operations[at] == FlashOperation::Kind::erase);
      // There are many more reads than programs, and few erases.
      const std::uint32_t one_in = of_a_read                    ? effort_.faults_one_in * 10
                                   : is_of_an_erase(fault.kind) ? effort_.faults_one_in / 10 + 1
                                                                : effort_.faults_one_in;
      if (!applies || test::Chance(effort_.seed + at * 8 + kind).below(one_in) != 0 || !is_in_shard())
        continue;
      path_.fault = fault;
      suffer();
    }
  }
  path_ = Events();
}

/// One of those. What reports it is followed by a restart on that flash; then it is repaired, and the run goes on.
void Explorer::suffer() {
  SimulatedFlash flash = work_.new_flash(effort_.seed);
  const FaultKind kind = path_.fault->kind;
  Oracle oracle;
  // A record that can't be read any more can't be told from one that was torn.
  if (kind == FaultKind::read_lost) oracle.log_damaged = true;
  flash.faults().plan(*path_.fault);
  ++totals_.faults;
  try {
    try {
      Run(work_, flash, oracle, totals_.figures, effort_.seed).go();
    } catch (const FlashFault& found) {
      ++totals_.reported;
      require(names(found.status, kind), std::string("reported as: ") + to_string(found.status));
      // It may restart as it is: it runs one of its models, or says that it can't.
      oracle.worn = true;
      Oracle doubtful = oracle;
      SimulatedFlash same = flash;
      same.reboot();
      (void)run_to_end(work_, same, doubtful, totals_.figures, effort_.seed + 1);
      flash.faults().repair();
      flash.reboot();
      require(run_to_end(work_, flash, oracle, totals_.figures, effort_.seed + 1), "repaired flash fails");
    }
    if (!flash.violation().empty()) throw Failure(flash.violation());
  } catch (const Failure& failure) {
    record(flash.violation().empty() ? failure.what() : flash.violation());
  }
}

}  // namespace tmd::faults
