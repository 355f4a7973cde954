// SPDX-License-Identifier: Apache-2.0
#include "tmd/status.hpp"

#include <doctest/doctest.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "support/process.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// Names and numbers as the header declares them.
std::map<std::string, unsigned> declared() {
  std::map<std::string, unsigned> values;
  const std::string text = contents_of(TMD_SOURCE_ROOT "/include/tmd/status.hpp");
  const std::regex enumerator(R"(\n\s+([a-z_0-9]+)\s*=\s*(\d+),)");
  for (std::sregex_iterator at(text.begin(), text.end(), enumerator), end; at != end; ++at)
    values[(*at)[1]] = static_cast<unsigned>(std::stoul((*at)[2]));
  return values;
}
std::string words_of(unsigned number) {
  return to_string(static_cast<Status>(number));
}

/// The names in the first column of the README's table of statuses, by what its second column says.
std::map<std::string, std::string> readme_rows() {
  std::istringstream file(contents_of(TMD_SOURCE_ROOT "/README.md"));
  std::map<std::string, std::string> rows;
  std::string line;
  while (std::getline(file, line) && line != "| status | firmware | server |") {
  }
  while (std::getline(file, line) && line.rfind("| ", 0) == 0) {
    const std::size_t second = line.find(" | ", 2);
    if (line[2] != '`') continue;
    const std::string names = line.substr(0, second);
    const std::regex name("`([a-z_0-9]+)`");
    for (std::sregex_iterator at(names.begin(), names.end(), name), end; at != end; ++at)
      rows[(*at)[1]] = line.substr(second + 3, line.find(" | ", second + 3) - second - 3);
  }
  return rows;
}

}  // namespace

TEST_CASE("every status that is declared has words of its own, on one line, and no other number has any") {
  const std::map<std::string, unsigned> values = declared();
  REQUIRE(values.size() > 60);
  std::set<unsigned> numbers;
  for (const auto& each : values) {
    const std::string& name = each.first;
    const unsigned number = each.second;
    CAPTURE(name);
    CHECK(numbers.insert(number).second);
    CHECK(words_of(number) != "unknown status");
    CHECK(words_of(number).find('\n') == std::string::npos);
  }
  std::set<std::string> words;
  for (unsigned number = 0; number < 256; ++number) {
    CAPTURE(number);
    if (numbers.count(number) != 0)
      CHECK(words.insert(words_of(number)).second);
    else
      CHECK(words_of(number) == "unknown status");
  }
}

TEST_CASE("progress is no error, everything else is") {
  for (const auto& each : declared()) {
    const std::string& name = each.first;
    const unsigned number = each.second;
    CAPTURE(name);
    const bool is_progress =
        name == "ok" || name == "need_more" || name == "would_block" || name == "ready_to_finish";
    CHECK(is_error(static_cast<Status>(number)) != is_progress);
  }
}

TEST_CASE("an update is open after the statuses that the README says to go on after, and after no other") {
  const std::map<std::string, unsigned> values = declared();
  const std::map<std::string, std::string> rows = readme_rows();
  REQUIRE(rows.size() > 20);
  for (const auto& each : values) {
    const std::string& name = each.first;
    const unsigned number = each.second;
    CAPTURE(name);
    const auto row = rows.find(name);
    const std::string action = row == rows.end() ? "" : row->second;
    const bool goes_on = action == "ask from `resume_offset()` on" ||
                         action == "the same call again, later" || action == "`finish`";
    CHECK(is_open(static_cast<Status>(number)) == goes_on);
  }
  for (const auto& each : rows) {
    const std::string& name = each.first;
    CAPTURE(name);
    CHECK(values.count(name) == 1);
  }
}

TEST_CASE("flash errors are what a driver answers or what reads back wrong") {
  for (const auto& each : declared()) {
    const std::string& name = each.first;
    const unsigned number = each.second;
    CAPTURE(name);
    const bool is_of_flash = name == "read_failed" || name == "program_failed" || name == "erase_failed" ||
                             name == "verify_failed";
    CHECK(is_flash_error(static_cast<Status>(number)) == is_of_flash);
  }
}

TEST_CASE("a call is repeated for as long as it would block") {
  unsigned tries = 0;
  CHECK(until_done([&] { return ++tries < 4 ? Status::would_block : Status::downgrade; }) ==
        Status::downgrade);
  CHECK(tries == 4);
  CHECK(until_done([&] { return Status::need_more; }) == Status::need_more);
}
