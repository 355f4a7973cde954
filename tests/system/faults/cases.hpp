// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "faults/explorer.hpp"

namespace tmd::faults {

/// One device's life to be explored, and how thoroughly. Its name is the first half of a replay id:
/// "nRF52,roomy,confirm,format2,2500,busy0".
struct Trial {
  test::FlashPart part;
  JournalSize journal = JournalSize::roomy;
  Story story = Story::confirm;
  unsigned format = 2;
  std::uint32_t model_size = 2500;
  Effort effort;
  unsigned updates = 2;

  std::string name() const;
  Workload workload() const;
};

/// A replay id as a failure prints it: the trial, and the cuts in it or what wears.
struct Replay {
  Trial trial;
  std::vector<CutPoint> cuts;
  std::optional<test::PlannedFault> fault;
};

/// What runs on every change: every part, journal size and story, a sample of the cuts and of the pairs.
std::vector<Trial> quick_trials();
/// Every cut on every part, and every pair of cuts on the small ones.
std::vector<Trial> all_trials();
/// Flash that lies or wears, on every part: one in so many operations, and a tenth as many reads.
std::vector<Trial> worn_trials(std::uint32_t one_in);
/// A few small lives that a planted bug does not survive.
std::vector<Trial> planted_trials();
/// Nothing where the text is not a replay id.
std::optional<Replay> parse_replay(const std::string& id);

}  // namespace tmd::faults
