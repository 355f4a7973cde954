// SPDX-License-Identifier: Apache-2.0
#include "codec/parse_steps.hpp"

#include <doctest/doctest.h>

using tmd::host::ParseSteps;

namespace {

/// Where the steps of a way begin, last one first.
std::vector<std::uint32_t> starts(const ParseSteps& steps, std::uint32_t end) {
  std::vector<std::uint32_t> result;
  for (std::uint32_t s = end; s != ParseSteps::kNone; s = steps.at(s).before)
    result.push_back(steps.at(s).start);
  return result;
}

}  // namespace

TEST_CASE("ways keep their steps, those that they share among them, when others are forgotten") {
  ParseSteps steps;
  const auto add = [&](std::uint32_t before, std::uint32_t start) {
    ParseSteps::Step step;
    step.before = before;
    step.start = start;
    return steps.add(step);
  };
  (void)add(ParseSteps::kNone, 1);
  const std::uint32_t shared = add(add(ParseSteps::kNone, 2), 3);
  (void)add(shared, 4);
  std::uint32_t one = add(shared, 5);
  (void)add(one, 6);
  std::uint32_t other = add(add(shared, 7), 8);
  std::uint32_t none = ParseSteps::kNone;
  steps.keep_only({&one, &none, &other});
  CHECK(starts(steps, one) == std::vector<std::uint32_t>{5, 3, 2});
  CHECK(starts(steps, other) == std::vector<std::uint32_t>{8, 7, 3, 2});
  CHECK(none == ParseSteps::kNone);
  CHECK(add(other, 9) == 5);
}

TEST_CASE("steps are many once there are twice as many as were kept") {
  ParseSteps steps;
  std::uint32_t end = ParseSteps::kNone;
  const auto add_until_many = [&] {
    std::size_t added = 0;
    for (; !steps.are_many(); ++added) end = steps.add({end, 0, {}, 0});
    return added;
  };
  const std::size_t few = add_until_many();
  steps.keep_only({&end});
  CHECK(add_until_many() == few + 1);
  end = ParseSteps::kNone;
  steps.keep_only({});
  CHECK(add_until_many() == few);
}
