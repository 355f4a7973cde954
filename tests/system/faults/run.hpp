// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "system/faults/builds.hpp"
#include "system/faults/device.hpp"
#include "system/faults/failure.hpp"
#include "system/faults/oracle.hpp"

namespace tmd::faults {

/// Lets a device go on from whatever state its flash is in until its scenario ends, and checks every invariant
/// of docs/power-loss.md on the way.
class Run {
 public:
  Run(const Workload& work, test::SimulatedFlash& flash, Oracle& oracle, Figures& figures, std::uint64_t seed)
      : work_(work), flash_(flash), oracle_(oracle), figures_(figures), chance_(seed) {}

  /// Throws Failure, FlashFault, or PowerCut from the flash.
  void go();

 private:
  Scenario scenario() const { return work_.setup.scenario; }
  bool next_step();

  // Restarts and their judgement: run.cpp.
  void restart();
  void judge_boot(Status status);
  void judge_no_model(Status status);
  int generation_of(const ActiveModel& active) const;
  bool is_whole(const ActiveModel& active, unsigned generation);
  void judge_first_record();
  void judge_generation(int found);
  void judge_lost_trial();
  void judge_trial(Status status);
  void judge_counter();
  void boot_relocated();
  std::uint32_t most_boot_operations() const;

  // The honest way: run_update.cpp.
  void update();
  void update_to(const PatchFile& patch, unsigned generation);
  void update_staged(const PatchFile& patch, unsigned generation);
  void collect_fragments(const PatchFile& patch);
  void begin(const PatchFile& patch);
  void protect_active();
  std::uint32_t start_patch(const PatchFile& patch, unsigned generation);
  bool is_target_rotten(unsigned generation);
  void judge_resume(std::uint32_t offset);
  void catch_up(std::uint32_t offset);
  FeedResult feed(std::uint32_t offset, ConstBytes bytes);
  void feed_from(std::uint32_t offset, const PatchFile& patch, std::uint32_t end);
  void note_progress(std::uint32_t offset, const PatchFile& patch);
  void expect_switch(const PatchFile& patch, unsigned generation);
  void note_switch(unsigned generation);
  void finish(const PatchFile& patch, unsigned generation);
  void confirm();
  void revert();
  void serve();
  void reset();

  // What senders and applications do wrong: mishaps.cpp.
  void prelude();
  std::uint32_t feed_over_bad_link(std::uint32_t offset, const PatchFile& patch);
  void feed_foreign_part();
  void give_up_half_way();
  void feed_to_refusal(const Bytes& patch, const char* what);
  void feed_corrupt();
  void feed_hostile();
  void use_two_updaters();
  bool go_on_with_tainted();
  Status finish_tainted();
  void mix_up();
  void feed_for_another_base();
  void feed_interleaved();
  void feed_without_offsets();
  void must_not_commit(Status last, const Bytes& took, const char* what);

  Region slot(SlotId id) const { return work_.slot(id); }
  bool is_damaged(SlotId id) const { return oracle_.slot_damaged[static_cast<unsigned>(id)]; }
  bool any_damage() const { return is_damaged(SlotId::a) || is_damaged(SlotId::b); }
  /// What a boot that checks finds: there is damage, or a place that the driver can't read at present.
  bool any_unsound_slot() const {
    return any_damage() || flash_.faults().is_lost(slot(SlotId::a)) ||
           flash_.faults().is_lost(slot(SlotId::b));
  }
  SlotId active_slot() const { return device_->active().slot; }
  /// The journal has all that was written to it.
  bool remembers_all() const {
    return work_.setup.journal == JournalSize::roomy && !oracle_.log_damaged && !oracle_.log_unsteady &&
           !oracle_.worn;
  }
  /// Throws FlashFault where what is wrong with this flash explains the status.
  Status heed(Status status);
  Status heed_read(Status status);
  /// Throws where the status is not ok.
  void must_succeed(Status status, const char* what) const;
  /// Calls again for as long as the answer is would_block.
  template <class Call>
  Status patiently(Call&& call) {
    unsigned repeats = 0;
    Status reported = Status::ok;
    for (std::uint32_t i = 0; i < kLongestPatience; ++i) {
      Status status = call();
      between_calls(status);
      if (status == Status::would_block) continue;
      // What failed had ended with it.
      if (status == Status::wrong_state && repeats != 0) status = reported;
      reported = status;
      if (!is_to_call_again(status) || repeats++ == kMostRepeats) return heed(status);
    }
    throw Failure("would_block for ever");
  }
  bool is_to_call_again(Status status) const;
  /// The stack is used for something else, and a driver looks at the bytes that it was given. Throws FlashFault where
  /// a fault in this call makes the application restart.
  void between_calls(Status answer);

  static constexpr unsigned kMostRepeats = 2;
  static constexpr std::uint32_t kLongestPatience = 100000;
  static constexpr std::uint32_t kMostSessions = 100;

  const Workload& work_;
  test::SimulatedFlash& flash_;
  Oracle& oracle_;
  Figures& figures_;
  test::Chance chance_;
  std::unique_ptr<Device> device_;
  Bytes piece_;                       ///< What the radio received last; its memory is used again.
  std::uint32_t resumed_from_ = 0;    ///< The patch offset at which this session's update goes on.
  std::uint32_t written_before_ = 0;  ///< Target bytes in the slot when the last call of `feed` began.
  bool needs_service_ = false;        ///< There is no whole model that runs.
  bool expects_refusal_ = false;      ///< What is being sent is wrong: an error is no sign of damage.
};

/// Goes on to the scenario's end; where flash that is at fault ends an update or a boot early, restarts and tries
/// again a few times. False where the flash was in the way each time.
bool run_to_end(const Workload& work, test::SimulatedFlash& flash, Oracle& oracle, Figures& figures,
                std::uint64_t seed);

}  // namespace tmd::faults
