// SPDX-License-Identifier: Apache-2.0
#include "faults/plan.hpp"

#include <sstream>

namespace tmd::faults {

namespace {

constexpr const char* kJournalNames[] = {"roomy", "medium", "tight"};
constexpr unsigned kJournals = 3;

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> pieces;
  std::istringstream stream(text);
  for (std::string piece; std::getline(stream, piece, separator);) pieces.push_back(piece);
  return pieces;
}

std::optional<std::uint32_t> number_after(const std::string& text, const std::string& word) {
  if (text.rfind(word, 0) != 0 || text.size() == word.size()) return {};
  return static_cast<std::uint32_t>(std::stoul(text.substr(word.size())));
}

std::optional<CutPoint> parse_cut(const std::string& text) {
  for (unsigned position = 0; position < test::kCutPositions; ++position) {
    for (unsigned torn = 0; torn < test::kTornKinds; ++torn) {
      CutPoint point{0, {static_cast<test::CutPosition>(position), static_cast<test::Torn>(torn)}};
      const std::string shape = to_string(point).substr(1);
      if (text.size() <= shape.size() || text.substr(text.size() - shape.size()) != shape) continue;
      point.operation = static_cast<std::uint32_t>(std::stoul(text));
      return point;
    }
  }
  return {};
}

std::optional<test::PlannedFault> parse_fault(const std::string& text) {
  for (unsigned kind = 0; kind < test::kFaultKinds; ++kind) {
    test::PlannedFault fault{static_cast<test::FaultKind>(kind), 0};
    const std::string shape = to_string(fault).substr(1);
    if (text.size() <= shape.size() || text.substr(text.size() - shape.size()) != shape) continue;
    fault.at = static_cast<std::uint32_t>(std::stoul(text));
    return fault;
  }
  return {};
}

std::optional<Trial> parse_trial(const std::string& name) {
  const std::vector<std::string> words = split(name, ',');
  if (words.size() != 7) return {};
  Trial trial{};
  bool known = false;
  for (const test::FlashPart& part : test::kFlashParts) {
    if (words[0] == part.name) {
      trial.part = part;
      known = true;
    }
  }
  for (unsigned i = 0; i < kJournals; ++i) {
    if (words[1] == kJournalNames[i]) trial.journal = static_cast<JournalSize>(i);
  }
  for (unsigned i = 0; i < kStories; ++i) {
    if (words[2] == name_of(static_cast<Story>(i))) trial.story = static_cast<Story>(i);
  }
  trial.format = number_after(words[3], "format").value_or(2);
  trial.model_size = number_after(words[4], "size").value_or(0);
  trial.updates = number_after(words[5], "updates").value_or(1);
  trial.effort.busy_rarity = number_after(words[6], "busy").value_or(0);
  if (!known || trial.name() != name) return {};
  return trial;
}

/// Every story on this part and journal.
void add_stories(std::vector<Trial>& trials, Trial trial) {
  for (unsigned story = 0; story < kStories; ++story) {
    trial.story = static_cast<Story>(story);
    trials.push_back(trial);
  }
}

bool is_small(const test::FlashPart& part) {
  return part.erase_size <= 256;
}

/// The smallest life: one update of a model of two pages. All pairs of its cuts can be tried.
Trial smallest(const test::FlashPart& part, JournalSize journal, Story story) {
  Trial trial{};
  trial.part = part;
  trial.journal = journal;
  trial.story = story;
  trial.model_size = 400;
  trial.updates = 1;
  return trial;
}

}  // namespace

std::string Trial::name() const {
  return std::string(part.name) + "," + kJournalNames[static_cast<unsigned>(journal)] + "," + name_of(story) +
         ",format" + std::to_string(format) + ",size" + std::to_string(model_size) + ",updates" +
         std::to_string(updates) + ",busy" + std::to_string(effort.busy_rarity);
}

Workload Trial::workload() const {
  return make_workload(part, journal, format, model_size, updates, 7);
}

