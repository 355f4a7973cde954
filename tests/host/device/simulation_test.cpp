// SPDX-License-Identifier: Apache-2.0
#include "device/simulation.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "host/device/two_slot_bench.hpp"
#include "support/program.hpp"

using namespace tmd;

namespace {

struct SimulationBench : test::TwoSlotBench {
  explicit SimulationBench(const host::patch::PatchRecipe& recipe = {})
      : TwoSlotBench(9000, {9 * 1024, 16 * 1024, 1024, 4}, recipe) {}
};

/// With an entry of so many bytes, as a self-test's input takes.
host::patch::PatchRecipe with_entry_of(std::size_t bytes) {
  host::patch::PatchRecipe recipe;
  recipe.entries = {{EntryNumber::self_test, false, host::Bytes(bytes, 0x5A)}};
  return recipe;
}

}  // namespace

TEST_CASE("the power may go at each single flash operation of an update") {
  SimulationBench bench;
  const host::Bytes& target = bench.target;
  host::device::SimulationPlan& plan = bench.plan;
  const auto run = [&](std::uint64_t cut_operation) {
    host::device::FileFlash flash(plan.part.geometry());
    plan.cut.operation = cut_operation;
    const host::device::SimulationReport report = bench.run(flash);
    const Region active = report.after.region;
    const ConstBytes bytes = flash.memory().slice(active.address, active.size);
    CHECK(equal_bytes(bytes, host::view(target)));
    return report;
  };
  const FlashCounters whole = run(0).flash;
  const std::uint32_t operations = whole.erases + whole.programs;
  REQUIRE(operations > 50);
  // Behind the update come the operations of the confirmation, where the power stays on.
  std::uint32_t cuts = 0;
  std::uint32_t last_cut = 0;
  for (std::uint32_t operation = 1; operation <= operations; ++operation) {
    CAPTURE(operation);
    for (const host::device::Event& event : run(operation).events) {
      if (event.kind != host::device::Event::Kind::power_cut) continue;
      ++cuts;
      last_cut = operation;
    }
  }
  CHECK(cuts == last_cut);
  CHECK(cuts > 50);
}

TEST_CASE("an image is gone on with wherever a cut left it, also behind the switch") {
  SimulationBench bench;
  bench.plan.cut.operation = 100000;
  const std::uint64_t last = bench.run().missed_cut.value();
  bench.plan.stop_at_cut = true;
  std::uint32_t behind_switch = 0;
  for (std::uint64_t operation = 1; operation <= last; ++operation) {
    CAPTURE(operation);
    const test::TemporaryFolder folder;
    bench.plan.cut.operation = operation;
    {
      host::device::FileFlash flash(folder / "flash.bin", bench.plan.part.geometry());
      REQUIRE(bench.run(flash).stopped_at_cut);
    }
    bench.plan.cut.operation = 0;
    host::device::FileFlash flash(folder / "flash.bin", bench.plan.part.geometry());
    host::device::SimulationReport report;
    REQUIRE_NOTHROW(report = bench.run(flash));
    const Region active = report.after.region;
    CHECK(report.after.state == ModelState::confirmed);
    CHECK(equal_bytes(flash.memory().slice(active.address, active.size), host::view(bench.target)));
    if (report.before.state != ModelState::trial) continue;
    ++behind_switch;
    CHECK(report.packets_sent == 0);
    CHECK(report.events.front().kind == host::device::Event::Kind::switched_already);
  }
  CHECK(behind_switch > 0);
  CHECK(behind_switch < last / 2);
}

TEST_CASE("a device that does not boot is the image's fault, and a new image of that kind gets no name") {
  SimulationBench bench;
  const test::TemporaryFolder folder;
  bench.plan.part.journal_size = 2048;
  {
    host::device::FileFlash flash(folder / "flash.bin", bench.plan.part.geometry());
    CHECK_THROWS_WITH_AS(
        (void)bench.run(flash),
        doctest::Contains("flash.bin: slots or journal overlap, are misaligned or too small; tmd size"),
        host::Error);
  }
  CHECK_FALSE(std::filesystem::exists(folder / "flash.bin"));
  bench.plan.part.journal_size = 16 * 1024;
  test::put_contents(folder / "flash.bin", std::string(bench.plan.part.geometry().size, '\x55'));
  host::device::FileFlash flash(folder / "flash.bin", bench.plan.part.geometry());
  CHECK_THROWS_WITH_AS((void)bench.run(flash), doctest::Contains("flash.bin: "), host::Error);
}

TEST_CASE("a power cut that never came is told with the number of operations, one that came is not") {
  SimulationBench bench;
  CHECK_FALSE(bench.run().missed_cut.has_value());
  bench.plan.cut.operation = 100000;
  const std::optional<std::uint64_t> last = bench.run().missed_cut;
  REQUIRE(last.has_value());
  bench.plan.cut.operation = *last;
  CHECK_FALSE(bench.run().missed_cut.has_value());
  bench.plan.cut.operation = *last + 1;
  CHECK(bench.run().missed_cut == last);
}

TEST_CASE("an image that holds another model is refused") {
  const SimulationBench bench;
  const test::TemporaryFolder folder;
  {
    host::device::FileFlash flash(folder / "flash.bin", bench.plan.part.geometry());
    (void)bench.run(flash);
  }
  host::device::FileFlash flash(folder / "flash.bin", bench.plan.part.geometry());
  CHECK_THROWS_WITH_AS((void)bench.run(flash), doctest::Contains("holds another model than base"),
                       host::Error);
}

TEST_CASE("packets that are lost are counted, told where, and made up for") {
  SimulationBench bench;
  bench.plan.link.packet_size = 64;
  bench.plan.link.loss = 0.3;
  const host::device::SimulationReport report = bench.run();
  const auto lost = std::count_if(report.events.begin(), report.events.end(), [](const auto& event) {
    return event.kind == host::device::Event::Kind::packet_lost;
  });
  CHECK(lost > 0);
  CHECK(report.packets_lost == static_cast<std::uint32_t>(lost));
  CHECK(report.packets_sent >= report.packets_needed + report.packets_lost);
  CHECK(report.after.region.size == bench.target.size());
}

TEST_CASE("a manifest of any length that a firmware can be configured for is taken, and cut off") {
  CHECK(host::device::journal_for(SimulationBench(with_entry_of(3900)).patch) == 32 * 1024);
  for (const std::size_t bytes : {900, 3900, 4500, 16000, 20000, 56000}) {
    CAPTURE(bytes);
    SimulationBench bench(with_entry_of(bytes));
    bench.plan.part.journal_size = host::device::slot_for(host::device::journal_for(bench.patch), 1024);
    bench.plan.cut.patch_bytes = static_cast<std::uint32_t>(bench.patch.bytes.size()) - 10;
    host::device::FileFlash flash(bench.plan.part.geometry());
    host::device::SimulationReport report;
    REQUIRE_NOTHROW(report = bench.run(flash));
    const Region active = report.after.region;
    CHECK(equal_bytes(flash.memory().slice(active.address, active.size), host::view(bench.target)));
    // The journal has room for the manifest: it is not sent again.
    const auto& last = report.events.back();
    CHECK(last.kind == host::device::Event::Kind::resumed);
    CHECK(last.offset >= bench.patch.manifest.body_offset);
  }
  CHECK_THROWS_WITH_AS((void)SimulationBench(with_entry_of(57400)),
                       doctest::Contains("more than 57,344 bytes"), host::Error);
}
