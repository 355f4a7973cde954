// SPDX-License-Identifier: Apache-2.0
#include "tmd/monitor.hpp"

#include <doctest/doctest.h>

using namespace tmd;

TEST_CASE("an inference is counted by its largest score, in eighths") {
  ModelMonitor monitor;
  for (unsigned score = 0; score < 256; ++score) monitor.count(static_cast<std::uint8_t>(score));
  CHECK(monitor.inferences == 256);
  for (const std::uint32_t count : monitor.confidence) CHECK(count == 32);
  ModelMonitor edges;
  edges.count(31);
  edges.count(32);
  edges.count(255);
  CHECK(edges.confidence[0] == 1);
  CHECK(edges.confidence[1] == 1);
  CHECK(edges.confidence[7] == 1);
}

TEST_CASE("counters stop at their end") {
  ModelMonitor monitor;
  monitor.inferences = monitor.good = monitor.confidence[0] = 0xFFFFFFFE;
  for (int i = 0; i < 3; ++i) {
    monitor.count(0);
    monitor.judge(true);
  }
  monitor.judge(false);
  CHECK(monitor.inferences == 0xFFFFFFFF);
  CHECK(monitor.confidence[0] == 0xFFFFFFFF);
  CHECK(monitor.good == 0xFFFFFFFF);
  CHECK(monitor.bad == 1);
}

TEST_CASE("a trial waits for enough verdicts, goes below the share, and stays after enough good ones") {
  const TrialPolicy policy;  // 50 good ones, at least 20 verdicts, 80 %
  const auto decide = [&](std::uint32_t good, std::uint32_t bad) {
    ModelMonitor monitor;
    monitor.good = good;
    monitor.bad = bad;
    return policy.decide(monitor);
  };
  CHECK(decide(0, 0) == TrialDecision::wait);
  CHECK(decide(0, 19) == TrialDecision::wait);
  CHECK(decide(0, 20) == TrialDecision::revert);
  CHECK(decide(15, 5) == TrialDecision::revert);  // 75 %
  CHECK(decide(16, 4) == TrialDecision::wait);    // 80 %
  CHECK(decide(49, 0) == TrialDecision::wait);
  CHECK(decide(50, 0) == TrialDecision::confirm);
  CHECK(decide(50, 12) == TrialDecision::confirm);  // 80.6 %
  CHECK(decide(50, 13) == TrialDecision::revert);   // 79.4 %
  CHECK(decide(0xFFFFFFFF, 0xFFFFFFFF) == TrialDecision::revert);
  CHECK(decide(0xFFFFFFFF, 1) == TrialDecision::confirm);
}

TEST_CASE("a policy that decides at once still waits for the first verdict") {
  TrialPolicy policy;
  policy.judge_from = 0;
  policy.confirm_after = 0;
  CHECK(policy.decide(ModelMonitor()) == TrialDecision::wait);
}
