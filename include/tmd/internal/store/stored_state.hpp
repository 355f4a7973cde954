// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <new>

#include "tmd/internal/store/journal_place.hpp"
#include "tmd/internal/store/slots.hpp"
#include "tmd/internal/store/snapshot.hpp"
#include "tmd/journal/journal.hpp"
#include "tmd/version.hpp"

namespace tmd {

/// The snapshot as the journal has it, and the one that is to take its place. That lies in the memory of the page
/// that slots are written through: whoever was filling the page must not go on, which the epoch tells.
template <class Config>
class StoredState : public Slots<Config> {
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
    ++epoch_;
    return *new (this->writer().idle_page()) Snapshot(now_);
  }
  Snapshot& next() { return *__builtin_launder(reinterpret_cast<Snapshot*>(this->writer().idle_page())); }

  /// Makes `next` the truth: ok, would_block, journal_worn, flash errors.
  Status write(Log log = Log::start) { return accept_if_ok(journal().write_state(memory_of(next()), log)); }
  /// The same, with a log that starts with this record.
  Status start_log(RecordKind kind, std::uint32_t number, const ConstBytes& payload) {
    return accept_if_ok(journal().start_log(kind, number, payload, memory_of(next())));
  }
  /// Makes `next` the truth of this session, whether the journal knows it or not.
  void accept() {
    now_ = next();
    ++epoch_;
  }

  /// Changes with every state that is written and every updater that takes over: an updater that was not the one
  /// to cause it must not write any more.
  std::uint32_t epoch() const { return epoch_; }
  std::uint32_t begin_epoch() { return ++epoch_; }
  /// Whether the inactive slot belongs to an updater, which is writing it.
  bool is_held() const { return is_held_; }
  void hold(bool held) {
    is_held_ = held;
    if (held) is_given_up_ = false;
  }
  /// Whether an update was given up in this session that had begun to write the slot, and no other one has since.
  bool is_given_up() const { return is_given_up_; }
  void give_up(bool given_up) { is_given_up_ = given_up; }

  /// Begins a state of this firmware that knows of no model.
  Snapshot& start_over() {
    ++epoch_;
    Snapshot& next = *new (this->writer().idle_page()) Snapshot();
    next.format = kFlashFormat;
    next.layout = this->fingerprint();
    next.product = Config::kProduct;
    return next;
  }

  /// Reads the state into `next`. ok; not_found: a new device; other_version, other_product, other_layout,
  /// journal_lost, unknown_record: `now` keeps what can be told of counter and keys, and nothing else.
  Status mount() {
    std::uint32_t length = 0;
    Snapshot& next = *new (this->writer().idle_page()) Snapshot();
    const Status status = journal().mount(memory_of(next), length);
    // What lies in a region that can't hold a journal may be someone else's.
    known_ = status == Status::invalid_layout ? Known::not_asked : Known::no;
    if (status != Status::ok) return status;
    if (length != sizeof(Snapshot) || next.format != kFlashFormat) return Status::other_version;
    known_ = Known::yes;
    now_.security_counter = next.security_counter;
    now_.revoked_keys = next.revoked_keys;
    if (next.product != Config::kProduct) return Status::other_product;
    if (next.layout != this->fingerprint()) return Status::other_layout;
    return is_sane(next) ? Status::ok : Status::journal_lost;
  }
  /// Makes room for a state in a journal that has none which this firmware can read, its own or another's: ok,
  /// would_block, wrong_state before `mount` or where that answered invalid_layout, flash errors.
  Status make_readable() {
    if (known_ == Known::not_asked) return Status::wrong_state;
    const Status status = known_ == Known::yes ? Status::ok : journal().wipe();
    if (status == Status::ok) known_ = Known::yes;
    return status;
  }

 private:
  Status accept_if_ok(Status status) {
    if (status == Status::ok) accept();
    return status;
  }
  /// No number in it leads out of a slot: what is well-formed may still be hostile.
  bool is_sane(const Snapshot& next) const {
    bool sane = next.active <= SlotId::b && next.state <= ModelState::reverted &&
                next.in_place <= InPlaceStage::returning;
    for (unsigned i = 0; i < 2; ++i) {
      const ModelRecord& model = next.models[i];
      const SlotId slot = Config::kOneSlot ? SlotId::a : static_cast<SlotId>(i);
      sane = sane && fits(model.length, model.trailer_size(), this->slot(slot).size);
    }
    return sane;
  }

  enum class Known : std::uint8_t { not_asked, no, yes };
  Known known_ = Known::not_asked;  ///< Whether the journal's state could be read.
  bool is_held_ = false;
  bool is_given_up_ = false;
  std::uint32_t epoch_ = 0;
  Place place_;
  Snapshot now_{};
};

}  // namespace tmd
