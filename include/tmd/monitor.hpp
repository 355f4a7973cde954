// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>

namespace tmd {

/// How one model does in the field, over restarts: a value that tmd/history.hpp keeps. Counters stop at their end.
struct ModelMonitor {
  static constexpr unsigned kClasses = 8;

  std::uint32_t identity = 0;  ///< First four bytes of the model's digest.
  std::uint32_t inferences = 0;
  std::uint32_t confidence[kClasses] = {};  ///< By the largest score: below 1/8, below 2/8, …
  std::uint32_t good = 0;                   ///< The application's verdicts.
  std::uint32_t bad = 0;

  /// After an inference: its largest score, 0 to 255 for 0 to 1. An int8 softmax output gives it as output + 128.
  void count(std::uint8_t largest_score) {
    add(inferences);
    add(confidence[largest_score * kClasses / 256U]);
  }
  /// Where the application found out whether the answer was right.
  void judge(bool was_right) { add(was_right ? good : bad); }

 private:
  static void add(std::uint32_t& counter) {
    if (counter != 0xFFFFFFFFU) ++counter;
  }
};
static_assert(sizeof(ModelMonitor) == 48 && std::is_trivially_copyable<ModelMonitor>::value,
              "a monitor is written as it lies in memory, every byte of which is a member");

enum class TrialDecision : std::uint8_t { wait, confirm, revert };

/// What becomes of a model on trial, by how it does.
struct TrialPolicy {
  std::uint32_t confirm_after = 50;  ///< So many good verdicts, while the share is kept, and it stays.
  std::uint32_t judge_from = 20;     ///< Below so many verdicts nothing is decided.
  std::uint8_t least_percent = 80;   ///< Share of good verdicts below which it goes.

  TrialDecision decide(const ModelMonitor& monitor) const {
    const std::uint64_t verdicts = std::uint64_t{monitor.good} + monitor.bad;
    if (verdicts == 0 || verdicts < judge_from) return TrialDecision::wait;
    if (std::uint64_t{monitor.good} * 100 < verdicts * least_percent) return TrialDecision::revert;
    return monitor.good >= confirm_after ? TrialDecision::confirm : TrialDecision::wait;
  }
};

}  // namespace tmd
