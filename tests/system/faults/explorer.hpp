// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "system/faults/event.hpp"
#include "system/faults/run.hpp"
#include "system/faults/seen_states.hpp"

namespace tmd::faults {

/// How much of all that can happen is tried. "One in": of the ways there are, one in so many, drawn by chance;
/// 1: all, 0: none.
struct Effort {
  std::uint32_t cuts_one_in[3] = {1, 0, 0};  ///< First cuts; second ones; third ones.
  std::uint32_t faults_one_in = 0;           ///< Ways in which a driver's operation fails.
  std::uint32_t late_faults_one_in = 0;      ///< The same in the life behind each first cut
  std::uint32_t late_fault_cuts_one_in = 1;  ///< that this draws.
  std::uint32_t rot_one_in = 0;  ///< Bits and units that rot, at each clean cut that `rot_cuts_one_in` draws.
  std::uint32_t rot_cuts_one_in = 1;
  std::uint32_t dead_one_in = 0;  ///< First cuts, for each erase block that does not erase.
  bool merges = false;            ///< What leads to a state that was seen is not followed again.
  std::uint32_t busy_rarity = 0;  ///< One flash operation in so many says `would_block`; 0: none.
  std::uint64_t seed = 1;
  std::uint32_t shard = 0;  ///< Of the first events of runs, only each `shards`-th, from this one on.
  std::uint32_t shards = 1;
};

struct Totals {
  std::uint64_t cuts[3] = {};     ///< Runs that were cut once, twice, three times.
  std::uint64_t merged = 0;       ///< Of these, not followed because the state was seen.
  std::uint64_t rots = 0;         ///< Runs in which a bit or a unit rotted at a restart.
  std::uint64_t dead = 0;         ///< Runs with a block that does not erase.
  std::uint64_t faults = 0;       ///< Runs in which an operation failed,
  std::uint64_t late_faults = 0;  ///< and in which one did behind a cut.
  std::uint64_t reported = 0;     ///< Of these, in which a call reported it; to the rest it did no harm.
  std::uint64_t operations = 0;
  std::uint64_t blind_programs = 0;
  test::FlashWear wear;  ///< Of the run without a cut.
  std::uint64_t target_bytes = 0;
  Figures figures;
  std::vector<std::string> failures;  ///< "replay id: what", the first few.
  std::uint64_t failed = 0;

  void add(const Totals& other);
};

/// Runs a device's scenario once, and again with all that can happen to it.
class Explorer {
 public:
  Explorer(const Workload& work, Effort effort, std::string id)
      : work_(work), effort_(effort), id_(std::move(id)) {}

  /// All that the effort asks for.
  void explore();
  /// The one run in which this happens; prints its operations. True if every invariant held.
  bool replay(const Events& events);
  const Totals& totals() const { return totals_; }

 private:
  void follow(test::SimulatedFlash& flash, Oracle& oracle, const Events* script);
  void try_cuts(const test::SimulatedFlash& flash, const test::FlashOperation& operation,
                const Oracle& oracle, const Events* script);
  void try_rot(const test::SimulatedFlash& flash, const test::FlashOperation& operation,
               const Oracle& oracle);
  void survive(const test::SimulatedFlash& before, const test::FlashOperation& operation, Oracle oracle,
               const Events* script);
  void explore_dead_blocks();
  void try_driver_faults(const test::SimulatedFlash& flash, const Oracle& oracle, std::uint32_t one_in);
  void suffer(test::SimulatedFlash flash, Oracle oracle);
  bool is_drawn(std::uint32_t one_in) const;
  bool is_in_shard();
  std::uint64_t seed_now() const;
  void record(const std::string& what);

  const Workload& work_;
  Effort effort_;
  std::string id_;
  Totals totals_;
  Events path_;  ///< What has happened in the run that is being followed.
  SeenStates seen_;
  std::uint64_t turn_ = 0;  ///< First events so far.
};

/// What rot at this place does to the ground on which the device is judged.
void note_rot(const Workload& work, test::Rot rot, Oracle& oracle);
/// The same of a cut: what it excuses from the next one on.
void note_cut(test::Cut cut, Oracle& oracle);

}  // namespace tmd::faults
