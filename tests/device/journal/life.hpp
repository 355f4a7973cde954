// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "support/bytes.hpp"
#include "support/power_cut.hpp"
#include "tmd/journal/journal.hpp"

namespace tmd::test {

constexpr std::uint32_t kStateSize = 40;

/// Makes the payload of the how many-th write.
using PayloadMaker = std::function<Bytes(std::uint32_t number, std::uint32_t size)>;
inline Bytes plain_payload(std::uint32_t number, std::uint32_t size) {
  Bytes bytes(size);
  for (std::uint32_t i = 0; i < size; ++i)
    bytes[i] = static_cast<std::uint8_t>(number * 37 + i * 11 + (i >> 3));
  for (std::uint32_t i = 0; i < 4 && i < size; ++i) bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return bytes;
}

/// What a mount may find, by the Journal policy's contract and what was done so far.
struct Expectation {
  struct Entry {
    RecordKind kind;
    std::uint32_t number;
    Bytes payload;
    bool is_sure;  ///< `append` said ok. Else power went, or it was given up: there whole, or not at all.
  };
  using Entries = std::vector<Entry>;
  struct Version {
    Bytes state;  ///< Empty: a new device.
    Entries log;
    /// Entries before these may be gone, all together: the states behind them were written with Log::keep, and
    /// may have found no room beside the log.
    std::vector<std::size_t> starts = {0};
  };

  std::vector<Version> versions = {Version()};  ///< One, or several where a state may or may not be written.
  bool may_lose_logs = false;  ///< So much is cut or given up that a state may find no room beside its log.
  std::function<void()> between;  ///< What others do before each call.
  std::uint32_t work = 0;         ///< What may be begun in each call: Journal::allow.
  std::uint32_t written = 0;      ///< Calls so far, for payloads that are all different.

