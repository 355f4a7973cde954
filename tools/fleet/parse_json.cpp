// SPDX-License-Identifier: Apache-2.0
#include "fleet/parse_json.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace tmd::host::fleet {

nlohmann::ordered_json parse_json(std::string_view text) {
  using Parsed = nlohmann::ordered_json;
  return Parsed::parse(text, [](int depth, Parsed::parse_event_t event, Parsed&) {
    const bool opens =
        event == Parsed::parse_event_t::object_start || event == Parsed::parse_event_t::array_start;
    if (opens && depth >= kDeepestJson)
      throw Error(fmt::format("it is nested more than {} levels deep", kDeepestJson));
    return true;
  });
}

}  // namespace tmd::host::fleet
