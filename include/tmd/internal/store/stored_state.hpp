// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/store/journal_place.hpp"
#include "tmd/internal/store/layout.hpp"
#include "tmd/internal/store/snapshot.hpp"
#include "tmd/journal/journal.hpp"

namespace tmd {

/// The snapshot as the journal has it, and the one that is to take its place.
template <class Config>
class StoredState {
 public:
  using Flash = typename Config::Flash;
  using Journal = typename Config::Journal;
  using Place = detail::JournalPlace<Journal, Flash>;

  constexpr StoredState() = default;
  constexpr Place& place() { return place_; }
  constexpr const Place& place() const { return place_; }
  Journal& journal() { return place_.get(); }

  const Snapshot& now() const { return now_; }
  /// What is to be true next, to be changed and then written.
  [[gnu::noinline]] Snapshot& change() {
    next_ = now_;
    return next_;
  }
  Snapshot& next() { return next_; }

  /// Makes `next` the truth: ok, would_block, journal_worn, flash errors.
  Status write(Log log = Log::start) {
    const Status status = journal().write_state(memory_of(next_), log);
    if (status == Status::ok) accept();
    return status;
  }
  /// Makes `next` the truth of this session, whether the journal knows it or not.
  void accept() {
    now_ = next_;
    ++epoch_;
  }

  /// Changes with every state that is written and every updater that takes over: an updater that was not the one
  /// to cause it must not write any more.
  std::uint32_t epoch() const { return epoch_; }
  std::uint32_t begin_epoch() { return ++epoch_; }

  /// Begins a state of this firmware that knows of no model.
  Snapshot& start_over(const Layout& layout) {
    next_ = Snapshot();
    next_.format = Snapshot::kFormat;
    next_.layout = layout.fingerprint();
    next_.product = Config::kProduct;
    return next_;
  }

  /// Reads the state into `next`. ok; not_found: a new device; other_version, other_product, other_layout,
  /// journal_lost, unknown_record: `now` keeps what can be told of counter and keys, and nothing else.
  Status mount(const Layout& layout) {
    std::uint32_t length = 0;
    const Status status = journal().mount(memory_of(next_), length);
    if (status != Status::ok) return status;
    if (length != sizeof(Snapshot) || next_.format != Snapshot::kFormat) return Status::other_version;
    is_readable_ = true;
    now_.security_counter = next_.security_counter;
    now_.revoked_keys = next_.revoked_keys;
    if (next_.product != Config::kProduct) return Status::other_product;
    if (next_.layout != layout.fingerprint()) return Status::other_layout;
    return is_sane(layout) ? Status::ok : Status::journal_lost;
  }
  /// The journal has a state that this firmware can read, its own or another's.
  bool is_readable() const { return is_readable_; }

 private:
  /// No number in it leads out of a slot: what is well-formed may still be hostile.
  bool is_sane(const Layout& layout) const {
    bool sane = next_.active <= SlotId::b && next_.state <= ModelState::reverted;
    for (unsigned i = 0; i < 2; ++i) {
      const ModelRecord& model = next_.models[i];
      sane = sane && fits(model.length, model.trailer_size(), layout.slot(static_cast<SlotId>(i)).size);
    }
    return sane;
  }

  Place place_;
  bool is_readable_ = false;
  std::uint32_t epoch_ = 0;
  Snapshot now_{};
  Snapshot next_{};
};

}  // namespace tmd
