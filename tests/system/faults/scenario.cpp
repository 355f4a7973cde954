// SPDX-License-Identifier: Apache-2.0
#include "system/faults/scenario.hpp"

namespace tmd::faults {

const char* name_of(Scenario scenario) {
  constexpr const char* kNames[kScenarios] = {"confirm",      "expire",   "replace",  "abandon", "corrupt",
                                              "step_back",    "bad_link", "mixed_up", "hostile", "shrink",
                                              "two_updaters", "reset",    "relocate", "staged"};
  return kNames[static_cast<unsigned>(scenario)];
}

}  // namespace tmd::faults
