// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "device/flash_part.hpp"
#include "tmd/history.hpp"
#include "tmd/journal/flash_journal.hpp"

namespace tmd::host::device {

/// Entries that a simulated device keeps.
inline constexpr unsigned kLogEntries = 32;

/// The history of a simulated device, over whatever its flash is wrapped in.
template <class Flash>
class Recorder {
 public:
  /// What it kept is read. Throws Error where the image's log cannot be.
  Recorder(Flash& flash, const Region& region) : port_(flash), journal_(port_, region) {
    check(until_done([this] { return history_.mount(journal_); }));
  }
  /// Writes down what has changed in the store. Throws Error where it cannot be written.
  template <class Store>
  void observe(const Store& store, std::uint32_t time) {
    check(until_done([&] { return history_.observe(store, time); }));
  }
  void note_refusal(Status why, std::uint32_t time) {
    check(until_done([&] { return history_.note(LogEvent::update_refused, why, time); }));
  }
  const AuditLog<kLogEntries>& log() const { return history_.log(); }

 private:
  static void check(Status status);

  FlashPort<Flash> port_;
  FlashJournal<Flash> journal_;
  History<FlashJournal<Flash>, kLogEntries> history_;
};

[[noreturn]] void refuse_log(Status status);
template <class Flash>
void Recorder<Flash>::check(Status status) {
  if (status != Status::ok) refuse_log(status);
}

/// What a log says, for people.
struct KeptLog {
  std::vector<LogEntry> entries;  ///< The oldest first.
  std::uint32_t dropped = 0;      ///< Entries before them that had to make room.
  std::uint32_t chain = 0;        ///< Over all that was ever written.
  bool is_whole = false;          ///< Numbers and chain go on without a gap.
};

/// Reads the log of a device that is not running. Throws Error where the part has none.
[[nodiscard]] KeptLog read_log(FileFlash& flash, const Part& part);

}  // namespace tmd::host::device
