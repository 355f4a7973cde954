// SPDX-License-Identifier: Apache-2.0
#include "tmd/log.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace tmd;

namespace {

LogEntry entry_at(std::uint32_t time) {
  LogEntry entry;
  entry.time = time;
  entry.event = LogEvent::noted;
  return entry;
}

}  // namespace

TEST_CASE("entries are numbered from 1, the oldest ones go first") {
  AuditLog<4> log;
  CHECK(log.size() == 0);
  CHECK(log.last_chain() == 0);
  CHECK(log.is_whole());
  for (std::uint32_t i = 1; i <= 10; ++i) {
    log.append(entry_at(100 + i));
    CHECK(log.size() == (i < 4 ? i : 4));
    CHECK(log.dropped() == (i < 4 ? 0 : i - 4));
    CHECK(log.is_whole());
    for (std::uint32_t at = 0; at < log.size(); ++at) {
      CHECK(log.at(at).number == log.dropped() + at + 1);
      CHECK(log.at(at).time == 100 + log.at(at).number);
    }
    CHECK(log.at(log.size()).number == 0);
    CHECK(log.at(log.size() - 1).chain == log.last_chain());
  }
}

TEST_CASE("each entry is chained to the one before") {
  AuditLog<4> log;
  AuditLog<4> other;
  log.append(entry_at(1));
  log.append(entry_at(2));
  other.append(entry_at(7));
  other.append(entry_at(2));
  CHECK(log.at(1).chain == log.at(1).chained(log.at(0).chain));
  CHECK(log.at(1).chain != other.at(1).chain);
  CHECK(log.at(0).chain == log.at(0).chained(0));
}

TEST_CASE("any byte that changes in a full log is found") {
  AuditLog<3> sound;
  for (std::uint32_t i = 0; i < 5; ++i) sound.append(entry_at(i));
  REQUIRE(sound.is_whole());
  // The number of written entries, the chain of what was dropped, and the entries: every byte counts.
  for (std::size_t at = 4; at < sizeof(sound); ++at) {
    AuditLog<3> damaged = sound;
    memory_of(damaged)[at] ^= 0x10;
    CAPTURE(at);
    CHECK_FALSE(damaged.is_whole());
  }
}

TEST_CASE("every event has words of its own") {
  std::set<std::string> words;
  for (std::uint8_t event = 0; event <= static_cast<std::uint8_t>(LogEvent::noted); ++event)
    CHECK(words.insert(to_string(static_cast<LogEvent>(event))).second);
  CHECK(words.count("?") == 0);
  CHECK(std::string(to_string(static_cast<LogEvent>(99))) == "?");
}
