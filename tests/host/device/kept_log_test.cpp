// SPDX-License-Identifier: Apache-2.0
#include "device/kept_log.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "device/simulation.hpp"
#include "host/device/two_slot_bench.hpp"

using namespace tmd;

namespace {

/// A part that keeps a log.
struct LogBench : test::TwoSlotBench {
  LogBench() : TwoSlotBench(3000, {4 * 1024, 32 * 1024, 1024, 4, 32 * 1024}) {}
};

std::vector<std::string> events(const host::device::KeptLog& log) {
  std::vector<std::string> names;
  for (const LogEntry& entry : log.entries) names.push_back(to_string(entry.event));
  return names;
}

using Events = std::vector<std::string>;

}  // namespace

TEST_CASE("a simulated device writes down what happens to its models, with the time it is told") {
  LogBench bench;
  std::uint32_t time = 1000;
  bench.plan.clock = [&time] { return time++; };
  host::device::FileFlash flash(bench.plan.part.geometry());
  (void)bench.run(flash);
  const host::device::KeptLog log = host::device::read_log(flash, bench.plan.part);
  CHECK(events(log) == Events{"activated", "update begun", "activated", "confirmed"});
  CHECK(log.is_whole);
  CHECK(log.dropped == 0);
  CHECK(log.chain == log.entries.back().chain);
  CHECK(log.entries[1].identity == bench.patch.identity());
  for (std::size_t i = 1; i < log.entries.size(); ++i) {
    CHECK(log.entries[i].number == i + 1);
    CHECK(log.entries[i].time >= log.entries[i - 1].time);
  }
  CHECK(log.entries[0].time >= 1000);
}

TEST_CASE("wherever the power goes, each event is in the log once, in its order") {
  LogBench bench;
  std::uint32_t operations = 0;
  {
    host::device::FileFlash flash(bench.plan.part.geometry());
    const FlashCounters whole = bench.run(flash).flash;
    operations = whole.erases + whole.programs;
  }
  REQUIRE(operations > 30);
  std::uint32_t cuts = 0;
  for (bench.plan.cut.operation = 1; bench.plan.cut.operation <= operations; ++bench.plan.cut.operation) {
    CAPTURE(bench.plan.cut.operation);
    host::device::FileFlash flash(bench.plan.part.geometry());
    for (const host::device::Event& event : bench.run(flash).events)
      cuts += event.kind == host::device::Event::Kind::power_cut ? 1U : 0U;
    const host::device::KeptLog log = host::device::read_log(flash, bench.plan.part);
    CHECK(log.is_whole);
    // An update that had written nothing durable may be begun without a trace, and is begun again.
    const Events all = events(log);
    CHECK(all.front() == "activated");
    CHECK(std::count(all.begin(), all.end(), "update begun") == 1);
    CHECK(std::count(all.begin(), all.end(), "activated") == 2);
    CHECK(all.back() == "confirmed");
  }
  CHECK(cuts > 30);
}

TEST_CASE("a patch that is refused is in the log with its reason") {
  LogBench bench;
  bench.patch.bytes[bench.patch.bytes.size() - 6] ^= 1;
  host::device::FileFlash flash(bench.plan.part.geometry());
  CHECK_THROWS_AS((void)bench.run(flash), host::Error);
  const host::device::KeptLog log = host::device::read_log(flash, bench.plan.part);
  REQUIRE(!log.entries.empty());
  CHECK(log.entries.back().event == LogEvent::update_refused);
  CHECK(is_error(log.entries.back().status));
}

TEST_CASE("a part without room for a log has none to read") {
  LogBench bench;
  bench.plan.part.log_size = 0;
  host::device::FileFlash flash(bench.plan.part.geometry());
  (void)bench.run(flash);
  CHECK_THROWS_AS((void)host::device::read_log(flash, bench.plan.part), host::Error);
}
