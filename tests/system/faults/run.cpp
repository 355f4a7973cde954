// SPDX-License-Identifier: Apache-2.0
// From restart to restart: what may be found, and what comes next.
#include "system/faults/run.hpp"

#include <cstring>

namespace tmd::faults {

namespace {

/// What an update may answer whose base or target goes bad under it.
bool is_of_damage(Status status) {
  return is_flash_error(status) || status == Status::target_mismatch || status == Status::wrong_base ||
         status == Status::body_malformed;
}

/// Writes over the stack below the caller, where a finished call's variables were.
[[gnu::noinline]] void scribble_stack() {
  std::uint8_t used[6000];
  std::memset(used, 0xA5, sizeof(used));
  asm volatile("" : : "r"(used) : "memory");  // nothing reads it, and it is written all the same
}

}  // namespace

bool run_to_end(const Workload& work, test::SimulatedFlash& flash, Oracle& oracle, Figures& figures,
                std::uint64_t seed) {
  constexpr unsigned kTries = 5;
  Status last = Status::ok;
  for (unsigned i = 0; i < kTries; ++i) {
    try {
      Run(work, flash, oracle, figures, seed + i).go();
      return true;
    } catch (const FlashFault& fault) {
      last = fault.status;
      flash.reboot();
    }
  }
  require(oracle.worn, std::string("an update fails again and again: ") + to_string(last));
  ++figures.worn_out;
  return false;
}

Status Run::heed(Status status) {
  // What can't be read counts as spoiled.
  const bool is_unread = status == Status::staging_full && flash_.faults().refuses_reads();
  const bool of_flash = is_flash_error(status) || status == Status::journal_worn || is_unread;
  // Where the update ended for what is in flash there is nothing to go on with.
  if (status == Status::read_failed || (any_damage() && is_of_damage(status) && !of_flash))
    oracle_.forget_progress();
  if (of_flash && (flash_.faults().struck() || oracle_.worn || oracle_.log_damaged)) throw FlashFault{status};
  if (any_damage() && is_of_damage(status) && (of_flash || !expects_refusal_)) {
    // Refused, as far as the device can tell: it is counted.
    if (!of_flash) ++oracle_.refused;
    throw FlashFault{status};
  }
  return status;
}

void Run::must_succeed(Status status, const char* what) const {
  require(status == Status::ok, std::string(what) + ": " + to_string(status));
}

void Run::between_calls(Status answer) {
  scribble_stack();
  flash_.check_promises();
  if (oracle_.reaction == Reaction::restarts && flash_.faults().struck()) throw FlashFault{answer};
}

bool Run::is_to_call_again(Status status) const {
  return oracle_.reaction == Reaction::calls_again && flash_.faults().struck() &&
         (is_flash_error(status) || status == Status::journal_worn);
}

void Run::go() {
  restart();
  for (std::uint32_t sessions = 0; next_step(); ++sessions) {
    require(sessions < kMostSessions, "a run that does not end");
    flash_.reboot();
    restart();
  }
  flash_.reboot();
  restart();
}

/// What the application does after a restart. False where nothing is left to do.
bool Run::next_step() {
  const bool previous_is_damaged = any_unsound_slot() && !needs_service_;
  if (needs_service_) {
    serve();
  } else if (scenario() == Scenario::expire && oracle_.expired > 0) {
    return false;
  } else if (!oracle_.confirmed) {
    // A trial that can't fall back, or whose boots can't be written down, goes on for as long as nobody decides.
    const bool goes_on = previous_is_damaged && oracle_.trial_runs > kTrialBoots;
    const bool is_uncounted = oracle_.worn || oracle_.unwritten_boots > kTrialBoots;
    if (scenario() != Scenario::expire || oracle_.serviced || goes_on || is_uncounted) confirm();
    if (goes_on) ++oracle_.expired;
  } else if (scenario() == Scenario::reset && !oracle_.preluded && oracle_.generation == 1) {
    reset();
  } else if (scenario() == Scenario::reset && oracle_.preluded && !oracle_.serviced) {
    serve();
  } else if (scenario() == Scenario::step_back && !oracle_.preluded && oracle_.generation == 1) {
    revert();
  } else if (oracle_.generation + 1 == work_.models.size()) {
    return false;
  } else {
    update();
  }
  return true;
}

std::uint32_t Run::most_boot_operations() const {
  // A boot puts back what protects the state and writes one state, and may open a bank for it.
  std::uint32_t blocks = 0;
  const Region journal = work_.journal();
  // What is never erased is written over, a little at a time.
  if (work_.setup.journal_part.rewritable) return journal.size / 16 + 64;
  for (std::uint32_t at = journal.address; at < journal.end(); at += flash_.erase_size(at)) ++blocks;
  return blocks + 64;
}

/// A boot: what is found must be one of what may be, and provably so.
void Run::restart() {
  const std::uint32_t operations = flash_.operations();
  const std::uint32_t erases = flash_.wear().erases;
  device_.reset();
  needs_service_ = false;
  if (scenario() == Scenario::relocate && oracle_.booted && chance_.below(2) == 0) boot_relocated();
  flash_.protect({});
  ++oracle_.boots;
  device_ = start_device(work_, flash_, work_.layout);
  const bool was_struck = flash_.faults().struck();
  Status status = Status::would_block;
  for (std::uint32_t i = 0; status == Status::would_block; ++i) {
    require(i < kLongestPatience, "a boot that does not end");
    status = device_->boot(work_.factory);
    // Where what protects the state could not be put back a state is written anew, and the log is gone.
    if (!was_struck && flash_.faults().struck()) oracle_.log_damaged = true;
    between_calls(status);
  }
  if (device_->active().present) judge_first_record();
  if (status == Status::ok) oracle_.booted = true;
  // A state that moves to the other bank takes the updater's state along, which its log begins with.
  const std::uint32_t moved =
      flash_.wear().erases == erases ? 0 : longest_record_calls(work_.setup.journal_part.program_size);
  require(flash_.operations() - operations <= most_boot_operations() + moved,
          "a boot that takes too many flash operations");
  if (device_->active().present)
    judge_boot(status);
  else
    judge_no_model(status);
  judge_counter();
  // What a cut had left open was decided, and written down.
  if (status == Status::ok) oracle_.settle();
}

void Run::judge_boot(Status status) {
  if (status != Status::ok) {
    // A boot that can't be written down.
    const bool excused = oracle_.worn || oracle_.log_damaged || flash_.faults().struck();
    require(excused && (is_flash_error(status) || status == Status::journal_worn),
            std::string("boot: ") + to_string(status));
  }
  const ActiveModel active = device_->active();
  const int found = generation_of(active);
  judge_generation(found);
  if (!is_whole(active, static_cast<unsigned>(found))) {
    require(is_damaged(active.slot), "the active model is not what its record says");
    require(!checks_at_boot(work_.setup.build), "a damaged model is handed out by a boot that checks it");
    needs_service_ = true;
  }
  judge_trial(status);
  flash_.protect({slot(active.slot)});
}

void Run::judge_no_model(Status status) {
  // What is not read to its end is no answer.
  if (flash_.faults().refuses_reads()) throw FlashFault{Status::read_failed};
  needs_service_ = true;
  if (status == Status::model_damaged) {
    require(checks_at_boot(work_.setup.build) && any_unsound_slot(), "a whole model is said to be damaged");
    judge_first_record();
    return;
  }
  if (status != Status::not_found && status != Status::factory_mismatch) {
    (void)heed(status);
    throw Failure(std::string("boot: ") + to_string(status));
  }
  // The factory model was damaged before the journal knew of it, or before it did again.
  const bool is_new = !oracle_.booted || (scenario() == Scenario::reset && oracle_.other == 0);
  const bool never_was = is_new && (is_damaged(SlotId::a) || flash_.faults().struck());
  require(!oracle_.has_model || oracle_.other == Oracle::kNoModel || never_was,
          "no model where there should be one");
  oracle_.has_model = false;
  oracle_.confirmed = true;
}

int Run::generation_of(const ActiveModel& active) const {
  for (unsigned i = 0; i < work_.models.size(); ++i) {
    if (active.length == work_.models[i].size() && active.digest == work_.digests[i])
      return static_cast<int>(i);
  }
  throw Failure("the active model is none of them");
}

/// Reads the model as an application would, and lets the store do the same.
bool Run::is_whole(const ActiveModel& active, unsigned generation) {
  Bytes bytes(active.region.size);
  const Status read = heed_read(flash_.read(active.region.address, MutableBytes(bytes.data(), bytes.size())));
  const bool whole = read == Status::ok && bytes == work_.models[generation];
  const Status verified = heed_read(device_->verify_active());
  require((verified == Status::ok) == whole, std::string("verify_active: ") + to_string(verified));
  return whole;
}

/// A place that can't be read for a while ends this run; one that is damaged does not.
Status Run::heed_read(Status status) {
  return status == Status::read_failed && !any_damage() ? heed(status) : status;
}

/// A cut left the first boot's record unstable: it may be there though an earlier boot did not find it, and found that
/// the factory model was damaged.
void Run::judge_first_record() {
  oracle_.has_model = oracle_.has_model || (oracle_.unsteady_cut && !oracle_.booted);
}

void Run::judge_generation(int found) {
  const int now = oracle_.has_model ? static_cast<int>(oracle_.generation) : Oracle::kNoModel;
  // The update that was cut had been finished, and its model is damaged.
  if (checks_at_boot(work_.setup.build) && any_unsound_slot() && oracle_.other != Oracle::kNone)
    oracle_.forget_progress();
  // Where it switched to the same model in the other slot only the trial shows it.
  const bool is_on_trial = device_->active().state == ModelState::trial;
  if (found == now && (found != oracle_.other || is_on_trial == !oracle_.confirmed))
    return judge_lost_trial();
  oracle_.generation = static_cast<unsigned>(found);
  oracle_.has_model = true;
  if (found == oracle_.other) {
    oracle_.change_to_other(now);
    return;
  }
  oracle_.forget_patch();
  // The trial was over; or the boot saw that the model was damaged, and had the previous one.
  const bool expires = !oracle_.confirmed && (oracle_.boots > kTrialBoots || oracle_.worn);
  const bool falls_back = checks_at_boot(work_.setup.build) && any_unsound_slot();
  require((expires || falls_back) && found == oracle_.before,
          "model " + std::to_string(found) + " is active where it should be " + std::to_string(now));
  if (expires) ++oracle_.expired;
  oracle_.confirmed = true;
  oracle_.settle();
}

/// A `finish` that was cut may have ended, and the new model's trial with it, in boots that were all cut. The device
/// says that it went back, and its counter that it had been there.
void Run::judge_lost_trial() {
  const bool is_possible = oracle_.other >= 0 && !oracle_.other_confirmed && oracle_.boots > kTrialBoots;
  if (!is_possible || device_->active().state != ModelState::reverted ||
      device_->security_counter() != oracle_.counter_open)
    return;
  oracle_.forget_patch();
  ++oracle_.expired;
  oracle_.counter = oracle_.counter_open;
  oracle_.settle();
}

void Run::judge_trial(Status status) {
  if (device_->active().state == ModelState::trial) {
    require(!oracle_.confirmed || oracle_.confirm_open, "a confirmed model is on trial again");
    // Where this can't be written down, or there is nothing to fall back to, it goes on.
    ++oracle_.trial_runs;
    if (status != Status::ok) ++oracle_.unwritten_boots;
    require(oracle_.trial_runs <= kTrialBoots + oracle_.unwritten_boots || oracle_.worn ||
                oracle_.log_damaged || any_unsound_slot(),
            "a trial that does not end");
    oracle_.confirmed = false;
    judge_counter();
  } else if (!oracle_.confirmed) {
    require(oracle_.confirm_open, "a model on trial was confirmed by nobody");
    oracle_.confirmed = true;
  }
}

void Run::judge_counter() {
  const std::uint32_t counter = device_->security_counter();
  require(counter >= oracle_.counter, "the security counter went back");
  require(counter <= oracle_.counter_open, "the security counter went ahead");
  oracle_.counter = std::max(oracle_.counter, counter);
}

/// Firmware with other slots says so, and touches nothing.
void Run::boot_relocated() {
  Layout layout = work_.layout;
  std::swap(layout.slot_a, layout.slot_b);
  flash_.protect({{0, flash_.size()}});
  const std::uint32_t operations = flash_.operations();
  const std::unique_ptr<Device> device = start_device(work_, flash_, layout);
  const Status status = device->boot(work_.factory);
  if (flash_.faults().refuses_reads()) throw FlashFault{Status::read_failed};
  require(status == Status::other_layout || heed(status) != status,
          std::string("firmware with other slots: ") + to_string(status));
  require(!device->active().present, "firmware with other slots hands out a model");
  require(device->begin() == Status::wrong_state, "firmware with other slots begins an update");
  require(device->abort() == Status::wrong_state, "firmware with other slots gives up an update");
  require(device->confirm() == Status::wrong_state, "firmware with other slots confirms a model");
  require(flash_.operations() == operations, "firmware with other slots writes to flash");
}

}  // namespace tmd::faults
