// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/firmware_facts.hpp"
#include "model/open_model.hpp"

namespace tmd::host::model {

/// How the step from one model to another can reach devices.
enum class Verdict {
  patch,     ///< A model patch is enough.
  firmware,  ///< The firmware must change too.
};

/// One observation about the step.
struct Reason {
  Verdict verdict;
  std::string kind;  ///< Stable, for programs: "weights", "new-operator", … (docs/model.md has them all).
  std::string text;  ///< For people, one line.
};

struct CheckReport {
  Verdict verdict = Verdict::patch;
  std::vector<Reason> reasons;  ///< Those that call for a firmware update first.
};

struct CheckOptions {
  bool strict = false;  ///< Quantisation of inputs and outputs may not differ, whatever the firmware allows.
  std::uint32_t slot_bytes = 0;  ///< Room for a model in flash; 0: unknown.
  ArenaChoice arena;             ///< Of the target.
};

/// Compares two models from the firmware's point of view: what of the change does a model patch carry, and
/// what needs other code, more memory or another application? Throws host::Error where an arena cannot be
/// computed.
CheckReport check(const OpenModel& base, const OpenModel& target, const FirmwareFacts& firmware,
                  const CheckOptions& options);

/// "patch" or "firmware".
std::string_view to_string(Verdict verdict);

}  // namespace tmd::host::model
