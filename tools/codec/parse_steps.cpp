// SPDX-License-Identifier: Apache-2.0
#include "codec/parse_steps.hpp"

#include <algorithm>

namespace tmd::host {

void ParseSteps::keep_only(const std::vector<std::uint32_t*>& ends) {
  std::vector<std::uint32_t> numbers(steps_.size(), kNone);
  for (const std::uint32_t* end : ends) {
    for (std::uint32_t s = *end; s != kNone && numbers[s] == kNone; s = steps_[s].before) numbers[s] = s;
  }
  const auto new_number = [&](std::uint32_t old) { return old == kNone ? kNone : numbers[old]; };
  std::uint32_t kept = 0;
  for (std::uint32_t s = 0; s < steps_.size(); ++s) {
    if (numbers[s] == kNone) continue;
    Step step = steps_[s];
    step.before = new_number(step.before);  // an older one, which has its new number
    steps_[kept] = step;
    numbers[s] = kept++;
  }
  steps_.resize(kept);
  for (std::uint32_t* end : ends) *end = new_number(*end);
  many_ = std::max(kFew, std::size_t{kept} * 2);
}

}  // namespace tmd::host
