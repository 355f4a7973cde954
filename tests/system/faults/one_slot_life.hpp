// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "system/faults/event.hpp"
#include "system/faults/one_slot_device.hpp"

namespace tmd::faults {

using Bytes = std::vector<std::uint8_t>;

/// What lies in the flash of a device with one slot.
enum class Place : std::uint8_t { slot, ring, journal, staging };
constexpr unsigned kPlaces = 4;

/// What becomes of a target.
enum class OneSlotTrial : std::uint8_t {
  none,       ///< It is there for good.
  confirmed,  ///< It is on trial, and then confirmed.
  expires,    ///< It is on trial, nobody confirms it, and it is taken back.
};
constexpr unsigned kOneSlotTrials = 3;

/// A device with one slot, and what is sent to it.
struct OneSlotStory {
  test::FlashPart part;
  OneSlotTrial trial = OneSlotTrial::none;
  bool is_tight = false;  ///< The journal is about as small as may be: its banks change with each state.
  Bytes base;
  Bytes target;
  Bytes patch;   ///< To be applied in place.
  Bytes full;    ///< The way back to service.
  Bytes attack;  ///< Sent before the patch where not empty: what must be refused.

  /// Nine erase blocks, of which one stays, some change where they are, and the others move.
  static OneSlotStory of(const test::FlashPart& part, OneSlotTrial trial = OneSlotTrial::none);
  std::unique_ptr<AnyOneSlotDevice> device() const;
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
  bool was_confirmed = false;    ///< The application asked for it.
  bool was_kept = false;         ///< There is no way back: the journal was said to be worn out.
  unsigned trial_boots = 0;      ///< Restarts since the target may be on trial.
  std::uint32_t counter = 0;     ///< The security counter was this.

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
      : story_(story), fate_(fate), device_(story.device()) {}

  /// The driver will be at fault, once, in the life that begins. The flash is repaired at the restart behind that.
  void plan(const DriverFault& fault) { fault_ = fault; }

  /// From the device's first start, or from what this flash holds.
  void go(const Branch& branch, const AnyOneSlotDevice::Flash* flash = nullptr);

  const OneSlotFate& fate() const { return fate_; }
  const test::SimulatedFlash& flash() { return device_->flash(); }
  bool is_overwritten() { return has_booted_ && device_->is_being_overwritten(); }
  Place place_of(std::uint32_t address) const;

 private:
  void restart();
  void next_session();
  template <class Call>
  Status ask(Call&& call);
  bool is_struck() { return device_->flash().faults().struck(); }
  bool may_expire() const;
  void must_be(Status status, Status expected, const char* what);
  void judge_boot(Status status);
  void judge_counter(bool lasts);
  void judge_end(bool has_target, bool may_be_gone);
  void update();
  Status apply();
  void try_out();
  Status stream(const Bytes& patch);
  void suffer_attack();
  void send(const Bytes& patch, std::uint32_t identity);
  Status collect();
  void serve();
  bool holds(const Bytes& model);
  void guard_slot(const test::FlashOperation& operation);

  const OneSlotStory& story_;
  OneSlotFate fate_;
  std::unique_ptr<AnyOneSlotDevice> device_;
  std::optional<DriverFault> fault_;
  bool has_booted_ = false;
  bool is_first_boot_ = true;
  bool needs_service_ = false;
  bool is_done_ = false;
};

}  // namespace tmd::faults
