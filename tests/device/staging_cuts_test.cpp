// SPDX-License-Identifier: Apache-2.0
// Power goes in any operation of a staging area, and leaves anything: what was acknowledged stays, at most the
// fragment at hand is sent again, and no place is written twice between two erases.
//
// TMD_STAGING_LIVES=N tries N random lives instead of the sample, TMD_STAGING_PAIRS=all every pair of cuts.
#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>
#include <string>

#include "device/staged_patch.hpp"
#include "tmd/flash/counted_flash.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using Counted = CountedFlash<WideFlash>;
using TestStaging = Staging<Counted>;

/// What lies in the region before the life begins, and what the device does with it.
enum class Start : std::uint8_t {
  erased,
  other_plan,    ///< A complete area of another patch.
  begins_again,  ///< A complete area of this patch, which the application begins again.
};
constexpr Start kStarts[] = {Start::erased, Start::other_plan, Start::begins_again};

struct Setting {
  FlashPart part;
  Region area;
  StagedPatch patch;
};

Setting small_setting() {
  return {{"small", 256, 4, true, Erased::ones}, {256, 768}, StagedPatch(50, 20, 1)};
}

/// Which units were attempted since their block was erased. The log's entries may be attempted again: an entry that
/// shows nothing can't be told from none.
class Attempts {
 public:
  explicit Attempts(const Setting& setting)
      : part_(setting.part),
        log_end_(setting.area.end()),
        layout_(setting.patch.plan, setting.area, part_.program_size, setting.patch.plan.fragment_size) {}

  void note(const FlashOperation& operation) {
    if (operation.kind == FlashOperation::Kind::erase) {
      attempted_.erase(attempted_.lower_bound(operation.address),
                       attempted_.lower_bound(operation.address + part_.erase_size_at(operation.address)));
      return;
    }
    for (std::uint32_t i = 0; i < operation.bytes.size(); i += part_.program_size) {
      const std::uint32_t unit = operation.address + i;
      const bool is_new = attempted_.insert(unit).second;
      const bool in_log = unit >= layout_.entry_address(layout_.entry_count() - 1) && unit < log_end_;
      if (!is_new && !in_log) broken_ = "a place is attempted twice";
    }
  }
  const std::string& broken() const { return broken_; }

 private:
  FlashPart part_;
  std::uint32_t log_end_;
  staging::AreaLayout layout_;
  std::set<std::uint32_t> attempted_;
  std::string broken_;
};

/// A device that receives a patch, with power cuts.
class Life {
 public:
  Life(const Setting& setting, const WideFlash& flash, Start start, std::uint64_t seed)
      : setting_(setting), attempts_(setting), flash_(flash), chance_(seed) {
    flash_.reseed(seed);
    flash_.reset_operations();
    begin_again_ = start == Start::begins_again;
    watcher_ = [this](const SimulatedFlash&, const FlashOperation& operation) { attempts_.note(operation); };
    flash_.watch(&watcher_);
  }
  Life(const Life&) = delete;

  WideFlash& flash() { return flash_; }
  std::uint32_t operations() const { return flash_.operations(); }

  /// Goes on from a restart to the end, or to the cut that was planned. False where that came.
  bool run() {
    try {
      receive();
      return true;
    } catch (const PowerCut&) {
      ++cuts_;
      in_doubt_.insert(at_hand_);
      flash_.reboot();
      return false;
    }
  }

  /// What must hold at the end; empty where it does.
  std::string verdict() const {
    if (!failure_.empty()) return failure_;
    if (!attempts_.broken().empty()) return attempts_.broken();
    if (!flash_.violation().empty()) return flash_.violation();
    if (violations_ != 0) return "the contract with the driver is broken";
    // What a cut tore at a spare place, or in one of two pieces, may be found when it is sent again, and not later.
    const std::uint32_t again = cuts_ > 1 || setting_.patch.plan.fragment_size > 512 ? 2 : 1;
    if (!begun_again_ && sent_ > setting_.patch.plan.count() + cuts_ * again)
      return "more is sent again than a cut explains";
    return "";
  }

 private:
  void fail(const char* what) {
    if (failure_.empty()) failure_ = what;
  }

