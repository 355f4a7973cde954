// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>

#include "tmd/bytes.hpp"
#include "tmd/digest/crc32.hpp"
#include "tmd/internal/store/snapshot.hpp"
#include "tmd/status.hpp"

namespace tmd {

/// What happened to a device's models.
enum class LogEvent : std::uint8_t {
  none = 0,
  update_begun = 1,  ///< A patch was accepted, and is being written: into the other slot, or in place.
  /// A patch was not taken: the status says why where the application noted it; body_malformed is what `observe` writes
  /// for each body that was refused, or given up and begun anew.
  update_refused = 2,
  activated = 3,  ///< Another model is active, on trial or at once for good.
  confirmed = 4,
  reverted = 5,  ///< Back at the model before.
  erased = 6,    ///< There is no model any more.
  noted = 7,     ///< The application's own.
};

/// One line of the audit log.
struct LogEntry {
  std::uint32_t number = 0;    ///< Counts all entries that were ever written, from 1.
  std::uint32_t time = 0;      ///< As the caller tells it: seconds, boots, 0 where there is no clock.
  std::uint32_t identity = 0;  ///< First four bytes of the model's digest; of the patch while it is written.
  std::uint32_t security_counter = 0;  ///< After the event.
  ModelVersion version;
  LogEvent event = LogEvent::none;
  Status status = Status::ok;
  std::uint32_t chain = 0;  ///< CRC-32 of the chain before and everything above.

  /// The chain with this entry, given the one before it.
  std::uint32_t chained(std::uint32_t before) const {
    LogEntry entry = *this;
    entry.chain = before;
    return Crc32::of(ConstBytes(memory_of(entry)));
  }
};
static_assert(sizeof(LogEntry) == 28 && std::is_trivially_copyable<LogEntry>::value,
              "an entry is written as it lies in memory, every byte of which is a member");

/// The newest `kEntries` of what happened, the oldest dropped first. It is a value: tmd/history.hpp keeps it. Each
/// entry is chained to the one before, so that a reader who kept the last chain he saw finds entries that were left
/// out or changed by accident. It is a checksum: whoever can write the flash can write another log.
template <unsigned kEntries>
class AuditLog {
  static_assert(kEntries > 0 && kEntries <= 256, "a log has 1 to 256 entries");

 public:
  void append(LogEntry entry) {
    const std::uint32_t before = last_chain();
    if (written_ >= kEntries) dropped_chain_ = entries_[written_ % kEntries].chain;
    entry.number = written_ + 1;
    entry.chain = entry.chained(before);
    entries_[written_ % kEntries] = entry;
    ++written_;
  }

  std::uint32_t size() const { return written_ < kEntries ? written_ : kEntries; }
  std::uint32_t dropped() const { return written_ - size(); }
  std::uint32_t last_chain() const { return written_ == 0 ? 0 : entries_[(written_ - 1) % kEntries].chain; }
  /// The oldest that is left is at 0; an empty one past the end.
  LogEntry at(std::uint32_t index) const {
    return index < size() ? entries_[(written_ - size() + index) % kEntries] : LogEntry();
  }
  /// Whether numbers and chain of all that is left go on without a gap.
  bool is_whole() const {
    std::uint32_t chain = dropped_chain_;
    for (std::uint32_t i = 0; i < size(); ++i) {
      const LogEntry entry = at(i);
      if (entry.number != dropped() + i + 1 || entry.chain != entry.chained(chain)) return false;
      chain = entry.chain;
    }
    return true;
  }

 private:
  std::uint32_t written_ = 0;
  std::uint32_t dropped_chain_ = 0;  ///< of the entry before the oldest that is left
  LogEntry entries_[kEntries] = {};
};

/// "activated", …
constexpr const char* to_string(LogEvent event) {
  switch (event) {
    case LogEvent::none:
      return "none";
    case LogEvent::update_begun:
      return "update begun";
    case LogEvent::update_refused:
      return "update refused";
    case LogEvent::activated:
      return "activated";
    case LogEvent::confirmed:
      return "confirmed";
    case LogEvent::reverted:
      return "reverted";
    case LogEvent::erased:
      return "erased";
    case LogEvent::noted:
      return "noted";
  }
  return "?";
}

}  // namespace tmd
