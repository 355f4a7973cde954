// SPDX-License-Identifier: Apache-2.0
#include "system/faults/one_slot_explorer.hpp"

#include <cstdio>

#include "system/faults/failure.hpp"

namespace tmd::faults {

using test::CutPosition;
using test::FlashOperation;
using test::Rot;
using test::SimulatedFlash;
using test::Torn;

namespace {

constexpr std::size_t kFailuresShown = 10;

/// The same in a replay, whatever was tried before.
std::uint64_t seed_of(const Events& events) {
  std::uint64_t seed = 1;
  for (const char letter : to_string(events))
    seed = test::Chance(seed ^ static_cast<std::uint8_t>(letter)).next();
  return seed;
}

}  // namespace

void OneSlotTotals::add(const OneSlotTotals& other) {
  cuts += other.cuts;
  second_cuts += other.second_cuts;
  for (unsigned i = 0; i < kPlaces; ++i) rots[i] += other.rots[i];
  faults += other.faults;
  late_faults += other.late_faults;
  attacks += other.attacks;
  served += other.served;
  failed += other.failed;
  for (const std::string& failure : other.failures) {
    if (failures.size() < kFailuresShown) failures.push_back(failure);
  }
}

void OneSlotExplorer::explore() {
  OneSlotFate fate;
  fate.was_attacked = effort_.attacks_survivors;
  live(fate, nullptr,
       [this](OneSlotLife& life, const SimulatedFlash& flash, const FlashOperation& operation) {
         try_cuts(life, flash, operation);
         if (effort_.rots_one_in != 0) try_rots(life, flash, operation);
       });
  if (!story_.attack.empty()) ++totals_.attacks;
  if (effort_.faults_one_in != 0) try_driver_faults({}, nullptr, effort_.faults_one_in);
}

void OneSlotExplorer::replay(const Events& events) {
  script_ = &events;
  if (events.cuts.empty()) path_.fault = events.fault;
  OneSlotFate fate;
  fate.was_attacked = effort_.attacks_survivors;
  live(fate, nullptr,
       [this](OneSlotLife& life, const SimulatedFlash& flash, const FlashOperation& operation) {
         follow_script(life, flash, operation);
       });
}

void OneSlotExplorer::follow_script(OneSlotLife& life, const SimulatedFlash& flash,
                                    const FlashOperation& operation) {
  print_operation(flash, operation);
  const std::size_t depth = path_.cuts.size();
  if (depth == script_->cuts.size() || script_->cuts[depth].operation != flash.operations()) return;
  std::printf("cut\n");
  survive(life, flash, operation, script_->cuts[depth]);
}

/// Each operation and each read of an undisturbed life fails, in each way; of the first ones eight times as many.
void OneSlotExplorer::try_driver_faults(const OneSlotFate& fate, const AnyOneSlotDevice::Flash* flash,
                                        std::uint32_t one_in) {
  std::vector<FlashOperation::Kind> operations;
  OneSlotLife undisturbed(story_, fate);
  try {
    undisturbed.go([&](OneSlotLife&, const SimulatedFlash&,
                       const FlashOperation& operation) { operations.push_back(operation.kind); },
                   flash);
  } catch (const Failure&) {
    return;  // and it is counted
  }
  for (unsigned number = 0; number < test::kFaultKinds * kReactions; ++number) {
    const auto kind = static_cast<test::FaultKind>(number / kReactions);
    const bool of_a_read = test::is_of_a_read(kind);
    const std::uint32_t count =
        of_a_read ? undisturbed.flash().reads() : static_cast<std::uint32_t>(operations.size());
    for (std::uint32_t at = 0; at < count; ++at) {
      // There are many more reads than programs.
      const std::uint32_t rarity = of_a_read ? 10 * one_in : one_in;
      const auto reaction = static_cast<Reaction>(number % kReactions);
      if (!test::is_over_at_restart(kind) && reaction != Reaction::as_reported) continue;
      if (!can_befall(kind, operations, at) || !is_drawn(rarity_at(at, rarity))) continue;
      if (flash == nullptr && turn_++ % effort_.shards != effort_.shard) continue;
      ++(flash == nullptr ? totals_.faults : totals_.late_faults);
      path_.fault = DriverFault{{kind, at}, reaction};
      live(fate, flash, {});
      path_.fault.reset();
    }
  }
}

/// One life; what it breaks is kept with how it came about.
void OneSlotExplorer::live(const OneSlotFate& fate, const AnyOneSlotDevice::Flash* flash,
                           const Branching& branch) {
  OneSlotLife life(story_, fate);
  if (path_.fault) life.plan(*path_.fault);
  try {
    life.go(branch, flash);
  } catch (const Failure& failure) {
    ++totals_.failed;
    if (totals_.failures.size() < kFailuresShown)
      totals_.failures.push_back(id_ + to_string(path_) + ": " + failure.what());
  }
  if (life.fate().was_served) ++totals_.served;
}

void OneSlotExplorer::try_cuts(OneSlotLife& life, const SimulatedFlash& flash,
                               const FlashOperation& operation) {
  const bool is_second = !path_.cuts.empty();
  for (const test::Cut& cut : ways_to_cut(operation, flash)) {
    if (!is_drawn(is_second ? effort_.second_cuts_one_in : effort_.cuts_one_in)) continue;
    if (!is_second && turn_++ % effort_.shards != effort_.shard) continue;
    ++(is_second ? totals_.second_cuts : totals_.cuts);
    survive(life, flash, operation, {flash.operations(), cut, {}});
  }
}

/// Power goes between two operations, and before it is back a bit or a unit rots that holds anything.
void OneSlotExplorer::try_rots(OneSlotLife& life, const SimulatedFlash& flash,
                               const FlashOperation& operation) {
  for (std::uint32_t address = 0; address < flash.size(); ++address) {
    if (!flash.is_programmed(address)) continue;
    // The slot is large, and any place of it as good as another.
    const std::uint32_t rarer = life.place_of(address) == Place::slot ? 8 : 1;
    const bool begins_unit = address % flash.program_size(address) == 0;
    for (std::uint8_t bit = 0; bit <= (begins_unit ? Rot::kWholeUnit : 7); ++bit) {
      if (!is_drawn(effort_.rots_one_in * rarer) || turn_++ % effort_.shards != effort_.shard) continue;
      ++totals_.rots[static_cast<unsigned>(life.place_of(address))];
      survive(life, flash, operation,
              {flash.operations(), {CutPosition::before, Torn::old}, Rot{address, bit}});
    }
  }
}

/// Power goes here; it comes back, and the device goes on.
void OneSlotExplorer::survive(OneSlotLife& life, const SimulatedFlash& flash, const FlashOperation& operation,
                              const CutPoint& point) {
  path_.cuts.push_back(point);
  AnyOneSlotDevice::Flash left = static_cast<const AnyOneSlotDevice::Flash&>(flash);
  left.watch(nullptr);
  left.reseed(seed_of(path_));
  left.tear(operation, point.cut);
  left.reboot();
  OneSlotFate fate = life.fate();
  fate.was_overwritten = fate.was_overwritten || life.is_overwritten();
  fate.unsteady = fate.unsteady || test::changes_by_itself(point.cut.torn);
  if (effort_.attacks_survivors && path_.cuts.size() == 1) fate.was_attacked = false;
  if (point.rot) {
    left.rot(*point.rot);
    fate.rotten[static_cast<unsigned>(life.place_of(point.rot->address))] = true;
    fate.rotten_while_overwritten = life.is_overwritten();
  }
  left.reset_operations();
  left.reset_reads();
  if (script_ != nullptr && path_.cuts.size() == script_->cuts.size()) path_.fault = script_->fault;
  Branching branch;
  if (script_ != nullptr) {
    branch = [this](OneSlotLife& next, const SimulatedFlash& now, const FlashOperation& after) {
      follow_script(next, now, after);
    };
  } else if (effort_.second_cuts_one_in != 0 && path_.cuts.size() == 1 && !point.rot) {
    branch = [this](OneSlotLife& next, const SimulatedFlash& now, const FlashOperation& after) {
      try_cuts(next, now, after);
    };
  }
  live(fate, &left, branch);
  if (script_ == nullptr && path_.cuts.size() == 1 && !point.rot && effort_.late_faults_one_in != 0 &&
      is_drawn(effort_.late_fault_cuts_one_in))
    try_driver_faults(fate, &left, effort_.late_faults_one_in);
  path_.cuts.pop_back();
}

bool OneSlotExplorer::is_drawn(std::uint32_t one_in) {
  return one_in == 1 || (one_in != 0 && chance_.below(one_in) == 0);
}

}  // namespace tmd::faults
