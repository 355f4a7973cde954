// SPDX-License-Identifier: Apache-2.0
#include "system/faults/cases.hpp"
#include "system/faults/split.hpp"

namespace tmd::faults {

namespace {

std::uint32_t number_after(const std::string& text, const std::string& word) {
  if (text.rfind(word, 0) != 0 || text.size() == word.size()) return 0;
  return static_cast<std::uint32_t>(std::stoul(text.substr(word.size())));
}

std::optional<Case> parse_case(const std::string& name) {
  const std::vector<std::string> words = split(name, ',');
  if (words.size() < 8) return {};
  Case result{};
  const std::vector<std::string> parts = split(words[0], '+');
  const std::optional<test::FlashPart> part = part_named(parts[0]);
  const std::optional<test::FlashPart> journal_part = part_named(parts.back());
  if (!part || !journal_part) return {};
  result.setup.part = *part;
  result.setup.journal_part = *journal_part;
  for (unsigned i = 0; i < kBuilds; ++i) {
    if (words[1] == name_of(static_cast<Build>(i))) result.setup.build = static_cast<Build>(i);
  }
  for (unsigned i = 0; i < 3; ++i) {
    if (words[2] == name_of(static_cast<JournalSize>(i))) result.setup.journal = static_cast<JournalSize>(i);
  }
  for (unsigned i = 0; i < kScenarios; ++i) {
    if (words[3] == name_of(static_cast<Scenario>(i))) result.setup.scenario = static_cast<Scenario>(i);
  }
  result.setup.format = number_after(words[4], "format");
  result.setup.model_size = number_after(words[5], "size");
  result.setup.updates = number_after(words[6], "updates");
  result.effort.busy_rarity = number_after(words[7], "busy");
  result.effort.merges = words.size() == 9;
  if (result.name() != name) return {};
  return result;
}

}  // namespace

std::optional<test::FlashPart> part_named(const std::string& name) {
  for (const test::FlashPart& part : test::kFlashParts) {
    if (name == part.name) return part;
  }
  for (const test::FlashPart& part : {test::fram_part(), test::items_part()}) {
    if (name == part.name) return part;
  }
  return {};
}

std::string Case::name() const {
  std::string parts = setup.part.name;
  if (std::string(setup.journal_part.name) != setup.part.name)
    parts += std::string("+") + setup.journal_part.name;
  return parts + "," + name_of(setup.build) + "," + name_of(setup.journal) + "," + name_of(setup.scenario) +
         ",format" + std::to_string(setup.format) + ",size" + std::to_string(setup.model_size) + ",updates" +
         std::to_string(setup.updates) + ",busy" + std::to_string(effort.busy_rarity) +
         (effort.merges ? ",merged" : "");
}

std::optional<Replay> parse_replay(const std::string& id) {
  const std::size_t end = id.find('/');
  const std::optional<Case> test_case = parse_case(id.substr(0, end));
  const std::optional<Events> events = parse_events(end == std::string::npos ? "" : id.substr(end));
  if (!test_case || !events) return {};
  return Replay{*test_case, *events};
}

}  // namespace tmd::faults
