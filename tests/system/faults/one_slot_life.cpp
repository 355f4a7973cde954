// SPDX-License-Identifier: Apache-2.0
#include "system/faults/one_slot_life.hpp"

#include <algorithm>

#include "support/make_patch.hpp"
#include "system/faults/failure.hpp"
#include "system/faults/oracle.hpp"

namespace tmd::faults {

using test::FlashOperation;
using test::OneSlot;
using test::SimulatedFlash;
using test::view;

namespace {

constexpr unsigned kMostSessions = 12;
constexpr unsigned kMostTries = 30;
constexpr std::uint32_t kPacket = 50;
// What the sender calls its patch, before an attack and after it; and the attacker his.
constexpr std::uint32_t kHonest = 7;
constexpr std::uint32_t kAttack = 8;
constexpr std::uint32_t kAnew = 9;

Status stream(OneSlot::TestUpdater& updater, const Bytes& patch) {
  Status status = test::patiently([&] { return updater.begin(); });
  std::size_t offset = 0;
  while (offset < patch.size() && !is_error(status) && status != Status::ready_to_finish) {
    const FeedResult fed = updater.feed(view(patch).slice(offset, kPacket));
    offset += fed.consumed;
    status = fed.status;
  }
  if (!is_error(status)) status = test::patiently([&] { return updater.poll(); });
  return is_error(status) ? status : test::patiently([&] { return updater.finish(); });
}

}  // namespace

OneSlotStory OneSlotStory::of(const test::FlashPart& part) {
  OneSlotStory story;
  story.part = part;
  const std::uint32_t block = part.smallest_erase_size();
  const std::size_t length = block * 9 - 30;
  story.base = test::random_bytes(length, 1);
  story.target = story.base;
  const Bytes other = test::random_bytes(length / 6, 2);
  std::copy(other.begin(), other.end(), story.target.begin() + static_cast<std::ptrdiff_t>(length / 4));
  story.target.insert(story.target.begin() + static_cast<std::ptrdiff_t>(length / 2), other.begin(),
                      other.begin() + 20);
  story.patch = test::make_in_place(story.base, story.target, {block, 3, 2});
  story.full = test::make_in_place({}, story.target, {});
  return story;
}

Place OneSlotLife::place_of(std::uint32_t address) const {
  const Layout& layout = device_.layout();
  if (address < layout.slot_a.end()) return Place::slot;
  if (address < layout.slot_b.end()) return Place::ring;
  return address < layout.journal.end() ? Place::journal : Place::staging;
}

/// Until there is no way back, and where no full model is on its way, the only model is not touched.
void OneSlotLife::guard_slot(const FlashOperation& operation) {
  if (place_of(operation.address) != Place::slot) return;
  require(fate_.was_served || is_overwritten(), "the only model is written while it is the one to run");
}

void OneSlotLife::go(const Branch& branch, const OneSlot::Flash* flash) {
  if (flash != nullptr) device_.put_flash(*flash);
  SimulatedFlash::Watcher watcher = [&](const SimulatedFlash& now, const FlashOperation& operation) {
    guard_slot(operation);
    if (branch) branch(*this, now, operation);
  };
  device_.flash().watch(&watcher);
  for (unsigned sessions = 0; !is_done_; ++sessions) {
    require(sessions < kMostSessions, "an update that does not end");
    try {
      restart();
      if (!is_done_) next_session();
    } catch (const FlashFault&) {
      device_.flash().faults().repair();
    }
    if (!is_done_) device_.flash().reboot();
  }
  device_.flash().watch(nullptr);
  require(device_.flash().violation().empty(), device_.flash().violation());
}

void OneSlotLife::next_session() {
  if (needs_service_) return serve();
  if (!story_.attack.empty() && !fate_.was_attacked) return suffer_attack();
  update();
}

/// Flash that is at fault ends a session: what it does to an answer is its own doing.
void OneSlotLife::must_be(Status status, Status expected, const char* what) {
  if (status != expected && device_.flash().faults().struck()) throw FlashFault{status};
  require(status == expected, std::string(what) + ": " + to_string(status));
}

void OneSlotLife::restart() {
  has_booted_ = false;
  const Status status = device_.boot();
  has_booted_ = true;
  judge_boot(status);
  is_first_boot_ = false;
}

/// What is found after a restart is the base, the target, or an update that goes on.
void OneSlotLife::judge_boot(Status status) {
  needs_service_ = is_done_ = false;
  const bool may_be_gone = fate_.may_lose_model() || fate_.was_served;
  if (is_error(status) && device_.flash().faults().struck()) throw FlashFault{status};
  if (status == Status::updating) {
    require(fate_.was_applied, "a model is being overwritten that nobody began to overwrite");
    require(!device_.store().active().present, "half a model is handed out");
    // What rotted did so before this life: the journal said so then, whether the call had ended that wrote it or not.
    fate_.rotten_while_overwritten = fate_.rotten_while_overwritten || (is_first_boot_ && fate_.is_damaged());
    return;
  }
  if (!device_.store().active().present) {
    require(may_be_gone, std::string("the model is gone: ") + to_string(status));
    needs_service_ = true;
    return;
  }
  must_be(status, Status::ok, "boot");
  const bool has_target = holds(story_.target);
  if (!has_target && !holds(story_.base)) {
    require(may_be_gone, "the active model is neither the base nor the target");
    require(device_.store().verify_active() != Status::ok, "a wrong model is said to be whole");
    needs_service_ = true;
    return;
  }
  must_be(device_.store().verify_active(), Status::ok, "verify_active");
  require(has_target || !fate_.was_overwritten || may_be_gone,
          "the update is forgotten behind its point of no return");
  is_done_ = has_target;
}

/// Has the patch in the staging area: without the sender, where it is known to be there.
Status OneSlotLife::collect() {
  if (device_.store().is_being_overwritten()) {
    const Status status = test::patiently([&] { return device_.staging().reopen(); });
    if (status == Status::ok) return status;
    require(fate_.unsteady || fate_.rotten[unsigned(Place::staging)],
            std::string("the staged patch is gone: ") + to_string(status));
  }
  return device_.receive();
}

/// As an application reads it: a read of its own may fail, too.
bool OneSlotLife::holds(const Bytes& model) {
  const bool is_same = device_.active_bytes() == model;
  if (!is_same && device_.flash().faults().struck()) throw FlashFault{Status::read_failed};
  return is_same;
}

/// From now on this is what is sent.
void OneSlotLife::send(const Bytes& patch, std::uint32_t identity) {
  device_.patch().bytes = patch;
  device_.patch().plan.patch_length = static_cast<std::uint32_t>(patch.size());
  device_.patch().plan.identity = identity;
}

void OneSlotLife::update() {
  send(story_.patch, fate_.was_attacked ? kAnew : kHonest);
  must_be(collect(), Status::ok, "staging");
  fate_.was_applied = true;
  Status status = device_.apply();
  for (unsigned tries = 0; is_error(status) && tries < kMostTries; ++tries) {
    if (device_.flash().faults().struck()) throw FlashFault{status};
    if (status == Status::not_found) {
      require(fate_.unsteady || fate_.rotten[unsigned(Place::staging)], "a staged fragment is gone");
      must_be(device_.receive(), Status::ok, "what was missing");
    } else if (status == Status::manifest_corrupt && fate_.was_attacked) {
      must_be(device_.receive(), Status::ok, "the right patch again");
    } else if (status == Status::too_many_attempts && fate_.was_attacked) {
      must_be(test::patiently([&] { return device_.store().allow_again(); }), Status::ok, "allow_again");
    } else {
      require(fate_.is_damaged(), std::string("an honest patch is refused: ") + to_string(status));
      if (!device_.store().is_being_overwritten()) return;
    }
    status = device_.apply();
  }
  if (is_error(status)) return serve();
  require(holds(story_.target), "apply says ok, and it is not the target");
}

/// A stranger's patch: refused, and nothing of the model is touched.
void OneSlotLife::suffer_attack() {
  const bool is_too_late = device_.store().is_being_overwritten();
  fate_.was_attacked = true;
  send(story_.attack, kAttack);
  must_be(device_.receive(), Status::ok, "staging of what will be refused");
  Status status = device_.apply();
  if (status == Status::not_found && fate_.unsteady) {
    must_be(device_.receive(), Status::ok, "what was missing");
    status = device_.apply();
  }
  // All blocks were home: the patch was not needed any more.
  if (is_too_late && status == Status::ok)
    return require(holds(story_.target), "apply says ok, and it is not the target");
  require(is_error(status), std::string("an attacker's patch is taken: ") + to_string(status));
  if (is_too_late)
    must_be(status, Status::manifest_corrupt, "another patch behind the point of no return");
  else
    require(!device_.store().is_being_overwritten() && holds(story_.base),
            "an attacker's patch costs the model");
}

/// The model is gone: a full one takes its place.
void OneSlotLife::serve() {
  require(fate_.may_lose_model() || fate_.was_served, "a full model is needed after what a device must bear");
  fate_.was_served = true;
  must_be(stream(device_.updater(), story_.full), Status::ok, "a full model");
}

}  // namespace tmd::faults
