// SPDX-License-Identifier: Apache-2.0
#include "base/parse_json.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace tmd::host {
namespace {

/// Looks at the text alone, before any of it is held as a value. Of what is no JSON it may count too much or too
/// little only behind the place where the parser gives up.
void check_bounds(std::string_view text) {
  std::array<std::size_t, kDeepestJson + 1> members{};
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (depth == kDeepestJson)
        throw Error(fmt::format("it is nested more than {} levels deep", kDeepestJson));
      members[++depth] = 0;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    } else if (c == ':' && ++members[depth] > kMostMembers) {
      throw Error(fmt::format("an object in it has more than {} members", kMostMembers));
    }
  }
}

}  // namespace

nlohmann::ordered_json parse_json(std::string_view text) {
  check_bounds(text);
  return nlohmann::ordered_json::parse(text);
}

}  // namespace tmd::host
