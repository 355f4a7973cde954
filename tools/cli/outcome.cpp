// SPDX-License-Identifier: Apache-2.0
#include "cli/outcome.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace tmd::host::cli {

std::FILE* beside(const std::string& output) {
  struct stat file {};
  struct stat standard {};
  const bool is_standard = ::stat(output.c_str(), &file) == 0 && ::fstat(STDOUT_FILENO, &standard) == 0 &&
                           !S_ISCHR(file.st_mode) && file.st_dev == standard.st_dev &&
                           file.st_ino == standard.st_ino;
  return is_standard ? stderr : stdout;
}

void print_outcome(bool json, const std::string& text, const std::vector<Fact>& facts,
                   const std::string& output) {
  std::FILE* stream = beside(output);
  if (!json) {
    fmt::print(stream, "{}", text);
    return;
  }
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const Fact& fact : facts)
    std::visit([&](const auto& value) { object[fact.name] = value; }, fact.value);
  fmt::print(stream, "{}\n", object.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
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
