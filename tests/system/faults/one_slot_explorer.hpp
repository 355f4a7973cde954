// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "system/faults/event.hpp"
#include "system/faults/one_slot_life.hpp"

namespace tmd::faults {

/// How much is tried: one in so many of the ways there are, drawn by chance; 1: all, 0: none.
struct OneSlotEffort {
  std::uint32_t cuts_one_in = 1;
  std::uint32_t second_cuts_one_in = 0;      ///< In the life behind each of them.
  std::uint32_t rots_one_in = 0;             ///< Bits and units of all that is programmed, at each operation.
  std::uint32_t faults_one_in = 0;           ///< Ways in which a driver's operation, or a read, fails.
  std::uint32_t late_faults_one_in = 0;      ///< The same in the life behind each cut
  std::uint32_t late_fault_cuts_one_in = 1;  ///< that this draws.
  bool attacks_survivors = false;            ///< The attacker waits until power has gone.
  std::uint32_t shard = 0;
  std::uint32_t shards = 1;
};

struct OneSlotTotals {
  std::uint64_t cuts = 0;
  std::uint64_t second_cuts = 0;
  std::uint64_t rots[kPlaces] = {};
  std::uint64_t faults = 0;
  std::uint64_t late_faults = 0;  ///< Lives with one behind a cut.
  std::uint64_t attacks = 0;
  std::uint64_t served = 0;  ///< Lives that needed a full model.
  std::uint64_t failed = 0;
  std::vector<std::string> failures;  ///< "one-slot:PART/cut…: what", the first few.

  void add(const OneSlotTotals& other);
};

/// Runs an update in place once, and again with all that can happen to it.
class OneSlotExplorer {
 public:
  OneSlotExplorer(const OneSlotStory& story, const OneSlotEffort& effort, std::string id)
      : story_(story), effort_(effort), id_(std::move(id)) {}

  void explore();
  /// The one run in which this happens; prints its operations.
  void replay(const Events& events);
  const OneSlotTotals& totals() const { return totals_; }

 private:
  using Branching = OneSlotLife::Branch;

  void try_driver_faults(const OneSlotFate& fate, const AnyOneSlotDevice::Flash* flash, std::uint32_t one_in);
  void live(const OneSlotFate& fate, const AnyOneSlotDevice::Flash* flash, const Branching& branch);
  void try_cuts(OneSlotLife& life, const test::SimulatedFlash& flash, const test::FlashOperation& operation);
  void try_rots(OneSlotLife& life, const test::SimulatedFlash& flash, const test::FlashOperation& operation);
  void survive(OneSlotLife& life, const test::SimulatedFlash& flash, const test::FlashOperation& operation,
               const CutPoint& point);
  bool is_drawn(std::uint32_t one_in);
  void follow_script(OneSlotLife& life, const test::SimulatedFlash& flash,
                     const test::FlashOperation& operation);

  const OneSlotStory& story_;
  OneSlotEffort effort_;
  std::string id_;
  OneSlotTotals totals_;
  test::Chance chance_{1};
  Events path_;  ///< What has happened in the life that is being followed.
  const Events* script_ = nullptr;
  std::uint64_t turn_ = 0;
};

}  // namespace tmd::faults
