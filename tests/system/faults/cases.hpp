// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "system/faults/explorer.hpp"

namespace tmd::faults {

/// One device and scenario to be explored, and how thoroughly. Its name is the first half of a replay id:
/// "nRF52,plain,roomy,confirm,format2,size2500,updates2,busy0"; with the journal in another part
/// "nRF52+SAMD21,apart,…"; with merged states "…,busy0,merged".
struct Case {
  Setup setup;
  Effort effort;

  std::string name() const;
  Workload workload() const;
};

/// A replay id as a failure prints it.
struct Replay {
  Case test_case;
  Events events;
};

/// What runs on every change: every part, build, journal size and scenario, a sample of what may happen.
std::vector<Case> quick_cases();
/// Every cut of every story on every part; samples of rot, dead blocks, driver faults.
std::vector<Case> all_cases();
/// The most thorough of them: all pairs, triples and bits on small flash.
std::vector<Case> deep_cases();
/// A driver fault behind a cut, on the parts with the smallest blocks: each build, journal and scenario. `one_in`: of
/// the cuts.
std::vector<Case> late_fault_cases(std::uint32_t one_in);
/// A few small runs that a planted bug does not survive.
std::vector<Case> planted_cases();
/// Cases to draw from for random runs.
Case random_case(test::Chance& chance);
/// Nothing where the text is not a replay id.
std::optional<Replay> parse_replay(const std::string& id);

/// The part of this name, also FRAM.
std::optional<test::FlashPart> part_named(const std::string& name);

}  // namespace tmd::faults
