// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "fleet/fleet.hpp"

namespace tmd::host::fleet {

/// The cheapest way from each model of a fleet to one of them: of the fewest bytes, then of the fewest patches, each of
/// which is an update, a restart and a trial. One search, from the target backwards, finds them all. The fleet must
/// stay as it is while this lives.
class WaysTo {
 public:
  struct Way {
    std::uint64_t bytes = 0;
    std::size_t patches = 0;           ///< 0: it is the target.
    const FleetStep* first = nullptr;  ///< Of the fleet.
  };

  /// The patches that go straight from `device` to the target are left out: what there is from it is a chain.
  WaysTo(const Fleet& fleet, const std::string& target, const std::string& device = {});

  /// None: no patches lead from there to the target.
  const Way* from(const std::string& model) const;
  /// All patches of the way, in their order; none where there is no way.
  std::vector<FleetStep> steps_from(const std::string& model) const;

 private:
  using Order = std::vector<std::tuple<std::uint64_t, std::size_t, std::string>>;
  Order order_of(const std::string& model) const;

  std::map<std::string, Way> ways_;
};

}  // namespace tmd::host::fleet
