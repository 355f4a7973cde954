// SPDX-License-Identifier: Apache-2.0
// Chunks that come twice, late, not at all, out of order, cut short, or from another patch.
#include "system/faults/run.hpp"

namespace tmd::faults {

/// Sends the chunks of a patch in a poor order, each with its offset, most of them more than once. None does
/// harm. The offset to go on from.
std::uint32_t Run::feed_over_bad_link(std::uint32_t offset, const PatchFile& patch) {
  const std::uint32_t size = 1 + chance_.below(150);
  const std::uint32_t mishaps = 10 + chance_.below(40);
  for (std::uint32_t i = 0; i < mishaps; ++i) {
    offset = device_->resume_offset();
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
    if (at <= offset) oracle_.offered = std::max(oracle_.offered, end);
    const FeedResult fed = feed(at, chunk);
    if (at > offset) {
      const bool held_up = fed.status == Status::would_block;
      require((fed.status == Status::offset_gap || held_up) && fed.consumed == 0,
              "bytes behind a gap were taken");
      continue;
    }
    if (fed.status == Status::offset_gap && device_->resume_offset() < offset) continue;
    require(!is_error(heed(fed.status)), std::string("feed over a bad link: ") + to_string(fed.status));
    const std::uint32_t taken = at + static_cast<std::uint32_t>(fed.consumed);
    oracle_.taken = std::max(oracle_.taken, taken);
    if (taken > offset) note_progress(taken, patch);
    if (fed.status == Status::ready_to_finish) break;
  }
  return std::min(device_->resume_offset(), patch.size());
}

/// What a sender may do wrong before it does right. The active model is none the worse for any of it.
void Run::mix_up() {
  const unsigned generation = oracle_.generation;
  oracle_.tainted = true;
  feed_for_another_base();
  feed_interleaved();
  if (oracle_.generation == generation) feed_without_offsets();
  oracle_.forget_patch();
  oracle_.preluded = true;
}

/// A patch for another base is refused before the flash is touched.
void Run::feed_for_another_base() {
  const PatchFile& patch = work_.patch_for_another_base;
  begin(patch);
  const std::uint32_t operations = flash_.operations();
  Status status = Status::would_block;
  while (status == Status::would_block) status = feed(0, view(patch.bytes)).status;
  (void)heed(status);
  require(status == Status::wrong_base || status == Status::wrong_base_length,
          std::string("a patch for another base: ") + to_string(status));
  require(flash_.operations() == operations, "a refused patch had flash changed");
  require(feed(0, view(patch.bytes)).status == Status::wrong_state, "a refused update goes on");
}

/// The chunks of two patches, alternating as they please, with their offsets.
void Run::feed_interleaved() {
  const PatchFile& right = work_.patches[oracle_.generation];
  const ConstBytes patches[] = {view(right.bytes), view(work_.foreign_patch.bytes)};
  const std::uint32_t size = 1 + chance_.below(60);
  begin(right);
  oracle_.tainted = true;
  Bytes took;
  Status status = Status::need_more;
  for (std::uint32_t i = 0; i < 4000 && is_open(status) && status != Status::ready_to_finish; ++i) {
    const std::uint32_t offset = device_->resume_offset();
    const ConstBytes chunk = patches[chance_.below(2)].slice(offset, 1 + chance_.below(size));
    const FeedResult fed = feed(offset, chunk);
    const ConstBytes part = chunk.first(fed.consumed);
    took.insert(took.end(), part.begin(), part.end());
    status = heed(fed.status);
  }
  must_not_commit(status, took, "two patches interleaved");
}

/// Chunks without offsets, some of them lost, repeated or swapped.
void Run::feed_without_offsets() {
  const PatchFile& right = work_.patches[oracle_.generation];
  const ConstBytes patch = view(right.bytes);
  const std::uint32_t size = 1 + chance_.below(60);
  begin(right);
  oracle_.tainted = true;
  Bytes took;
  Status status = Status::need_more;
  std::uint32_t next = 0;
  while (next < patch.size() && is_open(status) && status != Status::ready_to_finish) {
    std::uint32_t at = next;
    const std::uint32_t mishap = chance_.below(12);
    if (mishap == 0) at += size;                // lost
    if (mishap == 1) at -= std::min(at, size);  // repeated
    if (mishap == 2) at += 2 * size;            // came before its time
    const ConstBytes chunk = patch.slice(at, size);
    const FeedResult fed = feed(device_->resume_offset(), chunk);
    const ConstBytes part = chunk.first(fed.consumed);
    took.insert(took.end(), part.begin(), part.end());
    status = heed(fed.status);
    next = mishap == 2 ? next : at + static_cast<std::uint32_t>(fed.consumed);
  }
  must_not_commit(status, took, "chunks lost, repeated and swapped");
}

}  // namespace tmd::faults
