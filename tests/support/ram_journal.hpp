// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "tmd/journal/journal.hpp"

namespace tmd::test {

/// What a journal remembers, so that it outlives the object that a restart makes anew.
struct RamJournalContents {
  struct Entry {
    RecordKind kind;
    std::uint32_t number;
    std::vector<std::uint8_t> payload;
  };
  std::vector<std::uint8_t> state;
  std::vector<Entry> log;
};

/// The smallest Journal policy: everything in RAM, nothing is ever torn. It shows that a Config's Journal takes
/// effect, and counts its calls.
class RamJournal {
 public:
  explicit RamJournal(RamJournalContents& contents) : contents_(contents) {}
  RamJournal(const RamJournal&) = delete;
  RamJournal& operator=(const RamJournal&) = delete;

  Status mount(MutableBytes state, std::uint32_t& length) {
    ++calls;
    length = static_cast<std::uint32_t>(contents_.state.size());
    copy_bytes(ConstBytes(contents_.state.data(), contents_.state.size()), state);
    return contents_.state.empty() ? Status::not_found : Status::ok;
  }
  Status write_state(ConstBytes state, Log log) {
    ++calls;
    contents_.state.assign(state.begin(), state.end());
    if (log == Log::start) contents_.log.clear();
    return Status::ok;
  }
  Status restore_state() { return Status::ok; }
  Status start_log(RecordKind kind, std::uint32_t number, ConstBytes payload, ConstBytes state) {
    (void)write_state(state, Log::start);
    return append(kind, number, payload);
  }
  Status append(RecordKind kind, std::uint32_t number, ConstBytes payload) {
    ++calls;
    contents_.log.push_back({kind, number, {payload.begin(), payload.end()}});
    return Status::ok;
  }
  bool has_room(std::uint32_t, std::uint32_t) const { return true; }
  bool fits_new_log(std::uint32_t) const { return true; }
  bool first(JournalRecord& record) { return show(record, 0); }
  bool next(JournalRecord& record) { return show(record, record.place + 1); }
  Status read(const JournalRecord& record, std::uint32_t at, MutableBytes out) {
    const std::vector<std::uint8_t>& payload = contents_.log[record.place].payload;
    if (!fits(at, static_cast<std::uint32_t>(out.size()), record.length)) return Status::out_of_bounds;
    copy_bytes(ConstBytes(payload.data() + at, out.size()), out);
    return Status::ok;
  }
  Status wipe() {
    contents_ = RamJournalContents();
    return Status::ok;
  }
  Status settle() { return Status::ok; }
  void allow(std::uint32_t) {}
  bool overlaps(const void*, Region) const { return false; }

  unsigned calls = 0;

 private:
  bool show(JournalRecord& record, std::size_t index) const {
    if (index >= contents_.log.size()) return false;
    const RamJournalContents::Entry& entry = contents_.log[index];
    record.kind = entry.kind;
    record.number = entry.number;
    record.length = static_cast<std::uint16_t>(entry.payload.size());
    record.place = static_cast<std::uint32_t>(index);
    return true;
  }

  RamJournalContents& contents_;
};

}  // namespace tmd::test
