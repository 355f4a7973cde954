// SPDX-License-Identifier: Apache-2.0
#include "faults/life.hpp"

#include <string>

namespace tmd::faults {

namespace {
constexpr std::uint32_t kLongestPatience = 100000;
}

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
  }
  return "";
}

/// Calls again for as long as the flash is busy.
template <class Call>
Status Life::patiently(Call&& call) {
  for (std::uint32_t i = 0; i < kLongestPatience; ++i) {
    const Status status = call();
    if (status != Status::would_block) return status;
  }
  throw Failure("would_block for ever");
}

void Life::live() {
  restart();
  while (true) {
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
  require(status == Status::ok, std::string("boot: ") + to_string(status));
  // A boot writes one record, and may open a bank for it.
  const std::uint32_t bound = work_.layout.journal.size / flash_.erase_size() + 16 * 3;
  require(flash_.operations() - operations <= bound, "a boot that takes too many flash operations");
  judge_active();
  judge_trial();
  flash_.protect({store_->slot(store_->active().slot)});
  updater_.emplace(*store_);
}

Bytes Life::read_active() {
  const ActiveModel active = store_->active();
  require(active.present, "no active model");
  Bytes bytes(active.region.size);
  require(flash_.read(active.region.address, MutableBytes(bytes.data(), bytes.size())) == Status::ok,
          "the active model cannot be read");
  return bytes;
}

int Life::generation_of(const Bytes& bytes) const {
  for (unsigned i = 0; i < work_.models.size(); ++i) {
    if (bytes == work_.models[i]) return static_cast<int>(i);
  }
  throw Failure("the active model is none of them");
}

void Life::judge_active() {
  require(store_->verify_active() == Status::ok, "the active model does not have its digest");
  const int found = generation_of(read_active());
  const int now = static_cast<int>(truth_.generation);
  if (found == now) return;
  truth_.taken = truth_.offered = 0;
  truth_.generation = static_cast<unsigned>(found);
  if (found == truth_.other) {
    truth_.other = now;
    std::swap(truth_.confirmed, truth_.other_confirmed);
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
    require(!truth_.confirmed || truth_.confirm_open, "a confirmed model is on trial again");
    require(++truth_.trial_runs <= FaultConfig::kTrialBoots, "a trial that does not end");
    truth_.confirmed = false;
    truth_.settle();  // the boot was counted by a record
  } else if (!truth_.confirmed) {
    require(truth_.confirm_open, "a model on trial was confirmed by nobody");
    truth_.confirmed = true;
  }
}

void Life::update() {
  if (story_ == Story::replace && !truth_.preluded && truth_.generation == 0) feed_foreign_half();
  if (story_ == Story::abandon && !truth_.preluded) give_up_half_way();
  if (story_ == Story::corrupt && !truth_.preluded) feed_corrupt();
  const PatchFile& patch = work_.patches[truth_.generation];
  const std::uint32_t offset = start_patch();
  feed_from(offset, patch, patch.size());
  finish();
}

/// Goes on with this generation's patch where the device is in it; else from the start. The first offset.
std::uint32_t Life::start_patch() {
  const Status resumed = updater_->resume(work_.patches[truth_.generation].identity());
  if (resumed == Status::ok) {
    const std::uint32_t offset = updater_->resume_offset();
    require(offset <= truth_.offered, "resume claims patch bytes that were never sent");
    const std::uint32_t again = truth_.taken > offset ? truth_.taken - offset : 0;
    if (work_.journal == JournalSize::roomy) {
      require(again <= FaultConfig::kCheckpointInterval,
              "more than a checkpoint interval is asked for again: " + std::to_string(again));
    }
    ++figures_.resumes;
    figures_.resent_bytes += again;
    figures_.most_resent = std::max(figures_.most_resent, again);
    return offset;
  }
  require(resumed == Status::not_found, std::string("resume: ") + to_string(resumed));
  if (work_.journal == JournalSize::roomy) {
    require(truth_.taken <= work_.patches[truth_.generation].manifest_size,
            "an interrupted update is forgotten");
  }
  if (truth_.taken > 0) ++figures_.restarts_from_zero;
  truth_.taken = truth_.offered = 0;
  const Status begun = updater_->begin();
  require(begun == Status::ok, std::string("begin: ") + to_string(begun));
  return 0;
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
    offset += static_cast<std::uint32_t>(fed.consumed);
    truth_.taken = std::max(truth_.taken, offset);
    if (fed.consumed > 0 && offset > patch.manifest_size) truth_.settle();  // a record was written
    if (fed.status == Status::complete) return;
    if (fed.status == Status::would_block) continue;
    require(fed.status == Status::need_more, std::string("feed: ") + to_string(fed.status));
    if (offset == end && end < patch.size()) return;
    require(offset < end, "more bytes are wanted than the patch has");
  }
}

void Life::feed_foreign_half() {
  truth_.taken = truth_.offered = 0;
  require(updater_->begin() == Status::ok, "begin of a foreign patch");
  feed_from(0, work_.foreign_patch, work_.foreign_patch.size() * 2 / 3);
  truth_.taken = truth_.offered = 0;
  truth_.preluded = true;
}

void Life::give_up_half_way() {
  const PatchFile& patch = work_.patches[truth_.generation];
  const std::uint32_t half = patch.size() / 2;
  const std::uint32_t offset = start_patch();
  if (offset < half) feed_from(offset, patch, half);
  truth_.taken = 0;
  const Status status = patiently([&] { return updater_->abort(); });
  require(status == Status::ok, std::string("abort: ") + to_string(status));
  truth_.preluded = true;
}

/// A body byte is wrong: the update must end in an error, at the latest in `finish`.
void Life::feed_corrupt() {
  Bytes patch = work_.patches[truth_.generation].bytes;
  patch[patch.size() - 3] ^= 0x40;
  truth_.taken = truth_.offered = 0;
  require(updater_->begin() == Status::ok, "begin of a corrupt patch");
  std::uint32_t offset = 0;
  Status status = Status::need_more;
  for (std::uint32_t patience = 0; !is_error(status) && status != Status::complete; ++patience) {
    require(patience < kLongestPatience, "a corrupt update that does not end");
    const FeedResult fed = updater_->feed(view(patch).slice(offset, 100));
    offset += static_cast<std::uint32_t>(fed.consumed);
    status = fed.status;
  }
  if (status == Status::complete) status = patiently([&] { return updater_->finish(); });
  require(is_error(status), "a corrupt patch was accepted");
  truth_.preluded = true;
}

void Life::finish() {
  truth_.other = static_cast<int>(truth_.generation) + 1;
  truth_.other_confirmed = false;
  truth_.boots = truth_.trial_runs = 0;
  const Status status = patiently([&] { return updater_->finish(); });
  require(status == Status::ok, std::string("finish: ") + to_string(status));
  ++truth_.generation;
  truth_.confirmed = false;
  truth_.taken = truth_.offered = 0;
  truth_.settle();
}

void Life::confirm() {
  truth_.confirm_open = true;
  const Status status = patiently([&] { return store_->confirm(); });
  require(status == Status::ok, std::string("confirm: ") + to_string(status));
  truth_.confirmed = true;
  truth_.settle();
}

void Life::revert() {
  truth_.other = static_cast<int>(truth_.generation) - 1;
  truth_.other_confirmed = true;
  const Status status = patiently([&] { return store_->revert(); });
  require(status == Status::ok, std::string("revert: ") + to_string(status));
  truth_.preluded = true;
  --truth_.generation;
  truth_.taken = truth_.offered = 0;
  truth_.settle();
}

}  // namespace tmd::faults
