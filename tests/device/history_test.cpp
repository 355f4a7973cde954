// SPDX-License-Identifier: Apache-2.0
#include "tmd/history.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/device.hpp"
#include "support/format1_patch.hpp"
#include "tmd/journal/flash_journal.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using Ram = RamFlash<16 * 1024, 1024, 8>;
using Own = FlashJournal<Ram>;
using SmallHistory = History<Own, 6>;
constexpr Region kRegion = {0, 16 * 1024};

/// A device with a history, and the restarts of both.
struct Recorded {
  explicit Recorded(const Bytes& model) : device(model) { restart(); }

  void restart() {
    (void)device.restart();
    port = std::make_unique<FlashPort<Ram>>(*ram);
    journal = std::make_unique<Own>(*port, kRegion);
    history = std::make_unique<SmallHistory>();
    REQUIRE(until_done([&] { return history->mount(*journal); }) == Status::ok);
  }
  void observe() {
    REQUIRE(until_done([&] { return history->observe(device.store(), ++time); }) == Status::ok);
  }
  Status update(const Bytes& base, const Bytes& target) {
    return device.update(format1_patch(base, target, {{0, 0, target}}));
  }
  std::vector<std::string> events() const {
    std::vector<std::string> names;
    for (std::uint32_t i = 0; i < history->log().size(); ++i)
      names.push_back(to_string(history->log().at(i).event));
    return names;
  }

  Device<WithFormat1> device;
  std::unique_ptr<Ram> ram = std::make_unique<Ram>();
  std::unique_ptr<FlashPort<Ram>> port;
  std::unique_ptr<Own> journal;
  std::unique_ptr<SmallHistory> history;
  std::uint32_t time = 100;
};

using Events = std::vector<std::string>;

}  // namespace

TEST_CASE("what happens to models is written down, and read again after a restart") {
  const Bytes first = random_bytes(3000, 1), second = random_bytes(3000, 2);
  Recorded recorded(first);
  recorded.observe();
  REQUIRE(recorded.update(first, second) == Status::ok);
  recorded.observe();
  REQUIRE(recorded.device.store().confirm() == Status::ok);
  recorded.observe();
  REQUIRE(recorded.device.store().revert() == Status::ok);
  recorded.observe();
  recorded.observe();  // nothing happened
  const Events expected = {"activated", "activated", "confirmed", "reverted"};
  CHECK(recorded.events() == expected);
  recorded.restart();
  CHECK(recorded.events() == expected);
  CHECK(recorded.history->log().is_whole());
  const LogEntry activated = recorded.history->log().at(1);
  CHECK(activated.number == 2);
  CHECK(activated.time == 102);
  CHECK(activated.identity == load_le32(digest_of(DigestKind::crc32, view(second)).bytes.data()));
}

TEST_CASE("an event whose entry a power cut took is written at the next observation") {
  const Bytes first = random_bytes(3000, 1), second = random_bytes(3000, 2);
  Recorded recorded(first);
  recorded.observe();
  REQUIRE(recorded.update(first, second) == Status::ok);
  recorded.restart();  // before anyone observed
  recorded.observe();
  CHECK(recorded.events() == Events{"activated", "activated"});
}

TEST_CASE("the oldest entries are dropped, which a reader sees, and a changed one is found") {
  AuditLog<4> log;
  for (std::uint32_t i = 0; i < 9; ++i) {
    LogEntry entry;
    entry.event = LogEvent::noted;
    entry.time = i;
    log.append(entry);
    CHECK(log.is_whole());
  }
  CHECK(log.size() == 4);
  CHECK(log.dropped() == 5);
  CHECK(log.at(0).number == 6);
  CHECK(log.at(3).time == 8);
  CHECK(log.at(4).event == LogEvent::none);
  MutableBytes bytes = memory_of(log);
  for (std::size_t i = 8; i < bytes.size(); i += 5) {
    bytes[i] ^= 0x20;
    CHECK_FALSE(log.is_whole());
    bytes[i] ^= 0x20;
  }
  CHECK(log.is_whole());
}

TEST_CASE("a monitor counts, is kept by save, and begins anew with another model") {
  const Bytes first = random_bytes(3000, 1), second = random_bytes(3000, 2);
  Recorded recorded(first);
  recorded.observe();
  recorded.history->monitor().count(255);
  recorded.history->monitor().count(31);
  recorded.history->monitor().judge(true);
  REQUIRE(until_done([&] { return recorded.history->save(); }) == Status::ok);
  recorded.history->monitor().judge(false);  // lost
  recorded.restart();
  const ModelMonitor& monitor = recorded.history->monitor();
  CHECK(monitor.inferences == 2);
  CHECK(monitor.confidence[7] == 1);
  CHECK(monitor.confidence[0] == 1);
  CHECK(monitor.good == 1);
  CHECK(monitor.bad == 0);
  REQUIRE(recorded.update(first, second) == Status::ok);
  recorded.observe();
  CHECK(recorded.history->monitor().inferences == 0);
}

TEST_CASE("a trial is decided by the share of good verdicts, and not too early") {
  const TrialPolicy policy;  // 50 good ones, from 20 on, 80 percent
  ModelMonitor monitor;
  for (int i = 0; i < 19; ++i) monitor.judge(false);
  CHECK(policy.decide(monitor) == TrialDecision::wait);
  monitor.judge(false);
  CHECK(policy.decide(monitor) == TrialDecision::revert);
  monitor = ModelMonitor();
  for (int i = 0; i < 49; ++i) monitor.judge(true);
  CHECK(policy.decide(monitor) == TrialDecision::wait);
  monitor.judge(true);
  CHECK(policy.decide(monitor) == TrialDecision::confirm);
  for (int i = 0; i < 13; ++i) monitor.judge(false);  // 50 of 63: 79.4 percent
  CHECK(policy.decide(monitor) == TrialDecision::revert);
}
