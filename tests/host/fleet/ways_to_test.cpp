// SPDX-License-Identifier: Apache-2.0
#include "fleet/ways_to.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

using namespace tmd::host;
using fleet::Fleet;
using fleet::FleetStep;
using fleet::WaysTo;

namespace {

struct ReachedSo {
  std::pair<std::uint64_t, std::size_t> cost;
  const FleetStep* by = nullptr;
  bool settled = false;
};

/// A search from one device, as it was made for each before: Dijkstra's algorithm over all patches but those that go
/// straight to the target.
std::vector<FleetStep> chain_found_alone(const Fleet& fleet, const std::string& device,
                                         const std::string& target) {
  std::map<std::string, ReachedSo> reached;
  reached[device] = {};
  for (;;) {
    auto next = reached.end();
    for (auto it = reached.begin(); it != reached.end(); ++it) {
      if (!it->second.settled && (next == reached.end() || it->second.cost < next->second.cost)) next = it;
    }
    if (next == reached.end() || next->first == target) break;
    next->second.settled = true;
    for (const FleetStep& step : fleet.steps) {
      if (step.from != next->first || (step.from == device && step.to == target)) continue;
      const std::pair<std::uint64_t, std::size_t> cost{next->second.cost.first + step.bytes,
                                                       next->second.cost.second + 1};
      const auto [place, is_new] = reached.try_emplace(step.to);
      if (is_new || (!place->second.settled && cost < place->second.cost))
        place->second = {cost, &step, false};
    }
  }
  std::vector<FleetStep> chain;
  if (!reached.contains(target)) return chain;
  for (const FleetStep* step = reached[target].by; step != nullptr; step = reached[step->from].by)
    chain.push_back(*step);
  std::reverse(chain.begin(), chain.end());
  return chain;
}

std::string files_of_steps(const std::vector<FleetStep>& steps) {
  std::string files;
  for (const FleetStep& step : steps) files += step.file + " ";
  return files;
}

/// Few models, many patches, and of few lengths: ways that cost the same are the rule.
Fleet random_fleet(std::mt19937& random) {
  const auto below = [&](unsigned bound) { return static_cast<unsigned>(random() % bound); };
  Fleet fleet;
  const unsigned models = 3 + below(6);
  const unsigned lengths = 1 + below(6);
  for (unsigned count = below(30); count > 0; --count) {
    const std::string from(8, static_cast<char>('a' + below(models)));
    const std::string to(8, static_cast<char>('a' + below(models)));
    fleet.steps.push_back({from, to, std::to_string(count), below(lengths)});
  }
  for (unsigned i = 0; i < models; ++i) fleet.add({{}, 10, std::string(8, static_cast<char>('a' + i)), ""});
  return fleet;
}

}  // namespace

TEST_CASE("each chain is the one that a search from its device finds, also of many that cost the same") {
  std::mt19937 random(1);
  unsigned chains = 0;
  for (unsigned round = 0; round < 3000; ++round) {
    CAPTURE(round);
    const Fleet fleet = random_fleet(random);
    const std::string& target = fleet.models.back().sha256;
    for (const fleet::FleetModel& device : fleet.models) {
      if (device.sha256 == target) continue;
      CAPTURE(device.sha256);
      const std::string alone = files_of_steps(chain_found_alone(fleet, device.sha256, target));
      REQUIRE(files_of_steps(WaysTo(fleet, target, device.sha256).steps_from(device.sha256)) == alone);
      chains += alone.empty() ? 0 : 1;
    }
  }
  CHECK(chains > 5000);
}

TEST_CASE("a way says its bytes, its patches and the first of them; the target's has none") {
  Fleet fleet;
  fleet.steps = {
      {"a", "b", "first", 10}, {"b", "c", "second", 20}, {"a", "c", "direct", 31}, {"d", "a", "back", 1}};
  const WaysTo ways(fleet, "c");
  REQUIRE(ways.from("d") != nullptr);
  CHECK(ways.from("d")->bytes == 31);
  CHECK(ways.from("d")->patches == 3);
  CHECK(ways.from("d")->first->file == "back");
  CHECK(files_of_steps(ways.steps_from("d")) == "back first second ");
  CHECK(ways.from("c")->patches == 0);
  CHECK(ways.steps_from("c").empty());
  CHECK(ways.from("e") == nullptr);
  CHECK(ways.steps_from("e").empty());
}

TEST_CASE("of as many bytes the fewest patches count") {
  Fleet fleet;
  fleet.steps = {{"a", "b", "first", 10}, {"b", "c", "second", 20}, {"a", "c", "direct", 30}};
  CHECK(files_of_steps(WaysTo(fleet, "c").steps_from("a")) == "direct ");
  CHECK(files_of_steps(WaysTo(fleet, "c", "a").steps_from("a")) == "first second ");
}
