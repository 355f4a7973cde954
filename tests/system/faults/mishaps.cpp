// SPDX-License-Identifier: Apache-2.0
// What applications, senders and attackers do before, or instead of, what is right.
#include "system/faults/run.hpp"

namespace tmd::faults {

/// Once in a run, before its first right patch or its last one.
void Run::prelude() {
  const bool last = oracle_.generation + 2 == work_.models.size();
  switch (scenario()) {
    case Scenario::replace:
    case Scenario::shrink:
      return feed_foreign_part();
    case Scenario::abandon:
      if (last) give_up_half_way();
      return;
    case Scenario::corrupt:
      return feed_corrupt();
    case Scenario::mixed_up:
      return mix_up();
    case Scenario::hostile:
      return feed_hostile();
    case Scenario::two_updaters:
      return use_two_updaters();
    default:
      return;
  }
}

/// Much of a patch that is not wanted any more. Where it was nearly all, the application gives it up.
void Run::feed_foreign_part() {
  const PatchFile& patch = work_.foreign_patch;
  const bool nearly_all = scenario() == Scenario::shrink;
  begin(patch);
  feed_from(0, patch, nearly_all ? patch.size() - 5 : patch.size() * 2 / 3);
  if (nearly_all) must_succeed(patiently([&] { return device_->abort(); }), "abort");
  oracle_.forget_patch();
  oracle_.preluded = true;
}

/// `abort` comes when it likes: while the flash is at work, too.
void Run::give_up_half_way() {
  const PatchFile& patch = work_.patches[oracle_.generation];
  const std::uint32_t end = patch.size() / 4 + chance_.below(patch.size() / 2);
  std::uint32_t offset = start_patch(patch, oracle_.generation + 1);
  if (offset < end) feed_from(offset, patch, end);
  for (unsigned i = 0; i < 20; ++i) {
    offset = device_->resume_offset();
    oracle_.offered = std::max(oracle_.offered, std::min(offset + 50, patch.size()));
    const FeedResult fed = feed(offset, view(patch.bytes).slice(offset, 50));
    oracle_.taken = std::max(oracle_.taken, offset + static_cast<std::uint32_t>(fed.consumed));
    if (heed(fed.status) == Status::would_block || fed.status == Status::ready_to_finish) break;
  }
  oracle_.taken = oracle_.claimed = oracle_.finished = 0;
  protect_active();
  must_succeed(patiently([&] { return device_->abort(); }), "abort");
  require(patiently([&] { return device_->revert(); }) == Status::nothing_to_revert,
          "one may go back to a model that is half overwritten");
  const FeedResult fed = feed(device_->resume_offset(), view(patch.bytes));
  require(fed.status == Status::wrong_state, "an update goes on after abort");
  oracle_.preluded = true;
}

/// A body is wrong: the update must end in an error, at the latest in `finish`.
void Run::feed_to_refusal(const Bytes& patch, const char* what) {
  oracle_.tainted = true;
  ++oracle_.refused;
  begin(work_.patches[oracle_.generation]);
  std::uint32_t offset = 0;
  Status status = Status::need_more;
  for (std::uint32_t patience = 0; !is_error(status) && status != Status::ready_to_finish; ++patience) {
    require(patience < kLongestPatience, "a wrong update that does not end");
    require(offset < patch.size() || status == Status::would_block,
            "a wrong body wants more bytes than it has");
    const FeedResult fed = feed(offset, view(patch).slice(offset, 1 + chance_.below(200)));
    offset += static_cast<std::uint32_t>(fed.consumed);
    status = heed(fed.status);
  }
  if (status == Status::ready_to_finish) status = patiently([&] { return device_->finish(); });
  require(is_error(status), what);
}

void Run::feed_corrupt() {
  Bytes patch = work_.patches[oracle_.generation].bytes;
  patch[patch.size() - 3] ^= 0x40;
  feed_to_refusal(patch, "a corrupt patch was accepted");
  oracle_.preluded = true;
}

/// An honest manifest with an attacker's body, to its end or until somebody restarts the device.
void Run::feed_hostile() {
  const PatchFile& patch = work_.hostile[chance_.below(static_cast<std::uint32_t>(work_.hostile.size()))];
  if (chance_.below(3) == 0) {
    feed_to_refusal(patch.bytes, "an attacker's body was accepted");
  } else {
    oracle_.tainted = true;
    ++oracle_.refused;
    begin(patch);
    const std::uint32_t end = patch.manifest_size + chance_.below(patch.size() - patch.manifest_size);
    std::uint32_t offset = 0;
    for (Status status = Status::need_more; offset < end && !is_error(status);) {
      const FeedResult fed = feed(offset, view(patch.bytes).first(end).slice(offset, 1 + chance_.below(200)));
      offset += static_cast<std::uint32_t>(fed.consumed);
      status = heed(fed.status);
    }
    flash_.reboot();
    restart();
  }
  oracle_.preluded = true;
}

/// Two tasks each have an updater on the one store. One update is open at a time; whose update was taken over can
/// do nothing any more.
void Run::use_two_updaters() {
  const PatchFile& patch = work_.patches[oracle_.generation];
  const PatchFile& first = chance_.below(2) == 0 ? work_.foreign_patch : patch;
  const auto must_be_locked_out = [&](const char* what) {
    const std::uint32_t operations = flash_.operations();
    const std::uint32_t offset = device_->resume_offset();
    require(feed(offset, view(patch.bytes).from(offset)).status == Status::wrong_state, what);
    require(device_->finish() == Status::wrong_state, what);
    require(flash_.operations() == operations, what);
  };
  oracle_.tainted = true;
  begin(first);
  device_->change_updaters();
  must_succeed(patiently([&] { return device_->begin(); }), "begin of the second updater");
  device_->change_updaters();
  feed_from(0, first, first.size() / 2 + chance_.below(first.size() / 3));
  device_->change_updaters();
  must_be_locked_out("an updater writes while another one has its update open");
  must_succeed(patiently([&] { return device_->begin(); }), "begin of the second updater");
  must_be_locked_out("an updater writes while another one has its update open");
  oracle_.tainted = true;
  if (chance_.below(2) == 0) {
    must_succeed(patiently([&] { return device_->abort(); }), "abort by the second updater");
    begin(patch);
    feed_from(0, patch, patch.size() / 2);
  } else {
    const Status status = patiently([&] { return device_->resume(first.identity); });
    require(status == Status::ok || status == Status::not_found, std::string("resume: ") + to_string(status));
    if (status == Status::ok) feed_from(device_->resume_offset(), first, first.size() - 5);
  }
  device_->change_updaters();
  must_be_locked_out("an updater writes whose update was taken over");
  if (chance_.below(2) == 0)
    must_succeed(patiently([&] { return device_->abort(); }), "abort by the first updater");
  else
    device_->change_updaters();
  oracle_.forget_patch();
  oracle_.tainted = oracle_.preluded = true;
}

/// An update was cut that may have taken wrong bytes. Where it is this patch's and goes on, it ends in an error
/// or, if what was wrong did not last, in the right model. True if so.
bool Run::go_on_with_tainted() {
  const PatchFile& patch = work_.patches[oracle_.generation];
  Status status = patiently([&] { return device_->resume(patch.identity); });
  if (status == Status::not_found) return false;
  must_succeed(status, "resume");
  std::uint32_t offset = device_->resume_offset();
  for (std::uint32_t patience = 0; is_open(status) || status == Status::ok; ++patience) {
    require(patience < kLongestPatience, "a wrong update that does not end");
    const FeedResult fed = feed(offset, view(patch.bytes).slice(offset, 1 + chance_.below(100)));
    offset += static_cast<std::uint32_t>(fed.consumed);
    status = heed(fed.status);
    if (status == Status::offset_gap) offset = device_->resume_offset();
    if (status == Status::ready_to_finish || (status == Status::need_more && offset >= patch.size())) break;
  }
  if (!is_error(status)) status = finish_tainted();
  if (is_error(status)) ++oracle_.refused;
  return !is_error(status);
}

/// Ends an update that may have taken wrong bytes. What became a model is the right one: the next boot sees to that.
Status Run::finish_tainted() {
  const unsigned generation = oracle_.generation + 1;
  expect_switch(work_.patches[oracle_.generation], generation);
  const Status status = patiently([&] { return device_->finish(); });
  if (is_error(status)) {
    oracle_.other = Oracle::kNone;
    oracle_.counter_open = oracle_.counter;
  } else {
    note_switch(generation);
  }
  return status;
}

/// Ends an update that took these bytes: unless they are a whole patch, or differ from the right one where it says
/// nothing (fields of format 1 that do not count), it must not become a model.
void Run::must_not_commit(Status last, const Bytes& took, const char* what) {
  const Bytes& right = work_.patches[oracle_.generation].bytes;
  const bool whole = took == right || took == work_.foreign_patch.bytes;
  ++oracle_.refused;
  if (last == Status::wrong_state || (is_error(last) && !is_open(last) && !whole)) return;
  if (!whole) {
    last = finish_tainted();
    require(is_error(last) || work_.setup.format == 1, std::string(what) + " became a model");
    if (last != Status::body_truncated) return;
  }
  must_succeed(patiently([&] { return device_->abort(); }), "abort");
}

}  // namespace tmd::faults
