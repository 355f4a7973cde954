// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>

#include "tmd/flash.hpp"

namespace tmd {

/// What a journal record holds. A record of a kind that a reader does not know is skipped, unless its critical
/// bit is set: then the journal is that of another firmware.
enum class RecordKind : std::uint8_t {
  none = 0,
  state = 0x81,    ///< Everything the store knows (tmd/internal/store/snapshot.hpp).
  patch = 0x02,    ///< Patch bytes as they were received; the number is the patch offset of the first.
  blocks = 0x03,   ///< Nothing: the slot's bytes before this number are durable and right.
  decoder = 0x04,  ///< The updater's own state at the start of an erase block.
  // Set aside, docs/flash-format.md: 0x06 monitoring, 0x07 audit log.
};
constexpr std::uint8_t kCriticalRecord = 0x80;

/// A record of the journal's log, as its iteration finds it.
struct JournalRecord {
  RecordKind kind = RecordKind::none;
  std::uint16_t length = 0;  ///< Bytes of payload.
  std::uint32_t number = 0;  ///< What it means depends on the kind.
  std::uint32_t place = 0;   ///< Where it lies: the journal's own business.
};

/// Whether a state that is written ends the log of the state before it.
enum class Log : std::uint8_t {
  keep,   ///< The log goes on: its records count as before.
  start,  ///< An empty one takes the place of the log before.
};

// The Journal policy: what a device remembers over restarts. It holds one *state*, some hundred bytes that are
// replaced as a whole, and the *log*, records that rest on that state. Two are provided: FlashJournal
// (tmd/journal/flash_journal.hpp) for flash, MemoryJournal (tmd/journal/memory_journal.hpp) for memory without
// erase blocks and for key-value stores. A class with
//
//     Status mount(MutableBytes state, std::uint32_t& length);
//         // Call once after a restart. Reads the state that counts, as much of it as there is room for; `length`
//         // is how long it is. ok; not_found: a new device, nothing was ever written; journal_lost: what was
//         // written cannot be told any more, or the place holds something else; invalid_layout; unknown_record:
//         // another firmware's; read_failed: call again. Reads only.
//     Status write_state(ConstBytes state, Log log);
//         // Replaces the state, all or nothing, so that no single damaged place can take it away again. ok;
//         // would_block; journal_worn: no place left that can be written, the old state goes on counting;
//         // flash errors: it may or may not have happened, ask again or mount anew.
//     Status restore_state();
//         // Call before the first write after a mount: whatever protects the state against damage and a cut
//         // took away is put back. ok; would_block; else as write_state.
//     Status start_log(RecordKind kind, std::uint32_t number, ConstBytes payload, ConstBytes state);
//         // Replaces the state and the log at once: the log is then this one record. A restart before the answer
//         // finds the old ones or the new ones. ok; would_block; journal_full: it would not fit; journal_worn and
//         // flash errors: there is no room to be made, the old ones can go on.
//     Status append(RecordKind kind, std::uint32_t number, ConstBytes payload);
//         // Appends to the log. ok: it is durable; would_block; journal_full: no room, nothing was written;
//         // flash errors: the record is not there.
//     bool has_room(std::uint32_t records, std::uint32_t length) const;
//         // so many more of this payload, and an empty one, fit the log
//     bool fits_new_log(std::uint32_t length) const;  // a log may start with this payload, now and from now on
//     bool first(JournalRecord& record);              // the log's records that are whole, oldest first. One that
//     bool next(JournalRecord& record);               // is damaged is left out: the numbers tell
//     Status read(const JournalRecord& record, std::uint32_t at, MutableBytes out);  // ok, out_of_bounds, read_failed
//     Status wipe();
//         // Makes room for a state that owes nothing to what was found, in any state of the journal. Where power goes
//         // before that is written a mount should answer as it did: not that the device is new. ok; would_block;
//         // flash errors.
//     Status settle();          // ends a running operation of the driver: ok, would_block
//     void allow(std::uint32_t work);                       // as FlashPort::allow
//     bool overlaps(const void* flash, Region region) const;  // whether it lies in this region of that driver
//
// `append`, `start_log` and `write_state` take payloads of up to 65,535 bytes that must stay as they are while the
// answer is would_block; another call in between gives the record up. Power may go during any call: a state or a
// record is there whole or not at all.

namespace detail {
template <class Policy, class = void>
struct IsJournal : std::false_type {};
template <class Policy>
struct IsJournal<
    Policy, typename std::enable_if<
                std::is_same<decltype(detail::declval<Policy&>().mount(MutableBytes(),
                                                                       detail::declval<std::uint32_t&>())),
                             Status>::value &&
                std::is_same<decltype(detail::declval<Policy&>().write_state(ConstBytes(), Log::keep)),
                             Status>::value &&
                std::is_same<decltype(detail::declval<Policy&>().restore_state()), Status>::value &&
                std::is_same<decltype(detail::declval<Policy&>().start_log(RecordKind::patch, 0U,
                                                                           ConstBytes(), ConstBytes())),
                             Status>::value &&
                std::is_same<decltype(detail::declval<Policy&>().append(RecordKind::patch, 0U, ConstBytes())),
                             Status>::value &&
                std::is_same<decltype(detail::declval<const Policy&>().has_room(0U, 0U)), bool>::value &&
                std::is_same<decltype(detail::declval<const Policy&>().fits_new_log(0U)), bool>::value &&
                std::is_same<decltype(detail::declval<Policy&>().first(detail::declval<JournalRecord&>())),
                             bool>::value &&
                std::is_same<decltype(detail::declval<Policy&>().next(detail::declval<JournalRecord&>())),
                             bool>::value &&
                std::is_same<decltype(detail::declval<Policy&>().read(detail::declval<const JournalRecord&>(),
                                                                      0U, MutableBytes())),
                             Status>::value &&
                std::is_same<decltype(detail::declval<Policy&>().wipe()), Status>::value &&
                std::is_same<decltype(detail::declval<Policy&>().settle()), Status>::value &&
                std::is_void<decltype(detail::declval<Policy&>().allow(0U))>::value &&
                std::is_same<decltype(detail::declval<const Policy&>().overlaps(nullptr, Region())),
                             bool>::value>::type> : std::true_type {};
}  // namespace detail

/// Fails to compile, with a sentence, where `Policy` is not a Journal policy.
template <class Policy>
constexpr bool check_journal_policy() {
  static_assert(
      detail::IsJournal<Policy>::value,
      "a Journal policy has mount, write_state, restore_state, start_log, append, has_room, fits_new_log, "
      "first, next, read, wipe, settle, allow and overlaps; see tmd/journal/journal.hpp");
  static_assert(!std::is_copy_constructible<Policy>::value,
                "a journal is not copied: two objects would each believe that theirs is the end of the log");
  return true;
}

}  // namespace tmd
