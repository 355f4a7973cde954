// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>

#include "tmd/internal/store/snapshot.hpp"
#include "tmd/journal/journal.hpp"
#include "tmd/log.hpp"
#include "tmd/monitor.hpp"

namespace tmd {

/// Keeps a device's audit log and its model's monitor over restarts, each change whole or not at all.
///
/// It has a journal of its own, of the same policy as the store's: the log of the store's journal ends with each
/// state, and what happened must not. Who has no history has no such object, and pays nothing for it:
///
///     static tmd::FlashJournal<MyFlash> journal; journal.attach(store.port(), kHistoryRegion);
///     static tmd::History<tmd::FlashJournal<MyFlash>, 16> history;
///
///     status = until_done([&] { return history.mount(journal); });     // after the store's boot
///     status = until_done([&] { return history.observe(store, time); });  // after whatever may have changed it
///
/// `observe` compares the store with what it saw last. Where power went between a change of the store and its entry,
/// the next one writes it: no event is lost but those that followed each other unobserved.
///
/// In the store's flash it shares the store's port, as above: a driver that is busy is asked for one thing at a time.
/// A call waits for one erase, or for 256 bytes to be programmed, and answers `would_block` while more is to be done;
/// other calls may come in between, and what was begun is brought to its end first: such a call may wait twice as long.
///
/// Wear: `observe` writes only where something happened, at most one state of 80 + 28 * kEntries bytes each time,
/// and `save` one each time; a state takes its size twice over in the region, and an erase of its blocks once for
/// every (bank size / twice the state) writes.
template <class Journal, unsigned kEntries>
class History {
 public:
  constexpr History() = default;
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  /// Reads what was kept. ok, also for a new device; would_block; other_version: of another number of entries, and
  /// what is written next replaces it; else as the journal's mount. The journal is used from now on.
  [[nodiscard]] Status mount(Journal& journal) {
    if (journal_ != &journal) {
      journal_ = nullptr;
      std::uint32_t length = 0;
      kept_ = Kept();
      Status status = journal.mount(memory_of(kept_), length);
      const bool is_ours = status == Status::ok && length == sizeof(Kept) && kept_.format == Kept::kFormat;
      if (status == Status::ok && !is_ours) status = Status::other_version;
      if (!is_ours) kept_ = Kept();
      kept_.format = Kept::kFormat;
      monitor_ = kept_.monitor;
      if (status != Status::ok && status != Status::not_found && status != Status::other_version)
        return status;
      journal_ = &journal;
      mounted_ = status == Status::not_found ? Status::ok : status;
    }
    const Status status = begin_call();
    const bool is_busy = status == Status::would_block || journal.restore_state() == Status::would_block;
    return is_busy ? Status::would_block : mounted_;
  }

  /// Writes down what happened to the store's models since the last call. ok, also where nothing did; wrong_state
  /// before a mount; would_block: call again; journal_worn, flash errors: it is not written down, the next call of
  /// this, `note` or `save` tries again.
  template <class Store>
  [[nodiscard]] Status observe(const Store& store, std::uint32_t time) {
    Status status = enter(Call::observe);
    if (status == Status::ok && running_ == Call::observe) status = write(Call::observe);
    if (status != Status::ok) return status;
    see(store.snapshot(), time);
    return is_unwritten_ ? write(Call::observe) : Status::ok;
  }

  /// Writes an entry of the caller's: a patch that was refused before anything was changed, or anything else worth
  /// it. Statuses as of `observe`; would_block: again with the same event and status, by which this call knows its
  /// own. A sender who is refused again and again wears the region: count, or note the first only.
  [[nodiscard]] Status note(LogEvent event, Status why, std::uint32_t time) {
    Status status = enter(Call::note);
    if (running_ == Call::note && !is_newest(event, why)) status = finish();
    if (status != Status::ok) return status;
    if (running_ != Call::note) append(event, kept_.seen.identity, why, time);
    return write(Call::note);
  }

  /// Counted in RAM until `save` or the next event writes it, as it is when that begins; a restart loses what was
  /// counted since.
  ModelMonitor& monitor() { return monitor_; }
  const ModelMonitor& monitor() const { return monitor_; }
  /// Writes what was counted. Statuses as of `observe`.
  [[nodiscard]] Status save() {
    const Status status = enter(Call::save);
    return status == Status::ok ? write(Call::save) : status;
  }

  const AuditLog<kEntries>& log() const { return kept_.log; }