  Version& newest() { return versions.back(); }
};

/// A step of a life.
struct Step {
  enum class Kind : std::uint8_t {
    start,
    keep,
    fresh,  ///< A log that starts with a record of this size, and a state like the one before.
    append
  };
  Kind kind;
  std::uint32_t size = 0;
};

/// How strictly the log is looked at.
enum class Rotten : std::uint8_t {
  no,
  yes,  ///< One place is damaged: a record of the log may be missing.
};

/// The log as the journal has it. Empty: it can be read.
template <class Journal>
std::string read_log(Journal& journal, Expectation::Entries& log) {
  JournalRecord record;
  for (bool more = journal.first(record); more; more = journal.next(record)) {
    Bytes payload(record.length);
    if (journal.read(record, 0, MutableBytes(payload.data(), payload.size())) != Status::ok)
      return "a record of the log can't be read";
    log.push_back({record.kind, record.number, payload, true});
    if (log.size() > 10000) return "the log has no end";
  }
  return "";
}

/// Compares a log with what is expected from entry `at` on. Empty: right.
inline std::string compare_log(const Expectation::Entries& log, const Expectation::Entries& expected,
                               std::size_t at, Rotten rotten) {
  unsigned missing = 0;
  for (const Expectation::Entry& entry : log) {
    while (at < expected.size() && (expected[at].kind != entry.kind || expected[at].number != entry.number ||
                                    expected[at].payload != entry.payload))
      missing += expected[at++].is_sure ? 1 : 0;
    if (at++ == expected.size()) return "the log has a record that nobody wrote";
  }
  for (; at < expected.size(); ++at) missing += expected[at].is_sure ? 1 : 0;
  return missing <= (rotten == Rotten::yes ? 1U : 0U) ? "" : "a record of the log is missing";
}

template <class Journal>
std::string check_log(Journal& journal, const Expectation::Version& version, Rotten rotten) {
  Expectation::Entries log;
  std::string problem = read_log(journal, log);
  if (!problem.empty()) return problem;
  for (const std::size_t start : version.starts) {
    problem = compare_log(log, version.log, start, rotten);
    if (problem.empty()) return problem;
  }
  return problem;
}

/// Mounts and compares. What was found is then the only version, once the journal has protected it.
template <class Journal>
std::string check_mount(Journal& journal, Expectation& expected, std::uint32_t state_size,
                        Rotten rotten = Rotten::no) {
  Bytes state(state_size);
  std::uint32_t length = 0;
  const Status status = journal.mount(MutableBytes(state.data(), state.size()), length);
  if (status != Status::ok && status != Status::not_found) return std::string("mount: ") + to_string(status);
  state.resize(length);
  if ((status == Status::not_found) != state.empty()) return "mount: not_found, and a state";
  for (std::size_t i = expected.versions.size(); i-- != 0;) {
    if (expected.versions[i].state != state) continue;
    if (std::string what = check_log(journal, expected.versions[i], rotten); !what.empty()) return what;
    std::swap(expected.versions[i], expected.versions.back());
    return "";
  }
  return state.empty() ? "the state is gone" : "this state is not the newest";
}

/// Calls until the answer is another one than would_block, or so many times: then the call is given up.
template <class Journal, class Call>
Status until_done(Journal& journal, const Expectation& expected, Call call, unsigned turns = 100000) {
  Status status = Status::would_block;
  for (; status == Status::would_block && turns != 0; --turns) {
    if (expected.between) expected.between();
    journal.allow(expected.work);
    status = call();
  }
  return status;
}

template <class Journal>
Status restore(Journal& journal, Expectation& expected) {
  for (Expectation::Version& version : expected.versions) {
    if (expected.may_lose_logs) version.starts.push_back(version.log.size());
  }
  const Status status = until_done(journal, expected, [&] { return journal.restore_state(); });
  if (status == Status::ok) expected.versions = {expected.newest()};
  return status;
}

/// Does one step; what is expected holds at any time during it too.
template <class Journal>
Status perform(Journal& journal, Expectation& expected, const Step& step, const PayloadMaker& make,
               unsigned turns = 100000) {
  const std::uint32_t number = ++expected.written;
  const Bytes payload = make(number, step.size);
  switch (step.kind) {
    case Step::Kind::fresh: {
      const std::size_t size = expected.newest().state.empty() ? 24 : expected.newest().state.size();
      const Bytes state = make(number, static_cast<std::uint32_t>(size));
      const Expectation::Version next{state, {{RecordKind::patch, number, payload, true}}, {0}};
      // Until it is done the log before goes on.
      expected.versions.insert(expected.versions.end() - 1, next);
      const Status status = until_done(
          journal, expected,
          [&] { return journal.start_log(RecordKind::patch, number, view(payload), view(state)); }, turns);
      JournalRecord first;
      if (status == Status::ok || (journal.first(first) && first.number == number))
        expected.versions = {next};
      if (status == Status::journal_full || status == Status::journal_worn)
        expected.versions.erase(expected.versions.end() - 2);
      return status;
    }
    case Step::Kind::append: {
      Expectation::Entries& log = expected.newest().log;
      log.push_back({RecordKind::patch, number, payload, false});
      const Status status = until_done(
          journal, expected, [&] { return journal.append(RecordKind::patch, number, view(payload)); }, turns);
      log.back().is_sure = status == Status::ok;
      if (status == Status::journal_full || status == Status::journal_worn) log.pop_back();
      return status;
    }
    case Step::Kind::start:
    case Step::Kind::keep: {
      const Log log = step.kind == Step::Kind::start ? Log::start : Log::keep;
      Expectation::Version next{payload, expected.newest().log, expected.newest().starts};
      next.starts.push_back(next.log.size());
      if (log == Log::start) next = {payload, {}, {0}};
      if (expected.may_lose_logs) next.starts.push_back(next.log.size());
      expected.versions.push_back(next);
      const Status status = until_done(
          journal, expected, [&] { return journal.write_state(view(payload), log); }, turns);
      if (status == Status::ok) expected.versions = {next};
      if (status == Status::journal_worn) expected.versions.pop_back();
      return status;
    }
  }
  return Status::ok;
}

/// A life with the journal of a medium: a thing that is copied with all that it remembers, and has a `Session`
/// with a `journal` for the time between two restarts.
template <class Medium>
struct Life {
  Medium medium;
  Expectation expected;
  std::uint32_t state_size;
  PayloadMaker make = plain_payload;

  /// From a restart on: mounts, checks, goes through the steps, and mounts once more. Empty: all is right.
  std::string go_on(const std::vector<Step>& steps, Rotten rotten = Rotten::no) {
    medium.reboot();
    {
      typename Medium::Session session(medium);
      if (std::string what = check_mount(session.journal, expected, state_size, rotten); !what.empty())
        return what;
      if (rotten == Rotten::yes) forget_log();
      if (const Status status = restore(session.journal, expected); status != Status::ok)
        return std::string("restore_state: ") + to_string(status);
      for (const Step& step : steps) {
        const Status status = perform(session.journal, expected, step, make);
        if (status != Status::ok && status != Status::journal_full) return to_string(status);
      }
    }
    return check_again(rotten);
  }
  /// Mounts and compares once more, as after another restart.
  std::string check_again(Rotten rotten = Rotten::no) {
    medium.reboot();
    typename Medium::Session session(medium);
    std::string what = check_mount(session.journal, expected, state_size, rotten);
    return what.empty() ? medium.violation() : what;
  }
  /// What of the log is there from here on need not be told any more.
  void forget_log() {
    for (Expectation::Entry& entry : expected.newest().log) entry.is_sure = false;
  }
};

}  // namespace tmd::test