std::optional<Replay> parse_replay(const std::string& id) {
  const std::vector<std::string> pieces = split(id, '/');
  if (pieces.empty()) return {};
  const std::optional<Trial> trial = parse_trial(pieces[0]);
  if (!trial) return {};
  Replay replay{*trial, {}, {}};
  if (pieces.size() == 2) replay.fault = parse_fault(pieces[1]);
  if (replay.fault) return replay;
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const std::optional<CutPoint> cut = parse_cut(pieces[i]);
    if (!cut) return {};
    replay.cuts.push_back(*cut);
  }
  return replay;
}

std::vector<Trial> quick_trials() {
  std::vector<Trial> trials;
  unsigned turn = 0;
  for (const test::FlashPart& part : test::kFlashParts) {
    for (unsigned journal = 0; journal < kJournals; ++journal) {
      Trial trial{};
      trial.part = part;
      trial.journal = static_cast<JournalSize>(journal);
      trial.effort.one_in = part.erase_size > 8192 ? 1000 : 320;
      // Each story in both formats, on flash that is busy and on flash that is not, in turn.
      for (unsigned story = 0; story < kStories; ++story) {
        trial.story = static_cast<Story>(story);
        trial.effort.busy_rarity = ++turn % 2 == 0 ? 3 : 0;
        trial.format = turn % 5 == 0 ? 1 : 2;
        trials.push_back(trial);
      }
      if (!is_small(part)) continue;
      trial = smallest(part, trial.journal, Story::confirm);
      trial.effort.one_in = 80;
      trial.effort.second_one_in = 130;
      add_stories(trials, trial);
    }
  }
  return trials;
}

std::vector<Trial> all_trials() {
  std::vector<Trial> trials;
  for (const test::FlashPart& part : test::kFlashParts) {
    for (unsigned journal = 0; journal < kJournals; ++journal) {
      for (const std::uint32_t busy_rarity : {0U, 3U}) {
        Trial trial{};
        trial.part = part;
        trial.journal = static_cast<JournalSize>(journal);
        trial.effort.busy_rarity = busy_rarity;
        trial.effort.one_in = busy_rarity == 0 ? 1 : 10;
        add_stories(trials, trial);
        trial.format = 1;
        add_stories(trials, trial);
      }
      Trial pairs = smallest(part, static_cast<JournalSize>(journal), Story::confirm);
      pairs.effort.one_in = is_small(part) ? 1 : 10;
      pairs.effort.second_one_in = is_small(part) ? 1 : 40;
      trials.push_back(pairs);
      if (!is_small(part)) continue;
      pairs.effort.one_in = 5;
      pairs.effort.second_one_in = 20;
      add_stories(trials, pairs);
    }
  }
  return trials;
}

std::vector<Trial> worn_trials(std::uint32_t one_in) {
  std::vector<Trial> trials;
  for (const test::FlashPart& part : test::kFlashParts) {
    for (unsigned journal = 0; journal < kJournals; ++journal) {
      Trial trial{};
      trial.part = part;
      trial.journal = static_cast<JournalSize>(journal);
      // A life on large blocks costs as much as many on small ones.
      trial.effort.faults_one_in = part.erase_size > 8192 ? 8 * one_in : one_in;
      add_stories(trials, trial);
    }
  }
  return trials;
}

std::vector<Trial> planted_trials() {
  std::vector<Trial> trials;
  for (const test::FlashPart& part : test::kFlashParts) {
    const bool small_units = std::string(part.name) == "STM32L0";
    const bool large_units = std::string(part.name) == "RW61x-strict";
    if (!small_units && !large_units) continue;
    for (unsigned journal = 0; journal < kJournals; ++journal) {
      Trial trial = smallest(part, static_cast<JournalSize>(journal), Story::confirm);
      trial.model_size = 1500;
      trial.updates = 2;
      trial.effort.one_in = 60;
      if (small_units)
        add_stories(trials, trial);
      else
        trials.push_back(trial);
      trial.effort.faults_one_in = 10;
      trials.push_back(trial);
      if (!small_units) continue;
      trial = smallest(part, trial.journal, Story::confirm);
      trial.effort.one_in = 20;
      trial.effort.second_one_in = 60;
      trials.push_back(trial);
    }
  }
  return trials;
}

}  // namespace tmd::faults
