// SPDX-License-Identifier: Apache-2.0
// Chunks that come twice, late, not at all, out of order, cut short, or from another patch.
#include <string>

#include "faults/life.hpp"

namespace tmd::faults {

/// Sends the chunks of a patch in a poor order, each with its offset, most of them more than once. None does
/// harm. The offset to go on from.
std::uint32_t Life::feed_over_bad_link(std::uint32_t offset, const PatchFile& patch) {
  const std::uint32_t size = 1 + chance_.below(150);
  const std::uint32_t mishaps = 10 + chance_.below(40);
  for (std::uint32_t i = 0; i < mishaps; ++i) {
    offset = updater_->resume_offset();
    std::uint32_t at = offset;
    ConstBytes from = view(patch.bytes);
    switch (chance_.below(6)) {
      case 0:  // repeated, maybe in part
        at -= chance_.below(std::min(offset, 3 * size) + 1);
        break;
      case 1:  // overtaken, or the ones before it were lost
        at += 1 + chance_.below(3 * size);
        break;
      case 2: {  // another patch's, where it does not fit
        from = view(work_.foreign_patch.bytes);
        const std::uint32_t before = std::min(offset, size);
        at = before == 0 || chance_.below(2) == 0 ? offset + 1 + chance_.below(size) : offset - before;
        from = from.first(at < offset ? offset : from.size());
        break;
      }
      default:
        break;
    }
    // Cut short, maybe to nothing.
    const std::uint32_t length = chance_.below(4) == 0 ? chance_.below(size) : size;
    const ConstBytes chunk = from.slice(at, length);
    const std::uint32_t end = at + static_cast<std::uint32_t>(chunk.size());
    if (at <= offset) truth_.offered = std::max(truth_.offered, end);
    const FeedResult fed = updater_->feed_at(at, chunk);
    if (at > offset) {
      require(fed.status == Status::offset_gap && fed.consumed == 0, "bytes behind a gap were taken");
      continue;
    }
    if (forgot_for_want_of_room(fed.status)) {
      begin();
      return 0;
    }
    require(!is_error(heed(fed.status)), std::string("feed over a bad link: ") + to_string(fed.status));
    const std::uint32_t taken = at + static_cast<std::uint32_t>(fed.consumed);
    truth_.taken = std::max(truth_.taken, taken);
    if (taken > std::max(resumed_from_, patch.manifest_size)) {
      truth_.settle();
      if (fed.status != Status::would_block) note_progress();
    }
    if (fed.status == Status::complete) break;
  }
  return std::min(updater_->resume_offset(), patch.size());
}

/// What a sender may do wrong before it does right. The active model is none the worse for any of it.
void Life::mix_up() {
  truth_.tainted = true;
  feed_for_another_base();
  feed_interleaved();
  feed_without_offsets();
  truth_.forget_patch();
  truth_.preluded = true;
}

/// A patch for another base is refused before the flash is touched.
void Life::feed_for_another_base() {
  const PatchFile& patch = work_.patch_for_another_base;
  begin();
  const std::uint32_t operations = flash_.operations();
  const FeedResult fed = updater_->feed(view(patch.bytes));
  require(heed(fed.status) == Status::wrong_base || fed.status == Status::wrong_base_length,
          std::string("a patch for another base: ") + to_string(fed.status));
  require(flash_.operations() == operations, "a refused patch had flash changed");
  require(updater_->feed(view(patch.bytes)).status == Status::wrong_state, "a refused update goes on");
}

/// The chunks of two patches, alternating as they please, with their offsets.
void Life::feed_interleaved() {
  const ConstBytes patches[] = {view(work_.patches[truth_.generation].bytes),
                                view(work_.foreign_patch.bytes)};
  const std::uint32_t size = 1 + chance_.below(60);
  begin();
  Bytes took;
  Status status = Status::need_more;
  for (std::uint32_t i = 0; i < 400 && !is_error(status) && status != Status::complete; ++i) {
    const std::uint32_t offset = updater_->resume_offset();
    const ConstBytes chunk = patches[chance_.below(2)].slice(offset, 1 + chance_.below(size));
    const FeedResult fed = updater_->feed_at(offset, chunk);
    const ConstBytes part = chunk.first(fed.consumed);
    took.insert(took.end(), part.begin(), part.end());
    status = heed(fed.status);
  }
  must_not_commit(status, took, "two patches interleaved");
}

/// Chunks without offsets, some of them lost, repeated or swapped.
void Life::feed_without_offsets() {
  const ConstBytes patch = view(work_.patches[truth_.generation].bytes);
  const std::uint32_t size = 1 + chance_.below(60);
  begin();
  Bytes took;
  Status status = Status::need_more;
  std::uint32_t next = 0;
  while (next < patch.size() && !is_error(status) && status != Status::complete) {
    std::uint32_t at = next;
    const std::uint32_t mishap = chance_.below(12);
    if (mishap == 0) at += size;                // lost
    if (mishap == 1) at -= std::min(at, size);  // repeated
    if (mishap == 2) at += 2 * size;            // came before its time
    const ConstBytes chunk = patch.slice(at, size);
    const FeedResult fed = updater_->feed(chunk);
    const ConstBytes part = chunk.first(fed.consumed);
    took.insert(took.end(), part.begin(), part.end());
    status = heed(fed.status);
    next = mishap == 2 ? next : at + static_cast<std::uint32_t>(fed.consumed);
  }
  must_not_commit(status, took, "chunks lost, repeated and swapped");
}

/// An update was cut that may have taken wrong bytes. Where it is this patch's and goes on, it ends in an error
/// or, if what was wrong did not last, in the right model. True if so.
bool Life::go_on_with_tainted() {
  const PatchFile& patch = work_.patches[truth_.generation];
  Status status = heed(updater_->resume(patch.identity()));
  if (status == Status::not_found) return false;
  must_succeed(status, "resume");
  std::uint32_t offset = updater_->resume_offset();
  do {
    const ConstBytes piece = view(patch.bytes).slice(offset, 1 + chance_.below(100));
    const FeedResult fed = updater_->feed_at(offset, piece);
    offset += static_cast<std::uint32_t>(fed.consumed);
    status = heed(fed.status);
  } while (status == Status::would_block || (status == Status::need_more && offset < patch.size()));
  if (is_error(status)) return false;
  expect_switch();
  if (is_error(patiently([&] { return updater_->finish(); }))) {
    truth_.other = -1;
    return false;
  }
  note_switch();
  return true;
}

void Life::must_not_commit(Status last, const Bytes& took, const char* what) {
  const bool whole = took == work_.patches[truth_.generation].bytes || took == work_.foreign_patch.bytes;
  if (last == Status::wrong_state || (is_error(last) && !whole)) return;
  if (!whole) {
    last = patiently([&] { return updater_->finish(); });
    require(is_error(last), std::string(what) + " became a model");
    if (last != Status::body_truncated) return;
  }
  must_succeed(patiently([&] { return updater_->abort(); }), "abort");
}

}  // namespace tmd::faults
