// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "tmd/flash.hpp"

namespace tmd::test {

/// How flash fails that is worn, or lies.
enum class FaultKind : std::uint8_t {
  lie,             ///< A program call flips one bit of what it writes and says ok.
  refused,         ///< A program call fails; what it was to write is half there.
  worn,            ///< A block can no longer be erased; the driver says so.
  worn_silently,   ///< The same, and the driver does not notice.
  read_once,       ///< One read fails.
  read_lost,       ///< One unit of what is read can no longer be read.
  erase_refused,   ///< An erase call fails, once; what it was to erase is half there.
  writes_refused,  ///< From this operation on none is done, until the next restart.
  reads_refused,   ///< From this read on all fail, until the next restart.
};
constexpr unsigned kFaultKinds = 9;

constexpr bool is_of_a_read(FaultKind kind) {
  return kind == FaultKind::read_once || kind == FaultKind::read_lost || kind == FaultKind::reads_refused;
}
constexpr bool is_of_a_program(FaultKind kind) {
  return kind == FaultKind::lie || kind == FaultKind::refused || kind == FaultKind::writes_refused;
}
constexpr bool is_of_an_erase(FaultKind kind) {
  return !is_of_a_read(kind) && (!is_of_a_program(kind) || kind == FaultKind::writes_refused);
}

/// Behind a restart the flash is as good as any: what it left is no different from what a cut leaves.
constexpr bool is_over_at_restart(FaultKind kind) {
  return kind == FaultKind::refused || kind == FaultKind::read_once || kind >= FaultKind::erase_refused;
}

/// The how many-th operation fails, and how. Reads are counted on their own.
struct PlannedFault {
  FaultKind kind = FaultKind::lie;
  std::uint32_t at = 0;
};

/// One place that goes bad by itself, while nobody writes it.
struct Rot {
  std::uint32_t address = 0;
  std::uint8_t bit = 0;  ///< kWholeUnit: its unit can no longer be read.

  static constexpr std::uint8_t kWholeUnit = 8;
};

/// What is wrong with a flash. Blocks are numbered through.
class FlashFaults {
 public:
  void plan(PlannedFault fault) { planned_ = fault; }
  /// True, once, where the operation with this number has this fault.
  bool strikes(FaultKind kind, std::uint32_t at) {
    if (!planned_ || planned_->kind != kind || planned_->at != at) return false;
    planned_.reset();
    struck_ = true;
    return true;
  }
  void wear_out(std::uint32_t block, bool silently) {
    worn_.insert(block);
    silently_ = silently;
    struck_ = true;
  }
  void lose(Region place) {
    lost_.push_back(place);
    struck_ = true;
  }

  /// Its blocks still erase, but no program call to them succeeds any more.
  void stop_programs(Region place) {
    unprogrammable_.push_back(place);
    struck_ = true;
  }
  bool programs(Region place) const {
    for (const Region& each : unprogrammable_) {
      if (each.overlaps(place)) return false;
    }
    return true;
  }

  /// From the operation with this number on, before it.
  void plan_rot(Rot rot, std::uint32_t at) { rot_ = {rot, at, true}; }
  bool rots(std::uint32_t at, Rot& rot) {
    if (!rot_.planned || rot_.at != at) return false;
    rot_.planned = false;
    rot = rot_.rot;
    struck_ = true;
    return true;
  }

  bool is_worn(std::uint32_t block) const { return worn_.count(block) != 0; }
  bool has_worn_blocks() const { return !worn_.empty(); }
  const std::set<std::uint32_t>& worn_blocks() const { return worn_; }
  bool is_silent() const { return silently_; }
  bool is_lost(Region place) const {
    for (const Region& lost : lost_) {
      if (lost.overlaps(place)) return true;
    }
    return false;
  }
  void refuse_writes() { refuses_writes_ = true; }
  void refuse_reads() { refuses_reads_ = true; }
  bool refuses_writes() const { return refuses_writes_; }
  bool refuses_reads() const { return refuses_reads_; }
  /// What lasts until then is over.
  void restart() { refuses_writes_ = refuses_reads_ = false; }

  /// A fault that was planned has come.
  bool struck() const { return struck_; }
  void repair() { *this = FlashFaults(); }

 private:
  struct PlannedRot {
    Rot rot;
    std::uint32_t at = 0;
    bool planned = false;
  };

  std::optional<PlannedFault> planned_;
  PlannedRot rot_;
  std::set<std::uint32_t> worn_;
  std::vector<Region> lost_;
  std::vector<Region> unprogrammable_;
  bool silently_ = false;
  bool refuses_writes_ = false;
  bool refuses_reads_ = false;
  bool struck_ = false;
};

}  // namespace tmd::test