 private:
  /// What of the store was seen last.
  struct Seen {
    std::uint32_t identity = 0;  ///< Of the active model; 0: there is none.
    std::uint32_t update = 0;
    std::uint32_t security_counter = 0;
    ModelVersion version;
    ModelState state = ModelState::none;
    std::uint8_t flags = 0;  ///< 1: an update is open; above: refused bodies
  };
  struct Kept {
    static constexpr std::uint32_t kFormat = 0x01484D54 + (std::uint32_t{kEntries} << 8);
    std::uint32_t format = 0;
    Seen seen;
    ModelMonitor monitor;
    AuditLog<kEntries> log;
  };
  static_assert(sizeof(Seen) == 20 && std::is_trivially_copyable<Kept>::value,
                "what is kept is written as it lies in memory, every byte of which is a member");

  static Seen look(const Snapshot& now, const Seen& before) {
    // While a model is overwritten in place it counts as the one that was there: there will be one again.
    const bool goes_back = now.in_place == InPlaceStage::undoing;
    const bool is_overwritten = goes_back || now.in_place == InPlaceStage::applying;
    Seen seen = is_overwritten ? before : Seen();
    const ModelRecord& model = now.model(now.active);
    if (now.state != ModelState::none && model.present) {
      seen.identity = load_le32(model.digest.bytes.data());
      seen.version = model.version;
      seen.state = now.state;
    }
    seen.update = now.update_identity;
    seen.security_counter = now.security_counter;
    seen.flags = static_cast<std::uint8_t>((now.is_updating() && !goes_back ? 1U : 0U) | now.refusals() << 1);
    return seen;
  }

  /// Appends what differs from what was seen last.
  void see(const Snapshot& now, std::uint32_t time) {
    const Seen before = kept_.seen;
    const Seen seen = look(now, before);
    kept_.seen = seen;
    const bool other_model = seen.identity != before.identity;
    const bool begun = (seen.flags & 1U) != 0 && ((before.flags & 1U) == 0 || seen.update != before.update);
    const bool refused =
        seen.flags >> 1 != 0 && (seen.flags >> 1 > before.flags >> 1 || seen.update != before.update);
    if (refused) append(LogEvent::update_refused, seen.update, Status::body_malformed, time);
    if (other_model && seen.identity == 0) append(LogEvent::erased, 0, Status::ok, time);
    if (other_model && seen.identity != 0) {
      const bool back = seen.state == ModelState::reverted;
      append(back ? LogEvent::reverted : LogEvent::activated, seen.identity, Status::ok, time);
      monitor_ = ModelMonitor();
      monitor_.identity = seen.identity;
    } else if (before.state == ModelState::trial && seen.state == ModelState::confirmed) {
      append(LogEvent::confirmed, seen.identity, Status::ok, time);
    }
    if (begun) append(LogEvent::update_begun, seen.update, Status::ok, time);
  }

  void append(LogEvent event, std::uint32_t identity, Status status, std::uint32_t time) {
    LogEntry entry;
    entry.time = time;
    entry.identity = identity;
    entry.security_counter = kept_.seen.security_counter;
    entry.version = kept_.seen.version;
    entry.event = event;
    entry.status = status;
    kept_.log.append(entry);
    is_unwritten_ = true;
  }
  bool is_newest(LogEvent event, Status status) const {
    const LogEntry newest = kept_.log.at(kept_.log.size() - 1);
    return newest.event == event && newest.status == status;
  }

  /// A state may take several erases: one call waits for one, or for so many bytes, as those of the store do.
  static constexpr std::uint32_t kWork = 256;

  /// Whose write is running. Until it ends nothing of what is kept changes: the driver may be reading it.
  enum class Call : std::uint8_t { none, observe, note, save };

  /// Brings to its end what another call has begun: ok, also where that failed; would_block; wrong_state.
  Status enter(Call call) {
    if (journal_ == nullptr) return Status::wrong_state;
    return running_ == call ? Status::ok : finish();
  }
  Status finish() {
    const bool is_busy = running_ != Call::none && write(running_) == Status::would_block;
    return is_busy ? Status::would_block : Status::ok;
  }

  /// The driver ends what it is at, whoever asked for it, and this call's share of work is counted from here.
  Status begin_call() {
    journal_->allow(kWork);
    return journal_->settle();
  }
  Status write(Call call) {
    if (running_ == Call::none) kept_.monitor = monitor_;
    running_ = call;
    Status status = begin_call();
    if (status == Status::ok) status = journal_->write_state(ConstBytes(memory_of(kept_)), Log::start);
    if (status == Status::ok) is_unwritten_ = false;
    if (status != Status::would_block) running_ = Call::none;
    return status;
  }

  Journal* journal_ = nullptr;
  Status mounted_ = Status::ok;
  Call running_ = Call::none;
  bool is_unwritten_ = false;  ///< The log has what its journal has not.
  ModelMonitor monitor_;
  Kept kept_;
};

}  // namespace tmd
