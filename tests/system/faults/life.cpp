// SPDX-License-Identifier: Apache-2.0
#include "faults/life.hpp"

#include <string>

namespace tmd::faults {

const char* name_of(Story story) {
  switch (story) {
    case Story::confirm:
      return "confirm";
    case Story::expire:
      return "expire";
    case Story::replace:
      return "replace";
    case Story::abandon:
      return "abandon";
    case Story::corrupt:
      return "corrupt";
    case Story::step_back:
      return "step_back";
    case Story::bad_link:
      return "bad_link";
    case Story::mixed_up:
      return "mixed_up";
  }
  return "";
}

void live_on(const Workload& work, Story story, test::SimulatedFlash& flash, Truth& truth, Figures& figures,
             std::uint64_t seed) {
  Life(work, story, flash, truth, figures, seed).live();
}

Status Life::heed(Status status) const {
  const bool of_flash = status >= Status::read_failed && status <= Status::verify_failed;
  if (of_flash && flash_.faults().struck()) throw FlashFault{status};
  return status;
}

void Life::must_succeed(Status status, const char* what) const {
  require(status == Status::ok, std::string(what) + ": " + to_string(status));
}

void Life::live() {
  restart();
  for (std::uint32_t sessions = 0;; ++sessions) {
    require(sessions < kMostSessions, "a life that does not end");
    if (story_ == Story::expire && truth_.expired > 0) break;
    if (!truth_.confirmed) {
      if (story_ != Story::expire) confirm();
    } else if (story_ == Story::step_back && !truth_.preluded && truth_.generation == 1) {
      revert();
    } else if (truth_.generation + 1 == work_.models.size()) {
      break;
    } else {
      update();
    }
    flash_.reboot();
    restart();
  }
  flash_.reboot();
  restart();
}

/// A boot: what is found must be one of what may be, and provably so.
void Life::restart() {
  const std::uint32_t operations = flash_.operations();
  flash_.protect({});
  updater_.reset();
  store_.emplace(flash_, work_.layout);
  ++truth_.boots;
  const Status status = patiently([&] { return store_->boot(work_.factory); });
  must_succeed(status, "boot");
  // A boot writes one record, and may open a bank for it.
  const std::uint32_t bound = work_.layout.journal.size / flash_.erase_size() + 16 * 3;
  require(flash_.operations() - operations <= bound, "a boot that takes too many flash operations");
  judge_active();
  judge_trial();
  flash_.protect({store_->slot(store_->active().slot)});
  Policies<FaultConfig> policies;
  policies.observer.written = &written_;
  updater_.emplace(*store_, policies);
}

Bytes Life::read_active() {
  const ActiveModel active = store_->active();
  require(active.present, "no active model");
  Bytes bytes(active.region.size);
  must_succeed(heed(flash_.read(active.region.address, MutableBytes(bytes.data(), bytes.size()))),
               "reading the active model");
  return bytes;
}

int Life::generation_of(const Bytes& bytes) const {
  for (unsigned i = 0; i < work_.models.size(); ++i) {
    if (bytes == work_.models[i]) return static_cast<int>(i);
  }
  throw Failure("the active model is none of them");
}

void Life::judge_active() {
  must_succeed(heed(store_->verify_active()), "the digest of the active model");
  const int found = generation_of(read_active());
  const int now = static_cast<int>(truth_.generation);
  if (found == now) return;
  truth_.forget_patch();
  truth_.generation = static_cast<unsigned>(found);
  if (found == truth_.other) {
    truth_.other = now;
    std::swap(truth_.confirmed, truth_.other_confirmed);
    return;
  }
  if (truth_.amnesia) {
    truth_.confirmed = store_->active().state != ModelState::trial;
    truth_.boots = truth_.trial_runs = 0;
    if (found < now) ++truth_.expired;  // or it does not know of the commit
    truth_.settle();
    return;
  }
  const bool may_expire = !truth_.confirmed && truth_.boots > FaultConfig::kTrialBoots && found + 1 == now;
  require(may_expire,
          "model " + std::to_string(found) + " is active where it should be " + std::to_string(now));
  ++truth_.expired;
  truth_.confirmed = true;
  truth_.settle();
}

void Life::judge_trial() {
  if (store_->active().state == ModelState::trial) {
    require(!truth_.confirmed || truth_.confirm_open || truth_.amnesia,
            "a confirmed model is on trial again");
    require(++truth_.trial_runs <= FaultConfig::kTrialBoots + (truth_.amnesia ? 1U : 0U),
            "a trial that does not end");
    truth_.confirmed = false;
    truth_.settle();  // the boot was counted by a record
  } else if (!truth_.confirmed) {
    require(truth_.confirm_open || truth_.amnesia, "a model on trial was confirmed by nobody");
    truth_.confirmed = true;
  }
}

void Life::update() {
  if (story_ == Story::replace && !truth_.preluded && truth_.generation == 0) feed_foreign_half();
  const bool last = truth_.generation + 2 == work_.models.size();
  if (story_ == Story::abandon && !truth_.preluded && last) give_up_half_way();
  if (story_ == Story::corrupt && !truth_.preluded) feed_corrupt();
  if (story_ == Story::mixed_up && !truth_.preluded) mix_up();
  if (truth_.tainted && chance_.below(2) == 0 && go_on_with_tainted()) return;
  const PatchFile& patch = work_.patches[truth_.generation];
  std::uint32_t offset = start_patch();
  if (story_ == Story::bad_link) offset = feed_over_bad_link(offset, patch);
  feed_from(offset, patch, patch.size());
  finish();
}

void Life::begin() {
  truth_.forget_patch();
  resumed_from_ = written_ = 0;
  flash_.protect({store_->slot(store_->active().slot)});
  must_succeed(heed(updater_->begin()), "begin");
}

/// Goes on with this generation's patch where the device is in it; else from the start. The first offset.
std::uint32_t Life::start_patch() {
  const PatchFile& patch = work_.patches[truth_.generation];
  if (truth_.tainted || truth_.amnesia) {
    begin();
    return 0;
  }
  const Status resumed = heed(updater_->resume(patch.identity()));
  if (resumed == Status::ok) {
    const std::uint32_t offset = updater_->resume_offset();
    require(offset <= truth_.offered, "resume claims patch bytes that were never sent");
    const std::uint32_t again = truth_.taken > offset ? truth_.taken - offset : 0;
    if (remembers_all()) {
      require(again <= FaultConfig::kCheckpointInterval,
              "more than a checkpoint interval is asked for again: " + std::to_string(again));
      require(offset >= truth_.claimed, "resume goes back behind where an earlier boot went on");
    }
    ++figures_.resumes;
    figures_.resent_bytes += again;
    figures_.most_resent = std::max(figures_.most_resent, again);
    catch_up(offset);
    return offset;
  }
  require(resumed == Status::not_found, std::string("resume: ") + to_string(resumed));
  if (remembers_all()) require(truth_.taken <= patch.manifest_size, "an interrupted update is forgotten");
  if (truth_.taken > 0) ++figures_.restarts_from_zero;
  begin();
  return 0;
}

/// A resumed update replays what the journal has: blocks that are finished are not erased again, and it takes
/// a bounded number of operations.
void Life::catch_up(std::uint32_t offset) {
  resumed_from_ = offset;
  written_ = 0;
  if (!remembers_all()) return;
  const Region active = store_->slot(store_->active().slot);
  const Region inactive = store_->slot(other(store_->active().slot));
  flash_.protect({active, {inactive.address, truth_.finished}});
  if (chance_.below(2) == 0) return;  // the first bytes do it as well
  const std::uint32_t operations = flash_.operations();
  FeedResult fed;
  do {
    fed = updater_->feed(ConstBytes());
  } while (fed.status == Status::would_block);
  require(!is_error(heed(fed.status)), std::string("replay: ") + to_string(fed.status));
  const std::uint32_t blocks = 2 * (flash_.erase_size() / FaultConfig::kPageSize + 1);
  const std::uint32_t journal = work_.layout.journal.size / flash_.erase_size();
  const std::uint32_t records = (Checkpoints<FaultConfig>::kStateSize + 4 * sizeof(Snapshot)) / 32 + 16;
  require(flash_.operations() - operations <= blocks + journal + records, "a replay that takes too long");
}

/// A journal that is too small for the update's log may have no room for going on with it either, and says so.
bool Life::forgot_for_want_of_room(Status status) const {
  return status == Status::journal_full && resumed_from_ > 0 && work_.journal != JournalSize::roomy;
}

/// What the journal knows by now: a later boot must not go back behind it.
void Life::note_progress() {
  truth_.claimed = std::max(truth_.claimed, resumed_from_);
  // A block is finished once something behind it was written.
  const std::uint32_t block = flash_.erase_size();
  if (written_ > 0) truth_.finished = std::max(truth_.finished, (written_ - 1) / block * block);
}

/// Feeds patch bytes in pieces of random sizes until `end`, as a sender does that heeds `resume_offset`.
void Life::feed_from(std::uint32_t offset, const PatchFile& patch, std::uint32_t end) {
  const std::uint32_t limit = 1 + chance_.below(chance_.below(2) == 0 ? 12 : 300);
  std::uint32_t patience = 0;
  while (true) {
    require(++patience < kLongestPatience, "an update that does not end");
    const ConstBytes piece = view(patch.bytes).first(end).slice(offset, 1 + chance_.below(limit));
    truth_.offered = std::max(truth_.offered, offset + static_cast<std::uint32_t>(piece.size()));
    const FeedResult fed = updater_->feed_at(offset, piece);
    if (fed.status == Status::offset_gap) {
      offset = updater_->resume_offset();
      continue;
    }
    if (forgot_for_want_of_room(fed.status)) {
      begin();
      offset = 0;
      continue;
    }
    offset += static_cast<std::uint32_t>(fed.consumed);
    truth_.taken = std::max(truth_.taken, offset);
    if (fed.consumed > 0 && offset > patch.manifest_size) {  // a record was written
      truth_.settle();
      truth_.tainted = false;
    }
    if (heed(fed.status) == Status::would_block) continue;
    require(!is_error(fed.status), std::string("feed: ") + to_string(fed.status));
    if (offset > std::max(resumed_from_, patch.manifest_size)) note_progress();
    if (fed.status == Status::complete) return;
    if (offset == end && end < patch.size()) return;
    require(offset < end, "more bytes are wanted than the patch has");
  }
}

void Life::feed_foreign_half() {
  begin();
  feed_from(0, work_.foreign_patch, work_.foreign_patch.size() * 2 / 3);
  truth_.forget_patch();
  truth_.preluded = true;
}

void Life::give_up_half_way() {
  const PatchFile& patch = work_.patches[truth_.generation];
  const std::uint32_t half = patch.size() / 2;
  const std::uint32_t offset = start_patch();
  if (offset < half) feed_from(offset, patch, half);
  truth_.taken = truth_.claimed = truth_.finished = 0;
  must_succeed(patiently([&] { return updater_->abort(); }), "abort");
  require(patiently([&] { return store_->revert(); }) == Status::nothing_to_revert,
          "one may go back to a model that is half overwritten");
  truth_.preluded = true;
}

/// A body byte is wrong: the update must end in an error, at the latest in `finish`.
void Life::feed_corrupt() {
  truth_.tainted = true;
  Bytes patch = work_.patches[truth_.generation].bytes;
  patch[patch.size() - 3] ^= 0x40;
  begin();
  std::uint32_t offset = 0;
  Status status = Status::need_more;
  for (std::uint32_t patience = 0; !is_error(status) && status != Status::complete; ++patience) {
    require(patience < kLongestPatience, "a corrupt update that does not end");
    const FeedResult fed = updater_->feed(view(patch).slice(offset, 100));
    offset += static_cast<std::uint32_t>(fed.consumed);
    status = heed(fed.status);
  }
  if (status == Status::complete) status = patiently([&] { return updater_->finish(); });
  require(is_error(status), "a corrupt patch was accepted");
  truth_.preluded = true;
}

/// From here on the new model may be the active one.
void Life::expect_switch() {
  truth_.other = static_cast<int>(truth_.generation) + 1;
  truth_.other_confirmed = false;
  truth_.boots = truth_.trial_runs = 0;
}

void Life::note_switch() {
  ++truth_.generation;
  truth_.confirmed = truth_.tainted = false;
  truth_.forget_patch();
  truth_.settle();
}

void Life::finish() {
  expect_switch();
  must_succeed(patiently([&] { return updater_->finish(); }), "finish");
  note_switch();
}

void Life::confirm() {
  truth_.confirm_open = true;
  must_succeed(patiently([&] { return store_->confirm(); }), "confirm");
  truth_.confirmed = true;
  truth_.settle();
}

void Life::revert() {
  truth_.other = static_cast<int>(truth_.generation) - 1;
  truth_.other_confirmed = true;
  must_succeed(patiently([&] { return store_->revert(); }), "revert");
  truth_.preluded = true;
  --truth_.generation;
  truth_.forget_patch();
  truth_.settle();
}

}  // namespace tmd::faults
