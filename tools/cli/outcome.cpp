// SPDX-License-Identifier: Apache-2.0
#include "cli/outcome.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace tmd::host::cli {

void print_outcome(bool json, const std::string& text, const std::vector<Fact>& facts) {
  if (!json) {
    fmt::print("{}", text);
    return;
  }
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const Fact& fact : facts)
    std::visit([&](const auto& value) { object[fact.name] = value; }, fact.value);
  fmt::print("{}\n", object.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
}

void print_outcome_aside(bool json, const std::string& text, const std::vector<Fact>& facts) {
  if (json) return print_outcome(json, text, facts);
  print_aside(text);
}

void print_aside(const std::string& text) {
  std::fputs(text.c_str(), stderr);
}

const char* state_name(ModelState state) {
  switch (state) {
    case ModelState::trial:
      return "on trial";
    case ModelState::confirmed:
      return "confirmed";
    case ModelState::reverted:
      return "reverted";
    case ModelState::updating:
      return "updating";
    case ModelState::none:
      break;
  }
  return "none";
}

}  // namespace tmd::host::cli
