// SPDX-License-Identifier: Apache-2.0
#include "system/faults/cases.hpp"

#include <algorithm>

#include "system/faults/hostile_body.hpp"

namespace tmd::faults {

namespace {

constexpr JournalSize kJournals[] = {JournalSize::roomy, JournalSize::medium, JournalSize::tight};
constexpr unsigned kJournalSizes = 3;

test::FlashPart part(const char* name) {
  return *part_named(name);
}

/// Models that meet several pages and blocks, on parts with large units several records.
std::uint32_t model_size_for(const test::FlashPart& part) {
  return std::max(2500U, 10 * part.program_size);
}

Case make_case(const test::FlashPart& part, Build build, JournalSize journal, Scenario scenario) {
  Case result{};
  result.setup.part = part;
  result.setup.journal_part = part;
  if (build == Build::apart)
    result.setup.journal_part = *part_named(part.erase_size_at(0) > 256 ? "SAMD21" : "STM32L4");
  if (build == Build::memory)
    result.setup.journal_part = part.program_size % 8 == 0 ? test::items_part() : test::fram_part();
  result.setup.build = build;
  result.setup.journal = journal;
  result.setup.scenario = scenario;
  result.setup.model_size = model_size_for(part);
  result.setup.updates = scenario == Scenario::shrink ? 3 : 2;
  result.effort.cuts_one_in[0] = 0;
  return result;
}

/// The smallest history: one update of a model of two pages. All pairs of its cuts can be tried.
Case smallest(const test::FlashPart& part, Build build, JournalSize journal, Scenario scenario) {
  Case result = make_case(part, build, journal, scenario);
  result.setup.model_size = 400;
  result.setup.updates = scenario == Scenario::step_back || scenario == Scenario::reset ? 2 : 1;
  if (scenario == Scenario::shrink) result.setup.updates = 3;
  return result;
}

bool is_large(const test::FlashPart& part) {
  return part.largest_erase_size() > 8192;
}
bool is_small(const test::FlashPart& part) {
  return part.largest_erase_size() <= 256;
}

/// Where it is this build's and this journal's turn every cut, and samples of what else may happen.
Case cut_case(const test::FlashPart& part, unsigned build, unsigned journal, unsigned scenario,
              unsigned turn) {
  Case result =
      make_case(part, static_cast<Build>(build), kJournals[journal], static_cast<Scenario>(scenario));
  result.effort.busy_rarity = scenario % 2 == 1 ? 3 : 0;
  result.effort.cuts_one_in[0] = 100;
  if (turn % kBuilds != build || turn % kJournalSizes != journal) {
    const bool takes_format1 =
        !takes_signed_only(result.setup.build) && result.setup.scenario != Scenario::hostile;
    if (takes_format1 && turn % 2 == 0) result.setup.format = 1;
    return result;
  }
  result.effort.cuts_one_in[0] = 1;
  result.effort.rot_cuts_one_in = 100;
  result.effort.rot_one_in = is_large(part) ? 1600 : 160;
  result.effort.faults_one_in = is_large(part) ? 80 : 10;
  result.effort.dead_one_in = 4000;
  return result;
}

}  // namespace

Workload Case::workload() const {
  Workload work = make_workload(setup, 7);
  if (setup.scenario == Scenario::hostile) add_hostile_patches(work);
  return work;
}

std::vector<Case> quick_cases() {
  std::vector<Case> cases;
  unsigned turn = 0;
  for (const test::FlashPart& part : test::kFlashParts) {
    for (unsigned build = 0; build < kBuilds; ++build) {
      for (unsigned scenario = 0; scenario < kScenarios; ++scenario) {
        ++turn;
        // Journal sizes, busy flash and formats take turns; large parts do so with scenarios, too.
        if (is_large(part) && turn % 7 != 0) continue;
        Case test_case =
            make_case(part, static_cast<Build>(build), kJournals[turn % 3], static_cast<Scenario>(scenario));
        test_case.effort.busy_rarity = turn % 2 == 0 ? 3 : 0;
        if (turn % 5 == 0 && !takes_signed_only(test_case.setup.build)) test_case.setup.format = 1;
        test_case.effort.cuts_one_in[0] = is_large(part) ? 6000 : 3000;
        test_case.effort.rot_cuts_one_in = is_large(part) ? 2000 : 1000;
        test_case.effort.rot_one_in = 2000;
        if (scenario < 2 && !is_large(part)) test_case.effort.dead_one_in = 8000;
        if (scenario == 0) test_case.effort.faults_one_in = 1600;
        cases.push_back(test_case);
        if (!is_small(part)) continue;
        test_case =
            smallest(part, static_cast<Build>(build), kJournals[turn % 3], static_cast<Scenario>(scenario));
        test_case.effort.cuts_one_in[0] = 400;
        test_case.effort.cuts_one_in[1] = 600;
        test_case.effort.cuts_one_in[2] = 4000;
        cases.push_back(test_case);
      }
    }
  }
  return cases;
}

/// Each cut of each story on every part, with builds and journals by turns; with the other ones a hundredth.
std::vector<Case> all_cases() {
  std::vector<Case> cases;
  unsigned first_turn = 0;
  for (const test::FlashPart& part : test::kFlashParts) {
    for (unsigned scenario = 0; scenario < kScenarios; ++scenario) {
      for (unsigned build = 0; build < kBuilds; ++build) {
        for (unsigned journal = 0; journal < kJournalSizes; ++journal)
          cases.push_back(cut_case(part, build, journal, scenario, first_turn + scenario));
      }
    }
    ++first_turn;  // so that a story meets all builds with all journals
  }
  return cases;
}

/// All pairs on three parts, triples on the smallest, each bit of each record.
std::vector<Case> deep_cases() {
  std::vector<Case> cases;
  for (const char* name : {"STM32L0", "SAMD21", "STM32F4-small"}) {
    for (const Build build : {Build::plain, Build::memory}) {
      for (const JournalSize journal : {JournalSize::medium, JournalSize::tight}) {
        Case pairs = smallest(part(name), build, journal, Scenario::confirm);
        pairs.effort.cuts_one_in[0] = 1;
        // Bytes are written one at a time there: five times as many operations.
        pairs.effort.cuts_one_in[1] = build == Build::memory ? 20 : 1;
        pairs.effort.merges = true;
        cases.push_back(pairs);
        Case rot = smallest(part(name), build, journal, Scenario::confirm);
        rot.effort.rot_one_in = rot.effort.rot_cuts_one_in = 1;
        cases.push_back(rot);
      }
    }
  }
  // All would be ten thousand million.
  Case triples = smallest(part("STM32L0"), Build::plain, JournalSize::tight, Scenario::confirm);
  triples.effort.cuts_one_in[0] = 1;
  triples.effort.cuts_one_in[1] = 80;
  triples.effort.cuts_one_in[2] = 10;
  triples.effort.merges = true;
  cases.push_back(triples);
  return cases;
}

std::vector<Case> late_fault_cases(std::uint32_t one_in) {
  std::vector<Case> cases;
  unsigned turn = 0;
  for (const char* name : {"STM32L0", "SAMD21"}) {
    for (unsigned build = 0; build < kBuilds; ++build) {
      for (const JournalSize journal : kJournals) {
        for (unsigned scenario = 0; scenario < kScenarios; ++scenario) {
          // Where it is for a few the devices take turns.
          if (one_in > 1000 && ++turn % 4 != 0) continue;
          Case test_case =
              smallest(part(name), static_cast<Build>(build), journal, static_cast<Scenario>(scenario));
          test_case.effort.cuts_one_in[0] = one_in;
          // Bytes are written one at a time there: five times as many operations.
          if (test_case.setup.build == Build::memory) test_case.effort.cuts_one_in[0] *= 5;
          test_case.effort.late_faults_one_in = 80;
          test_case.effort.faults_one_in = std::max(10U, one_in);
          cases.push_back(test_case);
        }
      }
    }
  }
  return cases;
}

std::vector<Case> planted_cases() {
  std::vector<Case> cases;
  for (const char* name : {"STM32L0", "RW61x-strict"}) {
    for (const JournalSize journal : kJournals) {
      for (unsigned scenario = 0; scenario < kScenarios; ++scenario) {
        Case test_case = smallest(part(name), Build::plain, journal, static_cast<Scenario>(scenario));
        test_case.setup.model_size = 1500;
        test_case.setup.updates = scenario == static_cast<unsigned>(Scenario::shrink) ? 3 : 2;
        test_case.effort.cuts_one_in[0] = 60;
        test_case.effort.rot_cuts_one_in = 60;
        test_case.effort.rot_one_in = 200;
        if (scenario == 0) test_case.effort.faults_one_in = 10;
        cases.push_back(test_case);
      }
      Case pairs = smallest(part(name), Build::plain, journal, Scenario::confirm);
      pairs.effort.cuts_one_in[0] = 20;
      pairs.effort.cuts_one_in[1] = 60;
      cases.push_back(pairs);
    }
  }
  return cases;
}

Case random_case(test::Chance& chance) {
  constexpr std::uint32_t kParts = sizeof(test::kFlashParts) / sizeof(test::kFlashParts[0]);
  const test::FlashPart* drawn = &test::kFlashParts[chance.below(kParts)];
  // A run on large blocks costs as much as many on small ones.
  while (is_large(*drawn) && chance.below(20) != 0) drawn = &test::kFlashParts[chance.below(kParts)];
  Case result = make_case(*drawn, static_cast<Build>(chance.below(kBuilds)), kJournals[chance.below(3)],
                          static_cast<Scenario>(chance.below(kScenarios)));
  if (chance.below(2) == 0)
    result = smallest(*drawn, result.setup.build, result.setup.journal, result.setup.scenario);
  if (!takes_signed_only(result.setup.build) && chance.below(8) == 0 &&
      result.setup.scenario != Scenario::hostile)
    result.setup.format = 1;
  return result;
}

}  // namespace tmd::faults
