// SPDX-License-Identifier: Apache-2.0
#include "modelgen/weight_choice.hpp"

#include <doctest/doctest.h>

namespace modelgen {

TEST_CASE("of all weights those that moved furthest may move on, in steps of their layer's grid") {
  Random random(1);
  Network base({2, 1});
  base.add_fully_connected("first", 2, true, random);
  base.add_fully_connected("last", 2, false, random);
  base.layers()[0].weights = {1.27F, 0, 0, 0};
  base.layers()[1].weights = {0.127F, 0, 0, 0};
  Network tuned = base;
  tuned.layers()[0].weights = {1.27F, 0.02F, 0.05F, 0};    // two and five steps
  tuned.layers()[1].weights = {0.127F, -0.02F, 0, 0.01F};  // twenty and ten
  const WeightMask mask = furthest_moved(base, tuned, 0.25);
  CHECK(mask == WeightMask{{false, false, false, false}, {false, true, false, true}});
  CHECK(furthest_moved(base, tuned, 0.375)[0] == std::vector<bool>{false, false, true, false});
}

}  // namespace modelgen
