// SPDX-License-Identifier: Apache-2.0
#include "cli/answer.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace tmd::host::cli {

void Answer::add_option(Command& command) {
  command.add_flag("--json", json_, "Print JSON");
}

Answer& Answer::set(const std::string& name, std::uint64_t value) {
  fields_.emplace_back(name, value);
  return *this;
}
Answer& Answer::set(const std::string& name, bool value) {
  fields_.emplace_back(name, value);
  return *this;
}
Answer& Answer::set(const std::string& name, const std::string& value) {
  fields_.emplace_back(name, value);
  return *this;
}

void Answer::say(const std::string& line) const {
  if (!json_) fmt::print("{}\n", line);
}
void Answer::say_aside(const std::string& line) const {
  if (!json_) fmt::print(stderr, "{}\n", line);
}

void Answer::finish() const {
  if (!json_) return;
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [name, value] : fields_)
    std::visit([&, &key = name](const auto& held) { json[key] = held; }, value);
  fmt::print("{}\n", json.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace tmd::host::cli
