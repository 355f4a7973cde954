// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace tmd::host {

/// Arrays and objects in one another, at most, in JSON that comes from elsewhere: a release log's lines have six.
inline constexpr std::size_t kDeepestJson = 32;
/// Members of an object, at most: each is looked for among those before it. Those that are written have twenty.
inline constexpr std::size_t kMostMembers = 256;

/// Reads JSON that may come from anywhere: what copies and prints a value calls itself for each level, and would run
/// out of stack. Throws nlohmann's parse_error where it is no JSON, Error where it is nested more deeply or an object
/// has more members.
nlohmann::ordered_json parse_json(std::string_view text);

}  // namespace tmd::host
