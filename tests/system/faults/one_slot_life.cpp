// SPDX-License-Identifier: Apache-2.0
#include "system/faults/one_slot_life.hpp"

#include <algorithm>

#include "support/make_patch.hpp"
#include "system/faults/failure.hpp"
#include "system/faults/oracle.hpp"

namespace tmd::faults {

using test::FlashOperation;
using test::SimulatedFlash;

namespace {

constexpr unsigned kMostSessions = 12;
constexpr unsigned kMostTries = 30;
constexpr std::uint32_t kPacket = 50;
// What the sender calls its patch, before an attack and after it; and the attacker his.
constexpr std::uint32_t kHonest = 7;
constexpr std::uint32_t kAttack = 8;
constexpr std::uint32_t kAnew = 9;

constexpr std::uint8_t kCounter = 5;
constexpr unsigned kOneSlotTrialBoots = test::ReversibleSlot::Config::kTrialBoots;
/// The third read that fails may cost the model (docs/in-place.md).
constexpr unsigned kMostRepeats = 1;
constexpr unsigned kLongestPatience = 100000;

host::format::EntryToWrite counter_entry() {
  return {EntryNumber::security_counter, false, {kCounter, 0, 0, 0}};
}

Bytes counted_patch(const Bytes& base, const Bytes& target, const codec::ReadWindow& window) {
  const host::EncodedBody body = test::make_body(base, target, window);
  host::format::PatchParts parts = test::parts_in_place(base, target, window, body);
  parts.entries.push_back(counter_entry());
  return host::format::join_patch(host::format::write_manifest(parts), {}, body.bytes);
}

bool is_of_flash(Status status) {
  return is_flash_error(status) || status == Status::journal_worn;
}

}  // namespace

OneSlotStory OneSlotStory::of(const test::FlashPart& part, OneSlotTrial trial) {
  OneSlotStory story;
  story.part = part;
  story.trial = trial;
  const std::uint32_t block = part.smallest_erase_size();
  const std::size_t length = block * 9 - 30;
  story.base = test::random_bytes(length, 1);
  story.target = story.base;
  const Bytes other = test::random_bytes(length / 6, 2);
  std::copy(other.begin(), other.end(), story.target.begin() + static_cast<std::ptrdiff_t>(length / 4));
  story.target.insert(story.target.begin() + static_cast<std::ptrdiff_t>(length / 2), other.begin(),
                      other.begin() + 20);
  const codec::ReadWindow window = {block, 3, 2};
  story.patch = trial == OneSlotTrial::none
                    ? counted_patch(story.base, story.target, window)
                    : test::make_reversible(story.base, story.target, window, nullptr, {counter_entry()});
  story.full = counted_patch({}, story.target, {});
  return story;
}

std::unique_ptr<AnyOneSlotDevice> OneSlotStory::device() const {
  const std::uint32_t bank_bytes = is_tight ? 4300 : 6000;
  if (trial == OneSlotTrial::none)
    return std::make_unique<OneSlotDeviceOf<test::OneSlot>>(base, patch, part, bank_bytes);
  return std::make_unique<OneSlotDeviceOf<test::ReversibleSlot>>(base, patch, part, bank_bytes);
}

Place OneSlotLife::place_of(std::uint32_t address) const {
  const Layout& layout = device_->layout();
  if (address < layout.slot_a.end()) return Place::slot;
  if (address < layout.slot_b.end()) return Place::ring;
  return address < layout.journal.end() ? Place::journal : Place::staging;
}

/// Until there is no way back, and where no full model is on its way, the only model is not touched.
void OneSlotLife::guard_slot(const FlashOperation& operation) {
  if (place_of(operation.address) != Place::slot) return;
  require(fate_.was_served || is_overwritten(), "the only model is written while it is the one to run");
  fate_.was_overwritten = true;
}

void OneSlotLife::go(const Branch& branch, const AnyOneSlotDevice::Flash* flash) {
  if (flash != nullptr) device_->put_flash(*flash);
  if (fault_) device_->flash().faults().plan(*fault_);
  SimulatedFlash::Watcher watcher = [&](const SimulatedFlash& now, const FlashOperation& operation) {
    guard_slot(operation);
    if (branch) branch(*this, now, operation);
  };
  device_->flash().watch(&watcher);
  for (unsigned sessions = 0; !is_done_; ++sessions) {
    require(sessions < kMostSessions, "an update that does not end");
    try {
      restart();
      if (!is_done_) next_session();
    } catch (const FlashFault&) {
      device_->flash().faults().repair();
    }
    if (!is_done_) device_->flash().reboot();
  }
  device_->flash().watch(nullptr);
  require(device_->flash().violation().empty(), device_->flash().violation());
}

void OneSlotLife::next_session() {
  if (needs_service_) return serve();
  if (!story_.attack.empty() && !fate_.was_attacked) return suffer_attack();
  if (device_->active().state == ModelState::trial) return try_out();
  update();
}

/// Calls again for as long as the answer is `would_block`, and does about a driver's fault what the application does.
template <class Call>
Status OneSlotLife::ask(Call&& call) {
  unsigned repeats = 0;
  for (unsigned calls = 0;; ++calls) {
    require(calls < kLongestPatience, "would_block for ever");
    const Status status = call();
    if (is_struck() && fault_ && fault_->reaction == Reaction::restarts) throw FlashFault{status};
    if (status == Status::would_block) continue;
    if (!is_struck() || !fault_) return status;
    if (!is_of_flash(status)) {
      // A program that was repeated left what a cut leaves; of a bank and of what was read more is remembered.
      if (fault_->kind == test::FaultKind::refused && !is_error(status)) device_->flash().faults().repair();
      return status;
    }
    if (fault_->reaction != Reaction::calls_again || repeats++ == kMostRepeats) return status;
  }
}

/// Flash that is at fault ends a session: what it does to an answer is its own doing.
void OneSlotLife::must_be(Status status, Status expected, const char* what) {
  if (status != expected && is_struck()) throw FlashFault{status};
  require(status == expected, std::string(what) + ": " + to_string(status));
}

void OneSlotLife::restart() {
  has_booted_ = false;
  ++fate_.trial_boots;
  const Status status = device_->boot();
  has_booted_ = true;
  judge_boot(status);
  is_first_boot_ = false;
}

/// What is found after a restart is the base, the target, or an update that goes on.
void OneSlotLife::judge_boot(Status status) {
  needs_service_ = is_done_ = false;
  const bool may_be_gone = fate_.may_lose_model() || fate_.was_served;
  const Reaction reaction = fault_ ? fault_->reaction : Reaction::as_reported;
  if (is_struck() && reaction == Reaction::restarts) throw FlashFault{status};
  // What could not be written down is right all the same.
  const bool is_unwritten = is_of_flash(status) && is_struck() && device_->is_ready();
  if (is_error(status) && is_struck() && !(is_unwritten && reaction == Reaction::calls_again))
    throw FlashFault{status};
  judge_counter(!is_unwritten);
  if (device_->is_pending_without_model()) {
    require(is_unwritten || status == Status::updating, std::string("updating: ") + to_string(status));
    require(fate_.was_applied, "a model is being overwritten that nobody began to overwrite");
    require(!device_->active().present, "half a model is handed out");
    require(device_->is_being_overwritten() || may_expire(), "a model is taken back too early");
    if (device_->is_being_overwritten() && story_.trial != OneSlotTrial::expires && !may_expire())
      fate_.trial_boots = 0;
    // What rotted did so before this life: the journal said so then, whether the call had ended that wrote it or not.
    fate_.rotten_while_overwritten = fate_.rotten_while_overwritten || (is_first_boot_ && fate_.is_damaged());
    return;
  }
  if (!device_->active().present) {
    require(may_be_gone, std::string("the model is gone: ") + to_string(status));
    needs_service_ = true;
    return;
  }
  if (!is_unwritten) must_be(status, Status::ok, "boot");
  const bool has_target = holds(story_.target);
  if (!has_target && !holds(story_.base)) {
    require(may_be_gone, "the active model is neither the base nor the target");
    require(device_->verify_active() != Status::ok, "a wrong model is said to be whole");
    needs_service_ = true;
    return;
  }
  must_be(ask([&] { return device_->verify_active(); }), Status::ok, "verify_active");
  judge_end(has_target, may_be_gone);
}

void OneSlotLife::judge_counter(bool lasts) {
  const std::uint32_t counter = device_->security_counter();
  require(counter >= fate_.counter, "the security counter went back");
  require(counter == 0 || counter == kCounter, "the security counter went ahead");
  if (lasts) fate_.counter = counter;
}

/// Restarts were enough to use up its boots.
bool OneSlotLife::may_expire() const {
  return story_.trial == OneSlotTrial::expires ||
         (story_.trial == OneSlotTrial::confirmed && fate_.trial_boots > kOneSlotTrialBoots);
}

/// A whole model is active. Whether the story ends with it.
void OneSlotLife::judge_end(bool has_target, bool may_be_gone) {
  const ModelState state = device_->active().state;
  if (state == ModelState::reverted) {
    require(!has_target && fate_.was_overwritten && may_expire(), "a model was taken back that had to stay");
    is_done_ = true;
    return;
  }
  require(has_target || !fate_.was_overwritten || may_be_gone,
          "the update is forgotten behind its point of no return");
  if (!has_target) fate_.trial_boots = 0;
  require(state != ModelState::trial || story_.trial != OneSlotTrial::none, "a trial that nobody asked for");
  is_done_ = has_target && (state != ModelState::trial || fate_.was_kept);
  require(!is_done_ || story_.trial == OneSlotTrial::none || fate_.was_confirmed || fate_.was_kept ||
              fate_.was_served,
          "a model on trial was confirmed by nobody");
}

/// Has the patch in the staging area: without the sender, where it is known to be there.
Status OneSlotLife::collect() {
  if (device_->needs_staged_patch()) {
    const Status status = ask([&] { return device_->reopen(); });
    if (status == Status::ok) return status;
    if (is_struck()) throw FlashFault{status};
    require(fate_.unsteady || fate_.rotten[unsigned(Place::staging)],
            std::string("the staged patch is gone: ") + to_string(status));
  }
  return ask([&] { return device_->receive(); });
}

/// As an application reads it: a read of its own may fail, too.
bool OneSlotLife::holds(const Bytes& model) {
  const bool is_same = device_->active_bytes() == model;
  if (!is_same && is_struck()) throw FlashFault{Status::read_failed};
  return is_same;
}

/// From now on this is what is sent.
void OneSlotLife::send(const Bytes& patch, std::uint32_t identity) {
  device_->patch().bytes = patch;
  device_->patch().plan.patch_length = static_cast<std::uint32_t>(patch.size());
  device_->patch().plan.identity = identity;
}

Status OneSlotLife::apply() {
  const Status status = ask([&] { return device_->apply(); });
  const bool is_kept = status == Status::journal_worn && device_->active().state == ModelState::trial;
  fate_.was_kept = fate_.was_kept || is_kept;
  return status;
}

void OneSlotLife::update() {
  send(story_.patch, fate_.was_attacked ? kAnew : kHonest);
  must_be(collect(), Status::ok, "staging");
  fate_.was_applied = true;
  Status status = apply();
  for (unsigned tries = 0; is_error(status) && tries < kMostTries; ++tries) {
    if (is_struck()) throw FlashFault{status};
    if (status == Status::not_found) {
      require(fate_.unsteady || fate_.rotten[unsigned(Place::staging)], "a staged fragment is gone");
      must_be(device_->receive(), Status::ok, "what was missing");
    } else if (status == Status::manifest_corrupt && fate_.was_attacked) {
      must_be(device_->receive(), Status::ok, "the right patch again");
    } else if (status == Status::too_many_attempts && fate_.was_attacked) {
      must_be(ask([&] { return device_->allow_again(); }), Status::ok, "allow_again");
    } else {
      require(fate_.is_damaged(), std::string("an honest patch is refused: ") + to_string(status));
      if (!device_->is_being_overwritten()) return;
    }
    status = apply();
  }
  if (is_error(status)) return serve();
  const bool is_back = device_->active().state == ModelState::reverted;
  require(holds(is_back ? story_.base : story_.target), "apply says ok, and it is not the target");
  if (!is_back) fate_.trial_boots = 0;
  fate_.counter = kCounter;
}

/// What the application does with a model on trial.
void OneSlotLife::try_out() {
  if (story_.trial != OneSlotTrial::confirmed) return;
  fate_.was_confirmed = true;
  must_be(ask([&] { return device_->confirm(); }), Status::ok, "confirm");
}

/// A stranger's patch: refused, and nothing of the model is touched.
void OneSlotLife::suffer_attack() {
  const bool is_too_late = device_->is_being_overwritten();
  fate_.was_attacked = true;
  send(story_.attack, kAttack);
  must_be(device_->receive(), Status::ok, "staging of what will be refused");
  Status status = apply();
  if (status == Status::not_found && fate_.unsteady) {
    must_be(device_->receive(), Status::ok, "what was missing");
    status = apply();
  }
  // All blocks were home: the patch was not needed any more.
  if (is_too_late && status == Status::ok)
    return require(holds(story_.target), "apply says ok, and it is not the target");
  require(is_error(status), std::string("an attacker's patch is taken: ") + to_string(status));
  if (is_too_late)
    must_be(status, Status::manifest_corrupt, "another patch behind the point of no return");
  else
    require(!device_->is_being_overwritten() && holds(story_.base), "an attacker's patch costs the model");
}

/// The model is gone: a full one takes its place.
void OneSlotLife::serve() {
  require(fate_.may_lose_model() || fate_.was_served, "a full model is needed after what a device must bear");
  fate_.was_served = true;
  must_be(stream(story_.full), Status::ok, "a full model");
}

Status OneSlotLife::stream(const Bytes& patch) {
  Status status = ask([&] { return device_->begin(); });
  std::size_t offset = 0;
  while (offset < patch.size() && !is_error(status) && status != Status::ready_to_finish) {
    status = ask([&] {
      const FeedResult fed = device_->feed(test::view(patch).slice(offset, kPacket));
      offset += fed.consumed;
      return fed.status;
    });
  }
  if (!is_error(status)) status = ask([&] { return device_->poll(); });
  return is_error(status) ? status : ask([&] { return device_->finish(); });
}

}  // namespace tmd::faults
