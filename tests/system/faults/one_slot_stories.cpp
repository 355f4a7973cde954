// SPDX-License-Identifier: Apache-2.0
// Which devices with one slot are explored, and what attackers send to them.
#include "system/faults/one_slot_stories.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "system/faults/cases.hpp"
#include "system/faults/one_slot_explorer.hpp"
#include "system/faults/split.hpp"
#include "tmd/internal/format/format2.hpp"

namespace tmd::faults {

namespace {

using test::FlashOperation;
using test::SimulatedFlash;

/// Body bytes that stay the honest patch's, so that what follows is decoded.
constexpr std::uint32_t kHonestBytes = 24;

std::uint32_t body_of(const Bytes& patch) {
  Manifest manifest;
  (void)parse_manifest<false>(view(patch), manifest);
  return manifest.body_offset;
}

/// What the journal of a device of the attacker's holds while it overwrites its model.
Bytes journal_image(const OneSlotStory& story) {
  Bytes image;
  OneSlotLife life(story, {});
  life.go([&](OneSlotLife& now, const SimulatedFlash& flash, const FlashOperation&) {
    if (!now.is_overwritten() || image.size() > 4 * story.patch.size()) return;
    SimulatedFlash copy = flash;
    copy.watch(nullptr);
    for (std::uint32_t at = 0; at < flash.size(); ++at) {
      std::uint8_t byte = 0;
      if (now.place_of(at) == Place::journal && flash.is_programmed(at) &&
          copy.read(at, MutableBytes(&byte, 1)) == Status::ok)
        image.push_back(byte);
    }
  });
  return image;
}

/// The honest manifest, most of the time, with something else behind it.
std::vector<Bytes> attacks_on(const OneSlotStory& story) {
  const std::uint32_t body = body_of(story.patch);
  const codec::ReadWindow window = {story.part.smallest_erase_size(), 3, 2};
  std::vector<Bytes> attacks;
  test::Chance chance(5);
  for (unsigned i = 0; i < 6; ++i) {  // a bit, early and late
    attacks.push_back(story.patch);
    const std::uint32_t length = static_cast<std::uint32_t>(story.patch.size()) - body;
    attacks.back()[body + length * i / 6 + chance.below(length / 6)] ^=
        static_cast<std::uint8_t>(1U << chance.below(8));
  }
  const Bytes image = journal_image(story);
  for (unsigned shift = 0; shift < 4; ++shift) {  // rows of a journal, at any place in a row of the victim's
    attacks.push_back(story.patch);
    Bytes& attack = attacks.back();
    for (std::size_t at = body + kHonestBytes; at < attack.size(); ++at)
      attack[at] = image[(at + 5 * shift) % image.size()];
  }
  attacks.push_back(story.patch);  // cut short
  attacks.back().resize(story.patch.size() * 2 / 3);
  attacks.push_back(story.patch);  // nothing but noise
  for (std::size_t at = body; at < attacks.back().size(); ++at) attacks.back()[at] = chance.byte();
  Bytes wrong = story.target;
  wrong.back() ^= 1;
  attacks.push_back(
      test::make_in_place(story.base, story.target, window, &wrong));  // another target than it says
  const codec::ReadWindow anything;
  Bytes rotated = story.base;
  std::rotate(rotated.begin(), rotated.begin() + static_cast<std::ptrdiff_t>(rotated.size() / 2),
              rotated.end());
  attacks.push_back(
      test::make_in_place(story.base, rotated, window, nullptr, &anything));  // reads what will be gone
  return attacks;
}

std::string id_of(const OneSlotStory& story) {
  constexpr const char* kTrialNames[kOneSlotTrials] = {"", ",confirmed", ",expires"};
  return std::string("one-slot:") + story.part.name + kTrialNames[static_cast<unsigned>(story.trial)] +
         (story.is_tight ? ",tight" : "");
}

bool is_explored(const test::FlashPart& part) {
  return part.largest_erase_size() <= 2048 && part.smallest_erase_size() == part.largest_erase_size();
}

void print(const std::string& name, const OneSlotTotals& totals) {
  using Count = unsigned long long;
  std::printf(
      "%-28s %llu cuts, %llu second cuts; rot in slot %llu, ring %llu, journal %llu, staging %llu; "
      "%llu driver faults, %llu behind a cut; %llu attacks; %llu needed a full model; %llu failed\n",
      name.c_str(), Count{totals.cuts}, Count{totals.second_cuts}, Count{totals.rots[0]},
      Count{totals.rots[1]}, Count{totals.rots[2]}, Count{totals.rots[3]}, Count{totals.faults},
      Count{totals.late_faults}, Count{totals.attacks}, Count{totals.served}, Count{totals.failed});
}
void print_failures(const OneSlotTotals& totals) {
  for (const std::string& failure : totals.failures) std::printf("FAILED %s\n", failure.c_str());
  std::fflush(stdout);
}

OneSlotTotals explore(const OneSlotStory& story, const OneSlotEffort& effort, const std::string& id) {
  OneSlotExplorer explorer(story, effort, id);
  explorer.explore();
  return explorer.totals();
}

}  // namespace

bool explore_one_slot(std::uint32_t one_in, std::uint32_t shard, std::uint32_t shards) {
  const bool is_whole = one_in == 1;
  OneSlotTotals all;
  for (const test::FlashPart& part : test::kFlashParts) {
    if (!is_explored(part)) continue;
    OneSlotStory story = OneSlotStory::of(part);
    const std::string id = id_of(story);
    const std::uint32_t rarity =
        one_in * std::max(1U, part.smallest_erase_size() / 256 * part.smallest_erase_size() / 256);
    OneSlotEffort effort;
    effort.cuts_one_in = is_whole ? 1 : rarity;
    effort.second_cuts_one_in = is_whole ? 200 * rarity : 2000;
    effort.rots_one_in = 500 * rarity;
    effort.faults_one_in = rarity / 20 + 1;
    effort.shard = shard;
    effort.shards = shards;
    OneSlotTotals totals = explore(story, effort, id);
    const std::vector<Bytes> attacks = attacks_on(story);
    for (std::size_t i = 0; i < attacks.size(); ++i) {
      story.attack = attacks[i];
      for (const bool waits : {false, true}) {
        OneSlotEffort under_attack;
        under_attack.cuts_one_in = 40 * rarity;
        under_attack.attacks_survivors = waits;
        under_attack.shard = shard;
        under_attack.shards = shards;
        totals.add(explore(story, under_attack, id + ":" + std::to_string(2 * i + (waits ? 1 : 0))));
      }
    }
    print(part.name, totals);
    print_failures(totals);
    all.add(totals);
  }
  print("all:", all);
  return all.failed == 0 && all.cuts > 0;
}

bool explore_one_slot_late_faults(std::uint32_t one_in, std::uint32_t shard, std::uint32_t shards) {
  OneSlotTotals all;
  for (const test::FlashPart& part : test::kFlashParts) {
    if (!is_explored(part) || part.smallest_erase_size() > 256) continue;
    for (unsigned kind = 0; kind < 2 * kOneSlotTrials; ++kind) {
      OneSlotStory story = OneSlotStory::of(part, static_cast<OneSlotTrial>(kind / 2));
      story.is_tight = kind % 2 != 0;
      OneSlotEffort effort;
      effort.cuts_one_in = one_in;
      effort.late_faults_one_in = 40;
      effort.faults_one_in = std::max(2U, one_in / 20);
      effort.shard = shard;
      effort.shards = shards;
      const OneSlotTotals totals = explore(story, effort, id_of(story));
      print(id_of(story), totals);
      print_failures(totals);
      all.add(totals);
    }
  }
  print("all:", all);
  return all.failed == 0 && all.late_faults > 0;
}

bool replay_one_slot(const std::string& id) {
  const std::string rest = id.substr(std::min(id.size(), id.find(':') + 1));
  const std::size_t slash = std::min(rest.size(), rest.find('/'));
  const std::size_t colon = rest.substr(0, slash).find(':');
  const std::vector<std::string> names = split(rest.substr(0, std::min(slash, colon)), ',');
  const std::optional<test::FlashPart> part = part_named(names.empty() ? "" : names[0]);
  const std::optional<Events> events = parse_events(rest.substr(slash));
  if (!part || !events) return false;
  const auto has_name = [&](const char* name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  OneSlotStory story = OneSlotStory::of(*part, has_name("expires")     ? OneSlotTrial::expires
                                               : has_name("confirmed") ? OneSlotTrial::confirmed
                                                                       : OneSlotTrial::none);
  story.is_tight = has_name("tight");
  OneSlotEffort effort;
  if (colon != std::string::npos) {
    const auto number = static_cast<std::size_t>(std::strtoul(rest.c_str() + colon + 1, nullptr, 10));
    const std::vector<Bytes> attacks = attacks_on(story);
    if (number / 2 >= attacks.size()) return false;
    story.attack = attacks[number / 2];
    effort.attacks_survivors = number % 2 != 0;
  }
  OneSlotExplorer explorer(story, effort, id.substr(0, id.size() - rest.size() + slash));
  explorer.replay(*events);
  print("replayed", explorer.totals());
  print_failures(explorer.totals());
  return explorer.totals().failed == 0;
}

}  // namespace tmd::faults
