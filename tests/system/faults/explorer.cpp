// SPDX-License-Identifier: Apache-2.0
#include "system/faults/explorer.hpp"

#include <algorithm>
#include <cstdio>

namespace tmd::faults {

using test::Cut;
using test::CutPosition;
using test::FlashOperation;
using test::Rot;
using test::SimulatedFlash;

namespace {

std::uint64_t mix(std::uint64_t sum, std::uint64_t with) {
  return test::Chance(sum ^ (with * 0x9E3779B97F4A7C15U)).next();
}

unsigned unstable_cuts(const Events& events) {
  return static_cast<unsigned>(
      std::count_if(events.cuts.begin(), events.cuts.end(),
                    [](const CutPoint& point) { return test::changes_by_itself(point.cut.torn); }));
}

std::uint64_t state_of(const SimulatedFlash& flash, const Oracle& oracle) {
  test::ImageHash hash;
  flash.hash_into(hash);
  oracle.hash_into(hash);
  return hash.value();
}

}  // namespace

void note_cut(Cut cut, Oracle& oracle) {
  oracle.log_unsteady = oracle.unsteady_cut;
  if (test::changes_by_itself(cut.torn)) oracle.unsteady_cut = true;
}

void note_rot(const Workload& work, Rot rot, Oracle& oracle) {
  for (const SlotId id : {SlotId::a, SlotId::b}) {
    if (!work.slot(id).overlaps({rot.address, 1})) continue;
    oracle.slot_damaged[static_cast<unsigned>(id)] = true;
    oracle.rotten = rot.address;
  }
  if (work.journal().overlaps({rot.address, 1}) || work.staging.overlaps({rot.address, 1}))
    oracle.log_damaged = true;
}

void Totals::add(const Totals& other) {
  for (unsigned i = 0; i < 3; ++i) cuts[i] += other.cuts[i];
  merged += other.merged;
  rots += other.rots;
  dead += other.dead;
  faults += other.faults;
  late_faults += other.late_faults;
  reported += other.reported;
  operations += other.operations;
  blind_programs += other.blind_programs;
  target_bytes += other.target_bytes;
  figures.add(other.figures);
  failed += other.failed;
  for (const std::string& failure : other.failures) {
    if (failures.size() < kFailuresKept) failures.push_back(failure);
  }
}

void Explorer::explore() {
  SimulatedFlash flash = work_.new_flash(effort_.seed);
  Oracle oracle;
  follow(flash, oracle, nullptr);
  totals_.wear = flash.wear();
  totals_.operations = flash.operations();
  for (std::size_t i = 1; i < work_.models.size(); ++i) totals_.target_bytes += work_.models[i].size();
  if (effort_.dead_one_in != 0) explore_dead_blocks();
  if (effort_.faults_one_in != 0) try_driver_faults(work_.new_flash(effort_.seed), {}, effort_.faults_one_in);
}

bool Explorer::replay(const Events& events) {
  path_ = Events();
  path_.dead = events.dead;
  SimulatedFlash flash = work_.new_flash(effort_.seed);
  if (events.fault && events.cuts.empty()) {
    path_.fault = events.fault;
    suffer(flash, {});
    return totals_.failed == 0;
  }
  Oracle oracle;
  if (events.dead) {
    flash.wear_out(events.dead->address, events.dead->silent);
    oracle.worn = true;
  }
  follow(flash, oracle, &events);
  return totals_.failed == 0;
}

/// Goes on to the scenario's end; at each operation on the way, other runs branch off to which something happens.
void Explorer::follow(SimulatedFlash& flash, Oracle& oracle, const Events* script) {
  SimulatedFlash::Watcher watcher = [&](const SimulatedFlash& before, const FlashOperation& operation) {
    if (script != nullptr) print_operation(before, operation);
    try_cuts(before, operation, oracle, script);
  };
  const std::uint64_t seed = effort_.merges ? mix(effort_.seed, state_of(flash, oracle)) : seed_now();
  flash.watch(&watcher);
  flash.be_busy(effort_.busy_rarity);
  try {
    (void)run_to_end(work_, flash, oracle, totals_.figures, seed);
    if (!flash.violation().empty()) throw Failure(flash.violation());
  } catch (const Failure& failure) {
    // What breaks the contract makes what follows fail: name the cause.
    record(flash.violation().empty() ? failure.what() : flash.violation());
  }
  flash.watch(nullptr);
  totals_.blind_programs += flash.wear().blind_programs;
}

void Explorer::try_cuts(const SimulatedFlash& flash, const FlashOperation& operation, const Oracle& oracle,
                        const Events* script) {
  const std::size_t depth = path_.cuts.size();
  if (script != nullptr) {
    if (depth == script->cuts.size() || script->cuts[depth].operation != flash.operations()) return;
    path_.cuts.push_back(script->cuts[depth]);
    survive(flash, operation, oracle, script);
    path_.cuts.pop_back();
    return;
  }
  const std::uint32_t one_in =
      path_.dead ? (depth == 0 ? effort_.dead_one_in : 0) : (depth < 3 ? effort_.cuts_one_in[depth] : 0);
  if (depth > 0 && path_.cuts.back().rot) return;
  for (const Cut& cut : one_in == 0 ? std::vector<Cut>() : ways_to_cut(operation, flash)) {
    path_.cuts.push_back({flash.operations(), cut, {}});
    if (is_drawn(one_in) && unstable_cuts(path_) <= test::kMostUnstableCuts &&
        (depth > 0 || path_.dead || is_in_shard()))
      survive(flash, operation, oracle, nullptr);
    path_.cuts.pop_back();
  }
  if (depth == 0 && effort_.rot_one_in != 0 && !path_.dead) try_rot(flash, operation, oracle);
}

/// Power goes between two operations, and before it is back something rots: each bit, and each unit, that holds
/// anything.
void Explorer::try_rot(const SimulatedFlash& flash, const FlashOperation& operation, const Oracle& oracle) {
  path_.cuts.push_back({flash.operations(), {}, {}});
  if (is_drawn(effort_.rot_cuts_one_in)) {
    for (std::uint32_t address = 0; address < flash.size(); ++address) {
      if (!flash.is_programmed(address)) continue;
      const bool starts_unit = address % flash.program_size(address) == 0;
      // Slots are large and any place of theirs is as good as another.
      const std::uint32_t one_in =
          work_.journal().overlaps({address, 1}) ? effort_.rot_one_in : 20 * effort_.rot_one_in;
      for (std::uint8_t bit = 0; bit <= (starts_unit ? Rot::kWholeUnit : 7); ++bit) {
        path_.cuts.back().rot = Rot{address, bit};
        if (is_drawn(one_in) && is_in_shard()) survive(flash, operation, oracle, nullptr);
      }
    }
  }
  path_.cuts.pop_back();
}

/// Power goes here; it comes back, and the device goes on.
void Explorer::survive(const SimulatedFlash& before, const FlashOperation& operation, Oracle oracle,
                       const Events* script) {
  SimulatedFlash flash = before;
  const CutPoint& point = path_.cuts.back();
  if (script != nullptr) std::printf("cut %s\n", to_string(path_).c_str());
  flash.watch(nullptr);
  flash.reseed(seed_now());
  flash.tear(operation, point.cut);
  note_cut(point.cut, oracle);
  flash.reboot();
  if (point.rot) {
    flash.rot(*point.rot);
    note_rot(work_, *point.rot, oracle);
  }
  flash.reset_operations();
  flash.reset_reads();
  if (script != nullptr && script->fault && path_.cuts.size() == script->cuts.size()) {
    path_.fault = script->fault;
    return suffer(flash, oracle);
  }
  if (script == nullptr && path_.cuts.size() == 1 && !path_.dead && !point.rot &&
      effort_.late_faults_one_in != 0 && is_drawn(effort_.late_fault_cuts_one_in))
    try_driver_faults(flash, oracle, effort_.late_faults_one_in);
  ++(path_.dead ? totals_.dead : point.rot ? totals_.rots : totals_.cuts[path_.cuts.size() - 1]);
  if (effort_.merges) {
    const std::uint64_t state = mix(state_of(flash, oracle), path_.cuts.size());
    if (script == nullptr && !seen_.add(state)) {
      ++totals_.merged;
      return;
    }
    flash.reseed(state);
  }
  follow(flash, oracle, script);
}

/// Each block in turn does not erase, noticed or not; without a cut, and with cuts here and there.
void Explorer::explore_dead_blocks() {
  const SimulatedFlash fresh = work_.new_flash(effort_.seed);
  for (const test::FlashGeometry::Block& block : fresh.geometry().blocks()) {
    if (fresh.geometry().part_of(block).rewritable) continue;
    for (const bool silent : {false, true}) {
      path_ = Events();
      path_.dead = DeadBlock{block.region.address, silent};
      if (!is_in_shard()) continue;
      SimulatedFlash flash = fresh;
      Oracle oracle;
      flash.wear_out(block.region.address, silent);
      oracle.worn = true;
      ++totals_.dead;
      follow(flash, oracle, nullptr);
    }
  }
  path_ = Events();
}

bool Explorer::is_drawn(std::uint32_t one_in) const {
  return one_in == 1 || (one_in != 0 && test::Chance(mix(seed_now(), 99)).below(one_in) == 0);
}

bool Explorer::is_in_shard() {
  return turn_++ % effort_.shards == effort_.shard;
}

/// Of what has happened so far: the same in a replay.
std::uint64_t Explorer::seed_now() const {
  std::uint64_t seed = effort_.seed;
  if (path_.dead) seed = mix(seed, path_.dead->address * 2U + (path_.dead->silent ? 1U : 0U) + 1);
  for (const CutPoint& point : path_.cuts) {
    const std::uint64_t way =
        static_cast<unsigned>(point.cut.position) * test::kTornKinds + static_cast<unsigned>(point.cut.torn);
    seed = mix(seed, point.operation * 64U + way + 1);
    if (point.rot) seed = mix(seed, point.rot->address * 16ULL + point.rot->bit + 1);
  }
  return seed;
}

void Explorer::record(const std::string& what) {
  ++totals_.failed;
  if (totals_.failures.size() < kFailuresKept)
    totals_.failures.push_back(id_ + to_string(path_) + ": " + what);
}

}  // namespace tmd::faults
