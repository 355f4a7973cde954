// SPDX-License-Identifier: Apache-2.0
#include "modelgen/scenarios.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

#include "interpreter/interpreter.hpp"

using namespace tmd;
using modelgen::Step;

namespace {

std::size_t differing(const Step& step) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < std::min(step.base.size(), step.target.size()); ++i)
    count += step.base[i] != step.target[i] ? 1 : 0;
  return count;
}

bool runs(const std::vector<std::uint8_t>& file) {
  std::vector<std::uint8_t> arena(64 * 1024);
  host::interpreter::LargeInterpreter interpreter;
  return interpreter.load(ConstBytes(file.data(), file.size()), MutableBytes(arena.data(), arena.size())) ==
             host::interpreter::InterpreterStatus::ok &&
         interpreter.invoke() == host::interpreter::InterpreterStatus::ok;
}

}  // namespace

TEST_CASE("every scenario is a step between two models that run, and changes what its name says") {
  std::map<std::string, Step> steps;
  modelgen::Effort effort = modelgen::Effort::quick();
  effort.training_windows = 300;
  effort.adaptation_windows = 120;
  modelgen::train_scenarios(5, effort, [&](const Step& step) {
    CHECK(steps.emplace(step.name, step).second);
    CHECK_FALSE(step.what.empty());
    CAPTURE(step.name);
    CHECK(runs(step.base));
    CHECK(runs(step.target));
  });
  for (const char* name :
       {"epochs-1", "epochs-16", "domain-shift-0.5", "domain-shift-2", "head-only", "recalibration",
        "added-class", "added-class-head", "wider-layer", "added-layer", "pruning-25", "pruning-75"})
    REQUIRE(steps.contains(name));
  // More training moves more; the head and the ranges of activations are little of a model.
  CHECK(differing(steps["epochs-1"]) < differing(steps["epochs-16"]));
  CHECK(differing(steps["head-only"]) * 10 < differing(steps["epochs-1"]));
  CHECK(differing(steps["recalibration"]) * 10 < differing(steps["epochs-1"]));
  CHECK(steps["added-class"].target.size() > steps["added-class"].base.size());
  CHECK(steps["wider-layer"].target.size() > steps["wider-layer"].base.size());
  CHECK(steps["added-layer"].target.size() > steps["added-layer"].base.size());
  const auto zeros = [](const std::vector<std::uint8_t>& file) {
    return std::count(file.begin(), file.end(), 0);
  };
  CHECK(zeros(steps["pruning-75"].target) > zeros(steps["pruning-75"].base) + 30000);
}
