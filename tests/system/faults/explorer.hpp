// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "faults/life.hpp"

namespace tmd::faults {

/// One cut of a run: the how many-th flash operation since the restart before it, and how.
struct CutPoint {
  std::uint32_t operation = 0;
  test::Cut cut;
};

/// "12:last_unit:unstable"
std::string to_string(const CutPoint& point);
/// "12:lie"
std::string to_string(test::PlannedFault fault);

/// How many of all possible cuts are tried.
struct Effort {
  std::uint32_t one_in = 1;         ///< Of the ways to cut, one in so many, drawn by chance. 1: all.
  std::uint32_t second_one_in = 0;  ///< After a cut, of the ways to cut what follows; 0: no second cut.
  std::uint32_t faults_one_in = 0;  ///< Of the ways in which worn flash fails an operation; 0: none.
  std::uint32_t busy_rarity = 0;    ///< One flash operation in so many says `would_block`; 0: none.
  std::uint64_t seed = 1;
};

struct Totals {
  std::uint64_t cuts = 0;      ///< Lives that were cut once.
  std::uint64_t pairs = 0;     ///< Lives that were cut twice.
  std::uint64_t faults = 0;    ///< Lives in which worn flash failed an operation.
  std::uint64_t reported = 0;  ///< Of these, in which a call reported it; to the rest it did no harm.
  std::uint64_t operations = 0;
  std::uint64_t blind_programs = 0;
  test::FlashWear wear;  ///< Of the life without a cut.
  std::uint64_t target_bytes = 0;
  std::uint64_t patch_bytes = 0;
  Figures figures;
  std::vector<std::string> failures;  ///< "replay id: what", the first few.
  std::uint64_t failed = 0;
};

/// Lives a device's life once, and again with power cut at every operation in every way.
class Explorer {
 public:
  Explorer(const Workload& work, Story story, Effort effort, std::string id)
      : work_(work), story_(story), effort_(effort), id_(std::move(id)) {}

  void explore();
  /// Lives the same life on flash that wears: at each operation, and each read, it fails in each way. What
  /// reports it is followed by a restart on that flash; then it is repaired, and life goes on.
  void explore_worn_flash();
  /// One of those. True if every invariant held.
  bool wear(test::PlannedFault fault);
  /// Lives the one life in which these cuts happen. True if every invariant held.
  bool replay(const std::vector<CutPoint>& cuts);
  const Totals& totals() const { return totals_; }

 private:
  void live(test::SimulatedFlash& flash, Truth& truth, std::vector<CutPoint>& path,
            const std::vector<CutPoint>* script);
  void try_cuts(const test::SimulatedFlash& flash, const test::FlashOperation& operation, const Truth& truth,
                std::vector<CutPoint>& path, const std::vector<CutPoint>* script);
  void survive(const test::SimulatedFlash& before, const test::FlashOperation& operation, Truth truth,
               std::vector<CutPoint>& path, const std::vector<CutPoint>* script);
  void suffer(test::SimulatedFlash& flash, test::PlannedFault fault);
  bool drawn(const std::vector<CutPoint>& path) const;
  void record(const std::vector<CutPoint>& path, const std::string& what);

  const Workload& work_;
  Story story_;
  Effort effort_;
  std::string id_;
  Totals totals_;
};

/// Every different way to cut this operation.
std::vector<test::Cut> ways_to_cut(const test::FlashOperation& operation, const test::FlashPart& part);

}  // namespace tmd::faults
