// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "faults/failure.hpp"
#include "faults/workload.hpp"

namespace tmd::faults {

/// What the application does with its updates.
enum class Story : std::uint8_t {
  confirm,    ///< Update, restart, confirm; to the last model.
  expire,     ///< Never confirm: each new model falls back when its boots are used up; once.
  replace,    ///< Half of a foreign patch first, then the right one.
  abandon,    ///< Half of the right patch, `abort`, then again.
  corrupt,    ///< A damaged patch to its end, then the right one.
  step_back,  ///< Update, confirm, revert, update again.
  bad_link,   ///< Chunks come twice, late, not at all, out of order; each says where it belongs.
  mixed_up,   ///< Before the right patch: one for another base, two interleaved, chunks without offsets lost.
};
constexpr unsigned kStories = 8;
const char* name_of(Story story);

/// What the world outside knows about the device: the ground on which a restart is judged.
struct Truth {
  unsigned generation = 0;    ///< Of the model that is active.
  bool confirmed = true;      ///< It is not on trial.
  bool confirm_open = false;  ///< `confirm` was cut: it may be either until the journal is written again.
  int other = -1;  ///< `finish` or `revert` was cut: this generation may be the active one as well.
  bool other_confirmed = true;
  unsigned boots = 0;         ///< Restarts since the last `finish` was called, cut ones included.
  unsigned trial_runs = 0;    ///< Times that a model on trial was handed to the application since then.
  unsigned expired = 0;       ///< Models that fell back because nobody confirmed them.
  bool amnesia = false;       ///< A journal record may have become unreadable: the device may not know of it.
  bool tainted = false;       ///< Bytes that are not the current patch's may be in the update that was cut.
  bool preluded = false;      ///< What the story does before the right patch is done.
  std::uint32_t offered = 0;  ///< Bytes of the current patch given to `feed`, whether it returned or not.
  std::uint32_t taken = 0;    ///< Bytes that `feed` said it took.
  std::uint32_t claimed = 0;  ///< Bytes that an earlier boot resumed behind, and wrote that down.
  /// Target bytes, in whole erase blocks, that are finished for good.
  std::uint32_t finished = 0;

  void settle() {
    other = -1;
    confirm_open = false;
  }
  /// No patch byte is known to be on the device.
  void forget_patch() { offered = taken = claimed = finished = 0; }
};

/// Sums over all lives that were lived.
struct Figures {
  std::uint64_t resumes = 0;
  std::uint64_t restarts_from_zero = 0;
  std::uint64_t resent_bytes = 0;
  std::uint32_t most_resent = 0;
  std::uint64_t lost_promises =
      0;  ///< Resumes that had to be given up for `begin`, where the story allows it.
};

/// The device reported that its flash is at fault. Like a power cut, it ends a life early; unlike one, not by
/// itself.
struct FlashFault {
  Status status;
};

/// Lets a device live on from whatever state its flash is in until its story ends, and checks every invariant
/// of docs/power-loss.md on the way. Throws Failure, FlashFault, or PowerCut from the flash.
void live_on(const Workload& work, Story story, test::SimulatedFlash& flash, Truth& truth, Figures& figures,
             std::uint64_t seed);

/// That life.
class Life {
 public:
  Life(const Workload& work, Story story, test::SimulatedFlash& flash, Truth& truth, Figures& figures,
       std::uint64_t seed)
      : work_(work), story_(story), flash_(flash), truth_(truth), figures_(figures), chance_(seed) {}

  void live();

 private:
  using Store = ModelStore<test::SimulatedFlash>;
  using TestUpdater = Updater<FaultConfig>;

  void restart();
  void judge_active();
  int generation_of(const Bytes& bytes) const;
  void judge_trial();
  void update();
  std::uint32_t start_patch();
  void feed_from(std::uint32_t offset, const PatchFile& patch, std::uint32_t end);
  void note_progress();
  bool forgot_for_want_of_room(Status status) const;
  std::uint32_t feed_over_bad_link(std::uint32_t offset, const PatchFile& patch);
  void feed_foreign_half();
  bool go_on_with_tainted();
  void mix_up();
  void feed_for_another_base();
  void feed_interleaved();
  void feed_without_offsets();
  /// Ends an update that took these bytes: unless they are a whole patch, it must not become a model.
  void must_not_commit(Status last, const Bytes& took, const char* what);
  void feed_corrupt();
  void give_up_half_way();
  void expect_switch();
  void note_switch();
  void finish();
  void confirm();
  void revert();
  Bytes read_active();
  void begin();
  /// The journal has all that was written to it.
  bool remembers_all() const { return work_.journal == JournalSize::roomy && !truth_.amnesia; }
  void catch_up(std::uint32_t offset);
  /// Throws FlashFault where this flash has a fault and the status says so.
  Status heed(Status status) const;
  /// Throws where the status is not ok.
  void must_succeed(Status status, const char* what) const;
  /// Calls again for as long as the flash is busy.
  template <class Call>
  Status patiently(Call&& call) {
    for (std::uint32_t i = 0; i < kLongestPatience; ++i) {
      const Status status = call();
      if (status != Status::would_block) return heed(status);
    }
    throw Failure("would_block for ever");
  }

  static constexpr std::uint32_t kLongestPatience = 100000;
  static constexpr std::uint32_t kMostSessions = 100;

  const Workload& work_;
  Story story_;
  test::SimulatedFlash& flash_;
  Truth& truth_;
  Figures& figures_;
  test::Chance chance_;
  std::optional<Store> store_;
  std::optional<TestUpdater> updater_;
  std::uint32_t written_ = 0;       ///< Target bytes in the slot, as the updater's observer heard.
  std::uint32_t resumed_from_ = 0;  ///< The patch offset at which this session's update goes on.
};

}  // namespace tmd::faults
