// SPDX-License-Identifier: Apache-2.0
#include "cli/outcome.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace tmd::host::cli {

namespace {

bool is_standard_output(const std::string& path) {
  struct stat file {};
  struct stat standard {};
  return ::stat(path.c_str(), &file) == 0 && ::fstat(STDOUT_FILENO, &standard) == 0 &&
         !S_ISCHR(file.st_mode) && file.st_dev == standard.st_dev && file.st_ino == standard.st_ino;
}

}  // namespace

std::FILE* beside(const std::vector<std::string>& outputs) {
  return std::any_of(outputs.begin(), outputs.end(), is_standard_output) ? stderr : stdout;
}

void print_outcome(bool json, const std::string& text, const std::vector<Fact>& facts,
                   const std::vector<std::string>& outputs) {
  std::FILE* stream = beside(outputs);
  if (!json) {
    fmt::print(stream, "{}", text);
    return;
  }
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const Fact& fact : facts)
    std::visit([&](const auto& value) { object[fact.name] = value; }, fact.value);
  fmt::print(stream, "{}\n", object.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
}

void print_outcome_aside(bool json, const std::string& text, const std::vector<Fact>& facts,
                         const std::vector<std::string>& outputs) {
  if (json) return print_outcome(json, text, facts, outputs);
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
