// SPDX-License-Identifier: Apache-2.0
#include "tmd/history.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/device.hpp"
#include "support/format1_patch.hpp"
#include "support/slow_ram.hpp"
#include "tmd/journal/flash_journal.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// Counts its programs, and lets the next ones fail where it is told to.
struct Ram : SlowRam<16 * 1024, 1024, 8> {
  unsigned failures = 0;
  unsigned programs = 0;

  Status program(std::uint32_t address, ConstBytes bytes) {
    if (runs()) return Status::would_block;
    ++programs;
    if (failures != 0) {
      --failures;
      return Status::program_failed;
    }
    return RamFlash::program(address, bytes);
  }
};
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
  Status try_to_observe() {
    ++time;
    return until_done([&] { return history->observe(device.store(), time); });
  }
  Status try_to_note() {
    return until_done([&] { return history->note(LogEvent::noted, Status::ok, time); });
  }
  void observe() { REQUIRE(try_to_observe() == Status::ok); }
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

TEST_CASE(
    "an entry that could not be written is written by the next call, though nothing else has happened") {
  Recorded recorded(random_bytes(3000, 1));
  recorded.ram->failures = 1;
  CHECK(recorded.try_to_observe() == Status::program_failed);
  CHECK(recorded.try_to_observe() == Status::ok);
  recorded.restart();
  CHECK(recorded.events() == Events{"activated"});
  recorded.ram->failures = 1;
  CHECK(recorded.try_to_note() == Status::program_failed);
  CHECK(recorded.try_to_observe() == Status::ok);
  recorded.restart();
  CHECK(recorded.events() == Events{"activated", "noted"});
  const std::uint32_t programs = recorded.ram->programs;
  CHECK(recorded.try_to_observe() == Status::ok);
  CHECK(recorded.ram->programs == programs);  // nothing is left to be written
}

TEST_CASE("a call that finds the flash busy with another call's writing loses nothing") {
  const auto busy_after = [](auto&& first, auto&& second) {
    Recorded recorded(random_bytes(3000, 1));
    recorded.ram->calls = 1;
    CHECK(first(recorded) == Status::would_block);
    CHECK(until_done([&] { return second(recorded); }) == Status::ok);
    recorded.restart();
    return recorded.events();
  };
  const auto observe = [](Recorded& recorded) {
    return recorded.history->observe(recorded.device.store(), 1);
  };
  const auto note = [](Recorded& recorded) { return recorded.history->note(LogEvent::noted, Status::ok, 2); };
  const auto refuse = [](Recorded& recorded) {
    return recorded.history->note(LogEvent::update_refused, Status::wrong_base, 3);
  };
  const auto save = [](Recorded& recorded) { return recorded.history->save(); };
  CHECK(busy_after(observe, observe) == Events{"activated"});
  CHECK(busy_after(observe, note) == Events{"activated", "noted"});
  CHECK(busy_after(note, observe) == Events{"noted", "activated"});
  CHECK(busy_after(note, refuse) == Events{"noted", "update refused"});
  CHECK(busy_after(save, observe) == Events{"activated"});
  CHECK(busy_after(save, note) == Events{"noted"});
}

TEST_CASE("what happens while an entry is written is written behind it") {
  const Bytes first = random_bytes(3000, 1), second = random_bytes(3000, 2);
  Recorded recorded(first);
  recorded.ram->calls = 1;
  CHECK(recorded.history->observe(recorded.device.store(), 1) == Status::would_block);
  REQUIRE(recorded.update(first, second) == Status::ok);
  recorded.observe();
  recorded.restart();
  CHECK(recorded.events() == Events{"activated", "activated"});
}

TEST_CASE(
    "a model may run while the flash is busy: what is counted meanwhile delays nothing, and is kept later") {
  Recorded recorded(random_bytes(3000, 1));
  const std::uint32_t quiet = [] {
    Recorded other(random_bytes(3000, 1));
    other.observe();
    return other.ram->programs;
  }();
  recorded.ram->calls = 3;
  Status status = Status::would_block;
  for (int call = 0; call < 1000 && status == Status::would_block; ++call) {
    recorded.history->monitor().count(200);
    status = recorded.history->observe(recorded.device.store(), 1);
  }
  CHECK(status == Status::ok);
  CHECK(recorded.ram->programs == quiet);
  const std::uint32_t counted = recorded.history->monitor().inferences;
  CHECK(counted > 10);
  CHECK(until_done([&] { return recorded.history->save(); }) == Status::ok);
  recorded.restart();
  CHECK(recorded.history->monitor().inferences == counted);
}

TEST_CASE("a history shares the store's port: what the store's calls were allowed is none of its business") {
  Recorded recorded(random_bytes(3000, 1));
  const auto note = [&] { return recorded.history->note(LogEvent::noted, Status::ok, 1); };
  recorded.observe();
  CHECK(note() == Status::would_block);  // power goes while a state is written
  recorded.port = std::make_unique<FlashPort<Ram>>(*recorded.ram);
  recorded.journal = std::make_unique<Own>(*recorded.port, kRegion);
  recorded.history = std::make_unique<SmallHistory>();
  recorded.port->allow(1);
  REQUIRE(recorded.port->erase(15 * 1024) == Status::ok);
  Status status = Status::would_block;
  for (int call = 0; call < 100 && status == Status::would_block; ++call)
    status = recorded.history->mount(*recorded.journal);
  CHECK(status == Status::ok);
  CHECK(recorded.events() == Events{"activated"});
}

TEST_CASE("a model that is being overwritten counts as the one that was there, until another one is") {
  struct Told {
    Snapshot now;
    const Snapshot& snapshot() const { return now; }
  };
  Recorded recorded(random_bytes(100, 1));
  Told store;
  const auto observe = [&] {
    REQUIRE(until_done([&] { return recorded.history->observe(store, 1); }) == Status::ok);
  };
  ModelRecord& model = store.now.models[0];
  store.now.state = ModelState::confirmed;
  model.present = true;
  model.digest.bytes[0] = 1;
  observe();
  store.now.in_place = InPlaceStage::applying;
  model.present = false;
  observe();
  CHECK(recorded.events() == Events{"activated"});
  store.now.in_place = InPlaceStage::none;
  model.present = true;
  model.digest.bytes[0] = 2;
  observe();
  CHECK(recorded.events() == Events{"activated", "activated"});
  model.present = false;
  observe();
  CHECK(recorded.events() == Events{"activated", "activated", "erased"});
}
