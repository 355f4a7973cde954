// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "device/journal/flash_medium.hpp"
#include "device/journal/life.hpp"

namespace tmd::test {

inline const FlashPart kLifePart("unit 4", 256, 4, false, Erased::ones);
constexpr Region kSmallJournal{512, 6 * 256};
constexpr Region kRoomyJournal{512, 16 * 256};

inline Life<FlashMedium> flash_life_in(Region region, const FlashPart& part = kLifePart) {
  return {FlashMedium(part, region), Expectation(), kStateSize};
}
inline std::vector<Step> some_steps() {
  using Kind = Step::Kind;
  return {{Kind::start, kStateSize}, {Kind::append, 60}, {Kind::append, 45},        {Kind::fresh, 15},
          {Kind::append, 30},        {Kind::append, 99}, {Kind::start, kStateSize}, {Kind::append, 31},
          {Kind::keep, kStateSize},  {Kind::append, 64}};
}

}  // namespace tmd::test