  void receive() {
    Counted counted(flash_);
    FlashPort<Counted> port(counted);
    TestStaging staging(port, setting_.area);
    const StagedPatch& patch = setting_.patch;
    const auto open = [&] { return staging.open(patch.plan); };
    if (patiently(open) != Status::ok) return fail("open");
    for (const std::uint32_t index : acknowledged_) {
      std::uint32_t missing = 0;
      if (staging.next_missing(index, missing) && missing == index) fail("an acknowledged fragment is gone");
    }
    if (begin_again_) {
      acknowledged_.clear();
      begun_again_ = true;
      begin_again_ = false;
      if (patiently([&] { return staging.restart(); }) != Status::ok) return fail("restart");
    }
    // Cells that change can make a fragment that was there a missing one: then it is sent again.
    Bytes received;
    for (int round = 0; round < 20 && received.empty(); ++round) {
      if (!store_all(staging)) return;
      received = read_back(staging);
    }
    if (received != patch.bytes) fail("the patch that is read is not the one that was sent");
    violations_ += counted.counters().violations;
  }

  bool store_all(TestStaging& staging) {
    const StagedPatch& patch = setting_.patch;
    const std::uint32_t first = chance_.below(patch.plan.count());
    for (std::uint32_t i = 0; i < patch.plan.count(); ++i) {
      const std::uint32_t index = (first + i) % patch.plan.count();
      std::uint32_t missing = 0;
      if (!staging.next_missing(index, missing) || missing != index) continue;
      ++sent_;
      at_hand_ = index;
      if (patiently([&] { return staging.store(index, patch.fragment(index)); }) != Status::ok) {
        fail("store");
        return false;
      }
      // A mark that the cut tore may read right at this boot and wrong at the next: no promise for that one.
      if (in_doubt_.count(index) == 0) acknowledged_.insert(index);
    }
    return true;
  }

  Setting setting_;
  Attempts attempts_;
  WideFlash flash_;
  Chance chance_;
  SimulatedFlash::Watcher watcher_;
  std::set<std::uint32_t> acknowledged_;
  std::set<std::uint32_t> in_doubt_;
  std::uint32_t at_hand_ = 0;
  bool begin_again_ = false;
  bool begun_again_ = false;
  std::uint32_t sent_ = 0;
  std::uint32_t cuts_ = 0;
  std::uint32_t violations_ = 0;
  std::string failure_;
};

WideFlash prepared(const Setting& setting, Start start) {
  WideFlash flash(setting.part, setting.area.end());
  if (start == Start::erased) return flash;
  StagedPatch patch = setting.patch;
  if (start == Start::other_plan) patch.plan.identity ^= 1;
  Counted counted(flash);
  FlashPort<Counted> port(counted);
  TestStaging staging(port, setting.area);
  REQUIRE(patiently([&] { return staging.open(patch.plan); }) == Status::ok);
  REQUIRE(store_missing(staging, patch) == Status::ok);
  return flash;
}

constexpr CutPosition kPositions[] = {CutPosition::before,      CutPosition::first_unit,
                                      CutPosition::middle_unit, CutPosition::half_way,
                                      CutPosition::last_unit,   CutPosition::whole_call};

/// Every position with every way to tear.
constexpr unsigned kKinds = 6 * kTornKinds;

std::string name_of(Start start, std::uint32_t operation, Cut cut) {
  return "start " + std::to_string(static_cast<unsigned>(start)) + ", operation " +
         std::to_string(operation) + ", position " + std::to_string(static_cast<unsigned>(cut.position)) +
         ", torn " + std::to_string(static_cast<unsigned>(cut.torn));
}

}  // namespace

