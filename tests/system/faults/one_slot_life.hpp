// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "device/one_slot.hpp"

namespace tmd::faults {

using Bytes = std::vector<std::uint8_t>;

/// What lies in the flash of a device with one slot.
enum class Place : std::uint8_t { slot, ring, journal, staging };
constexpr unsigned kPlaces = 4;

/// A device with one slot, and what is sent to it.
struct OneSlotStory {
  test::FlashPart part;
  Bytes base;
  Bytes target;
  Bytes patch;   ///< To be applied in place.
  Bytes full;    ///< The way back to service.
  Bytes attack;  ///< Sent before the patch where not empty: what must be refused.

  /// Nine erase blocks, of which one stays, some change where they are, and the others move.
  static OneSlotStory of(const test::FlashPart& part);
};

/// What happened to a device, and what that excuses.
struct OneSlotFate {
  bool rotten[kPlaces] = {};
  bool rotten_while_overwritten = false;
  bool unsteady = false;         ///< What a cut tore reads differently each time: a fragment may be lost.
  bool was_overwritten = false;  ///< When power went the device knew that there was no way back.
  bool was_applied = false;      ///< Nothing may say so before `apply` was called.
  bool was_attacked = false;     ///< The attack is over, or was begun.
  bool was_served = false;       ///< A full model was sent.

  /// Something is gone that only a full model brings back.
  bool may_lose_model() const {
    const bool elsewhere = rotten[unsigned(Place::ring)] || rotten[unsigned(Place::journal)];
    return rotten[unsigned(Place::slot)] || (elsewhere && rotten_while_overwritten);
  }
  bool is_damaged() const { return rotten[0] || rotten[1] || rotten[2] || rotten[3]; }
};

/// One device from a restart to its target, judged at each step: throws Failure where something is not as it must be.
class OneSlotLife {
 public:
  /// Called before each flash operation: other lives may branch off.
  using Branch = std::function<void(OneSlotLife&, const test::SimulatedFlash&, const test::FlashOperation&)>;

  OneSlotLife(const OneSlotStory& story, const OneSlotFate& fate)
      : story_(story), fate_(fate), device_(story.base, story.patch, story.part) {}

  /// The driver will be at fault, once, in a device that starts for the first time. What reports it is followed by a
  /// restart on flash that was repaired.
  void plan(test::PlannedFault fault) { device_.flash().faults().plan(fault); }

  /// From the device's first start, or from what this flash holds.
  void go(const Branch& branch, const test::OneSlot::Flash* flash = nullptr);

  const OneSlotFate& fate() const { return fate_; }
  const test::SimulatedFlash& flash() { return device_.flash(); }
  bool is_overwritten() { return has_booted_ && device_.store().is_being_overwritten(); }
  Place place_of(std::uint32_t address) const;

 private:
  void restart();
  void next_session();
  void must_be(Status status, Status expected, const char* what);
  void judge_boot(Status status);
  void update();
  void suffer_attack();
  void send(const Bytes& patch, std::uint32_t identity);
  Status collect();
  void serve();
  bool holds(const Bytes& model);
  void guard_slot(const test::FlashOperation& operation);

  const OneSlotStory& story_;
  OneSlotFate fate_;
  test::OneSlot device_;
  bool has_booted_ = false;
  bool is_first_boot_ = true;
  bool needs_service_ = false;
  bool is_done_ = false;
};

}  // namespace tmd::faults
