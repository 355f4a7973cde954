// SPDX-License-Identifier: Apache-2.0
#include "faults/explorer.hpp"

#include <algorithm>

namespace tmd::faults {

using test::Cut;
using test::CutPosition;
using test::FlashOperation;
using test::SimulatedFlash;
using test::Torn;

namespace {

constexpr std::size_t kFailuresKept = 10;

constexpr const char* kPositionNames[] = {"before",    "first_unit", "middle_unit", "half_way",
                                          "last_unit", "whole_call", "after"};
constexpr const char* kTornNames[] = {"old", "fresh", "mixture", "noise", "unstable", "unreadable"};

constexpr const char* kFaultNames[] = {"lie", "refused", "worn", "worn_silently", "read_once", "read_lost"};

bool leaves_torn(CutPosition position) {
  return position == CutPosition::first_unit || position == CutPosition::middle_unit ||
         position == CutPosition::last_unit || position == CutPosition::whole_call;
}

std::uint64_t seed_of(std::uint64_t seed, const std::vector<CutPoint>& path) {
  std::uint64_t mixed = seed;
  for (const CutPoint& point : path) {
    const std::uint64_t way =
        static_cast<unsigned>(point.cut.position) * test::kTornKinds + static_cast<unsigned>(point.cut.torn);
    mixed = test::Chance(mixed ^ (point.operation * 64U + way)).next();
  }
  return mixed;
}

}  // namespace

std::string to_string(const CutPoint& point) {
  return std::to_string(point.operation) + ":" + kPositionNames[static_cast<unsigned>(point.cut.position)] +
         ":" + kTornNames[static_cast<unsigned>(point.cut.torn)];
}

std::string to_string(test::PlannedFault fault) {
  return std::to_string(fault.at) + ":" + kFaultNames[static_cast<unsigned>(fault.kind)];
}

std::vector<Cut> ways_to_cut(const FlashOperation& operation, const test::FlashPart& part) {
  std::vector<CutPosition> positions = {CutPosition::before};
  if (operation.kind == FlashOperation::Kind::erase) {
    positions.insert(positions.end(),
                     {CutPosition::first_unit, CutPosition::middle_unit, CutPosition::whole_call});
  } else if (operation.bytes.size() == part.program_size) {
    positions.push_back(CutPosition::first_unit);
  } else {
    positions.insert(positions.end(),
                     {CutPosition::first_unit, CutPosition::middle_unit, CutPosition::half_way,
                      CutPosition::last_unit, CutPosition::whole_call});
  }
  // A cut after an operation is the cut before the next one: the flash is the same and RAM is lost.
  std::vector<Cut> ways;
  for (const CutPosition position : positions) {
    if (!leaves_torn(position)) {
      ways.push_back({position, Torn::old});
      continue;
    }
    for (const Torn torn : {Torn::old, Torn::fresh, Torn::mixture, Torn::noise, Torn::unstable})
      ways.push_back({position, torn});
    if (part.ecc) ways.push_back({position, Torn::unreadable});
  }
  return ways;
}

void Explorer::explore() {
  SimulatedFlash flash = work_.new_flash(effort_.seed);
  Truth truth;
  std::vector<CutPoint> path;
  live(flash, truth, path, nullptr);
  totals_.wear = flash.wear();
  totals_.operations = flash.operations();
  for (std::size_t i = 1; i < work_.models.size(); ++i) totals_.target_bytes += work_.models[i].size();
  for (const PatchFile& patch : work_.patches) totals_.patch_bytes += patch.size();
}

bool Explorer::replay(const std::vector<CutPoint>& cuts) {
  SimulatedFlash flash = work_.new_flash(effort_.seed);
  Truth truth;
  std::vector<CutPoint> path;
  live(flash, truth, path, &cuts);
  return totals_.failed == 0;
}

/// Lives on to the story's end; at each operation on the way, other lives branch off in which power is cut.
void Explorer::live(SimulatedFlash& flash, Truth& truth, std::vector<CutPoint>& path,
                    const std::vector<CutPoint>* script) {
  SimulatedFlash::Watcher watcher = [&](const SimulatedFlash& before, const FlashOperation& operation) {
    try_cuts(before, operation, truth, path, script);
  };
  flash.watch(&watcher);
  flash.be_busy(effort_.busy_rarity);
  try {
    live_on(work_, story_, flash, truth, totals_.figures, seed_of(effort_.seed, path));
    if (!flash.violation().empty()) throw Failure(flash.violation());
  } catch (const Failure& failure) {
    // What breaks the contract makes what follows fail: name the cause.
    record(path, flash.violation().empty() ? failure.what() : flash.violation());
  }
  flash.watch(nullptr);
  totals_.blind_programs += flash.wear().blind_programs;
}

void Explorer::try_cuts(const SimulatedFlash& flash, const FlashOperation& operation, const Truth& truth,
                        std::vector<CutPoint>& path, const std::vector<CutPoint>* script) {
  const std::size_t depth = path.size();
  if (script != nullptr) {
    if (depth == script->size() || (*script)[depth].operation != flash.operations()) return;
    path.push_back((*script)[depth]);
    survive(flash, operation, truth, path, script);
    path.pop_back();
    return;
  }
  const std::size_t most = effort_.second_one_in == 0 ? 1 : 2;
  if (depth == most) return;
  for (const Cut& cut : ways_to_cut(operation, flash.part())) {
    path.push_back({flash.operations(), cut});
    if (drawn(path)) survive(flash, operation, truth, path, script);
    path.pop_back();
  }
}

bool Explorer::drawn(const std::vector<CutPoint>& path) const {
  const std::uint32_t one_in = path.size() == 1 ? effort_.one_in : effort_.second_one_in;
  return one_in <= 1 || test::Chance(seed_of(effort_.seed + 99, path)).below(one_in) == 0;
}

/// Power goes here; it comes back, and the device lives on.
void Explorer::survive(const SimulatedFlash& before, const FlashOperation& operation, Truth truth,
                       std::vector<CutPoint>& path, const std::vector<CutPoint>* script) {
  SimulatedFlash flash = before;
  flash.watch(nullptr);
  flash.reseed(seed_of(effort_.seed, path));
  flash.tear(operation, path.back().cut);
  flash.reboot();
  flash.reset_operations();
  ++(path.size() == 1 ? totals_.cuts : totals_.pairs);
  live(flash, truth, path, script);
}

void Explorer::record(const std::vector<CutPoint>& path, const std::string& what) {
  ++totals_.failed;
  if (totals_.failures.size() >= kFailuresKept) return;
  std::string id = id_;
  for (const CutPoint& point : path) id += "/" + to_string(point);
  totals_.failures.push_back(id + ": " + what);
}

}  // namespace tmd::faults