TEST_CASE("one cut in any operation, torn in any way, on all kinds of parts") {
  const Setting settings[] = {
      small_setting(),
      {{"bytes", 256, 1, false, Erased::ones}, {512, 1024}, StagedPatch(150, 48, 2)},
      {{"STM32L0", 256, 4, true, Erased::zeros}, {0, 1024}, StagedPatch(150, 48, 3)},
      {{"RA4M1-data", 1024, 1, false, Erased::undefined}, {0, 2048}, StagedPatch(150, 51, 4)},
      {{"STM32WB-strict", 4096, 8, true, Erased::unreadable}, {4096, 8192}, StagedPatch(150, 48, 5)},
      {{"STM32U5", 8192, 16, true, Erased::ones}, {0, 16384}, StagedPatch(900, 300, 6)},
      {{"LPC55S6x", 512, 512, true, Erased::ones}, {0, 25600}, StagedPatch(1500, 700, 7)},
  };
  std::uint32_t lives = 0;
  for (const Setting& setting : settings) {
    for (const Start start : kStarts) {
      const WideFlash flash = prepared(setting, start);
      bool ended = false;
      for (std::uint32_t operation = 0; !ended; ++operation) {
        for (const CutPosition position : kPositions) {
          for (unsigned torn = 0; torn < kTornKinds; ++torn) {
            // What changes by itself is drawn more often than once.
            const unsigned draws = changes_by_itself(static_cast<Torn>(torn)) ? 4 : 1;
            for (unsigned draw = 0; draw < draws; ++draw) {
              const Cut cut{position, static_cast<Torn>(torn)};
              Life life(setting, flash, start, operation * 64 + draw + 1);
              life.flash().be_busy(operation % 3 == 0 ? 3 : 0);
              life.flash().cut_at(operation, cut);
              ended = life.run();
              if (!ended && !life.run()) FAIL_CHECK("a second cut");
              life.flash().reboot();
              if (!life.run()) FAIL_CHECK("a third cut");
              ++lives;
              const std::string verdict = life.verdict();
              if (!verdict.empty())
                FAIL_CHECK(setting.part.name << ", " << name_of(start, operation, cut) << ": " << verdict);
            }
          }
        }
      }
    }
  }
  CHECK(lives > 10000);
  MESSAGE("lives with one cut: " << lives);
}

TEST_CASE("pairs of cuts, the second anywhere in what follows the first") {
  const char* wish = std::getenv("TMD_STAGING_PAIRS");
  const bool all = wish != nullptr && std::strcmp(wish, "all") == 0;
  const Setting setting = small_setting();
  std::uint64_t lives = 0;
  std::uint32_t chosen = 0;
  for (const Start start : kStarts) {
    const WideFlash flash = prepared(setting, start);
    bool first_ended = false;
    for (std::uint32_t first = 0; !first_ended; ++first) {
      for (unsigned kind = 0; kind < kKinds; ++kind) {
        const Cut cut{kPositions[kind % 6], static_cast<Torn>(kind / 6)};
        bool second_ended = false;
        for (std::uint32_t second = 0; !second_ended; ++second) {
          for (unsigned other = 0; other < kKinds; ++other) {
            if (!all && ++chosen % 23 != 0 && other != 0) continue;
            const Cut next{kPositions[other % 6], static_cast<Torn>(other / 6)};
            Life life(setting, flash, start, first * 1000003 + second * 1009 + kind * 37 + other);
            life.flash().cut_at(first, cut);
            if ((first_ended = life.run())) break;
            life.flash().cut_at(life.operations() + second, next);
            second_ended = life.run();
            if (!second_ended && !life.run()) FAIL_CHECK("a third cut");
            ++lives;
            const std::string verdict = life.verdict();
            if (!verdict.empty())
              FAIL_CHECK(name_of(start, first, cut)
                         << " then " << name_of(start, second, next) << ": " << verdict);
          }
          if (first_ended) break;
        }
        if (first_ended) break;
      }
    }
  }
  CHECK(lives > 10000);
  MESSAGE("lives with two cuts: " << lives);
}

TEST_CASE("random lives with up to five cuts") {
  const char* wish = std::getenv("TMD_STAGING_LIVES");
  const std::uint64_t wanted = wish != nullptr ? std::strtoull(wish, nullptr, 10) : 20000;
  const Setting setting = small_setting();
  std::uint64_t cuts = 0;
  for (const Start start : kStarts) {
    const WideFlash flash = prepared(setting, start);
    for (std::uint64_t seed = 1; seed <= wanted / 3; ++seed) {
      Chance chance(seed);
      Life life(setting, flash, start, seed);
      const std::uint32_t planned = 1 + chance.below(5);
      for (std::uint32_t i = 0; i < planned; ++i) {
        // Half of them leave cells that change between two reads.
        const Torn torn = chance.below(2) == 0 ? Torn::flicker : static_cast<Torn>(chance.below(kTornKinds));
        const CutPosition position = kPositions[chance.below(6)];
        life.flash().cut_at(life.operations() + chance.below(18), {position, torn});
        if (life.run()) break;
        ++cuts;
      }
      life.flash().reboot();
      if (!life.run()) FAIL_CHECK("a cut too many");
      const std::string verdict = life.verdict();
      if (!verdict.empty())
        FAIL_CHECK("start " << static_cast<unsigned>(start) << ", seed " << seed << ": " << verdict);
    }
  }
  CHECK(cuts > wanted);
  MESSAGE("cuts in random lives: " << cuts);
}
