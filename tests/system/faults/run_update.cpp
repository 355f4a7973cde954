// SPDX-License-Identifier: Apache-2.0
// The honest way: a patch is sent, resumed, finished, confirmed, taken back.
#include "system/faults/run.hpp"
#include "tmd/updater.hpp"

namespace tmd::faults {

void Run::update() {
  // Back at an old model after a newer one had come: only what is as new as that one is taken.
  const PatchFile& next = work_.patches[oracle_.generation];
  if (next.security_counter != 0 && next.security_counter < device_->security_counter())
    return update_to(work_.full_patch, static_cast<unsigned>(work_.models.size()) - 1);
  expects_refusal_ = true;
  const unsigned generation = oracle_.generation;
  if (!oracle_.preluded) prelude();
  const bool is_done =
      oracle_.generation != generation || (oracle_.tainted && chance_.below(2) == 0 && go_on_with_tainted());
  expects_refusal_ = false;
  if (is_done) return;
  update_to(work_.patches[oracle_.generation], oracle_.generation + 1);
}

void Run::update_to(const PatchFile& patch, unsigned generation) {
  if (scenario() == Scenario::staged) return update_staged(patch, generation);
  std::uint32_t offset = start_patch(patch, generation);
  if (scenario() == Scenario::bad_link) offset = feed_over_bad_link(offset, patch);
  feed_from(offset, patch, patch.size());
  finish(patch, generation);
}

void Run::begin(const PatchFile& patch) {
  const bool is_same = oracle_.patch == patch.identity;
  const std::uint32_t offered = is_same ? std::max(oracle_.offered, oracle_.offered_before) : 0;
  oracle_.forget_patch();
  oracle_.offered_before = offered;
  oracle_.patch = patch.identity;
  resumed_from_ = 0;
  protect_active();
  must_succeed(patiently([&] { return device_->begin(); }), "begin");
}

void Run::protect_active() {
  flash_.protect({});
  const ActiveModel active = device_->active();
  if (active.present) flash_.protect({slot(active.slot)});
}

/// Goes on with this patch where the device is in it; else from the start. The first offset.
std::uint32_t Run::start_patch(const PatchFile& patch, unsigned generation) {
  if (oracle_.tainted || oracle_.patch != patch.identity) {
    begin(patch);
    return 0;
  }
  const Status resumed = patiently([&] { return device_->resume(patch.identity); });
  if (resumed == Status::ok) {
    const std::uint32_t offset = device_->resume_offset();
    judge_resume(offset);
    catch_up(offset);
    return offset;
  }
  require(resumed == Status::not_found, std::string("resume: ") + to_string(resumed));
  const bool was_begun = oracle_.taken > patch.manifest_size;
  // Power went while the update was being given up for what it read back: that may be durable, and counted.
  const bool is_given_up = was_begun && is_target_rotten(generation);
  if (is_given_up) ++oracle_.refused;
  if (remembers_all()) require(!was_begun || is_given_up, "an interrupted update is forgotten");
  if (oracle_.taken > 0) ++figures_.restarts_from_zero;
  begin(patch);
  return 0;
}

/// Whether the place that has rotted lies where this model is being written, and is still not what the model has there.
bool Run::is_target_rotten(unsigned generation) {
  const bool has_active = device_->active().present;
  // A damaged model that is not handed out: it is what has rotted.
  if (!has_active && oracle_.has_model) return false;
  const SlotId inactive = has_active ? other(active_slot()) : SlotId::a;
  const std::uint32_t at = oracle_.rotten - slot(inactive).address;
  const Bytes& target = work_.models[generation];
  if (!is_damaged(inactive) || at >= target.size()) return false;
  std::uint8_t byte = 0;
  return flash_.read(oracle_.rotten, MutableBytes(&byte, 1)) != Status::ok || byte != target[at];
}

void Run::judge_resume(std::uint32_t offset) {
  require(offset <= std::max(oracle_.offered, oracle_.offered_before),
          "resume claims patch bytes that were never sent");
  const std::uint32_t again = oracle_.taken > offset ? oracle_.taken - offset : 0;
  if (remembers_all()) {
    require(again <= kCheckpointInterval,
            "more than a checkpoint interval is asked for again: " + std::to_string(again));
    require(offset >= oracle_.claimed, "resume goes back behind where an earlier boot went on");
  }
  ++figures_.resumes;
  figures_.resent_bytes += again;
  figures_.most_resent = std::max(figures_.most_resent, again);
}

/// A resumed update replays what the journal has: blocks that are finished are not erased again, and it takes
/// a bounded number of operations.
void Run::catch_up(std::uint32_t offset) {
  resumed_from_ = offset;
  if (!remembers_all() || needs_service_) return;
  const SlotId active = active_slot();
  flash_.protect({slot(active), {slot(other(active)).address, oracle_.finished}});
  if (chance_.below(2) == 0) return;  // the first bytes do it as well
  const std::uint32_t operations = flash_.operations();
  const Status status = patiently([&] { return feed(offset, ConstBytes()).status; });
  require(!is_error(status) || status == Status::offset_gap, std::string("replay: ") + to_string(status));
  std::uint32_t largest = 0;
  for (const test::Sectors& kind : work_.setup.part.sectors) largest = std::max(largest, kind.size);
  const std::uint32_t pages = 2 * (largest / kPageSize + 1);
  require(flash_.operations() - operations <= pages + most_boot_operations(), "a replay that takes too long");
}

/// The radio's memory is used for the next packet as soon as the call returns.
FeedResult Run::feed(std::uint32_t offset, ConstBytes bytes) {
  piece_.assign(bytes.begin(), bytes.end());
  written_before_ = device_->written();
  const FeedResult fed = device_->feed_at(offset, view(piece_));
  std::fill(piece_.begin(), piece_.end(), std::uint8_t{0xEE});
  between_calls(fed.status);
  // What was logged can't be read any more.
  resumed_from_ = std::min(resumed_from_, device_->resume_offset());
  return fed;
}

/// What the journal knows by now: a later boot must not go back behind it.
void Run::note_progress(std::uint32_t offset, const PatchFile& patch) {
  // Where the journal was written, what was open is decided.
  if (offset > patch.manifest_size) {
    oracle_.settle();
    oracle_.tainted = false;
    oracle_.offered_before = 0;
  }
  if (offset <= std::max(resumed_from_, patch.manifest_size)) return;
  oracle_.claimed = std::max(oracle_.claimed, resumed_from_);
  // The journal knows of the blocks that end with a page, once bytes were taken that belong behind it.
  if (needs_service_) return;
  const Region inactive = slot(other(active_slot()));
  std::uint32_t end = written_before_ / kPageSize * kPageSize;
  while (erase_block_at(flash_, inactive.address + end).address != inactive.address + end) end -= kPageSize;
  oracle_.finished = std::max(oracle_.finished, end);
}

/// Feeds patch bytes in pieces of random sizes until `end`, as a sender does that heeds `resume_offset`.
void Run::feed_from(std::uint32_t offset, const PatchFile& patch, std::uint32_t end) {
  const std::uint32_t limit = 1 + chance_.below(chance_.below(2) == 0 ? 12 : 300);
  for (std::uint32_t patience = 0;; ++patience) {
    require(patience < kLongestPatience, "an update that does not end");
    const ConstBytes piece = view(patch.bytes).first(end).slice(offset, 1 + chance_.below(limit));
    oracle_.offered = std::max(oracle_.offered, offset + static_cast<std::uint32_t>(piece.size()));
    const FeedResult fed = feed(offset, piece);
    if (fed.status == Status::offset_gap) {
      offset = device_->resume_offset();
      continue;
    }
    if (fed.status == Status::too_many_attempts) {
      require(oracle_.refused >= kMostAttempts, "a patch is locked out that was not refused often");
      must_succeed(patiently([&] { return device_->allow_again(); }), "allow_again");
      oracle_.refused = 0;
      begin(patch);
      offset = 0;
      continue;
    }
    offset += static_cast<std::uint32_t>(fed.consumed);
    oracle_.taken = std::max(oracle_.taken, offset);
    if (fed.consumed > 0) note_progress(offset, patch);
    if (heed(fed.status) == Status::would_block) continue;
    require(!is_error(fed.status), std::string("feed: ") + to_string(fed.status));
    if (fed.status == Status::ready_to_finish) return;
    if (offset == end && end < patch.size()) return;
    require(offset < end, "more bytes are wanted than the patch has");
  }
}

/// From here on the new model may be the active one.
void Run::expect_switch(const PatchFile& patch, unsigned generation) {
  // The very first one has nothing to fall back to.
  oracle_.expect(static_cast<int>(generation), !oracle_.has_model,
                 std::max(oracle_.counter, patch.security_counter));
  oracle_.boots = oracle_.trial_runs = oracle_.unwritten_boots = 0;
}

void Run::note_switch(unsigned generation) {
  oracle_.confirmed = !oracle_.has_model;
  oracle_.before = static_cast<int>(oracle_.generation);
  oracle_.generation = generation;
  oracle_.has_model = true;
  oracle_.tainted = false;
  oracle_.refused = 0;
  oracle_.counter = oracle_.counter_open;
  oracle_.forget_patch();
  oracle_.settle();
}

void Run::finish(const PatchFile& patch, unsigned generation) {
  expect_switch(patch, generation);
  must_succeed(patiently([&] { return device_->finish(); }), "finish");
  note_switch(generation);
}

void Run::confirm() {
  oracle_.confirm_open = true;
  must_succeed(patiently([&] { return device_->confirm(); }), "confirm");
  oracle_.confirmed = true;
  oracle_.settle();
}

/// Back to the model before. Where that one is damaged the device says so, and nothing has changed.
void Run::revert() {
  const bool before_on_trial = !oracle_.confirmed;
  oracle_.expect(oracle_.before, true, oracle_.counter);
  Status status = Status::would_block;
  try {
    status = patiently([&] { return device_->revert(); });
  } catch (const FlashFault& fault) {
    const bool unreadable = fault.status == Status::target_mismatch || fault.status == Status::read_failed;
    if (!any_damage() || !unreadable) throw;
    status = fault.status;
  }
  oracle_.preluded = true;
  if (status != Status::ok && any_damage()) {
    oracle_.other = Oracle::kNone;
    if (before_on_trial) confirm();
    return;
  }
  must_succeed(status, "revert");
  oracle_.generation = static_cast<unsigned>(oracle_.before);
  oracle_.confirmed = true;
  oracle_.forget_patch();
  oracle_.settle();
}

/// There is no whole model: back to service, by the previous model or by a full one.
void Run::serve() {
  if (oracle_.has_model && !oracle_.confirmed && device_->active().present) return revert();
  const unsigned last = static_cast<unsigned>(work_.models.size()) - 1;
  update_to(work_.full_patch, last);
  oracle_.serviced = true;
  ++figures_.full_models;
}

void Run::reset() {
  Bytes bytes(work_.models[0].size());
  const Status read =
      heed_read(flash_.read(work_.layout.slot_a.address, MutableBytes(bytes.data(), bytes.size())));
  const bool has_factory_model = read == Status::ok && bytes == work_.models[0];
  oracle_.expect(has_factory_model ? 0 : Oracle::kNoModel, true, oracle_.counter);
  must_succeed(patiently([&] { return device_->reset(); }), "reset");
  require(!device_->active().present, "a model is handed out after a reset");
  oracle_.preluded = true;
  oracle_.booted = false;  // the journal knows the counter, and no model yet
  oracle_.generation = 0;
  oracle_.has_model = has_factory_model;
  oracle_.confirmed = true;
  oracle_.forget_patch();
  oracle_.settle();
}

}  // namespace tmd::faults
