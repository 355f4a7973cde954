// SPDX-License-Identifier: Apache-2.0
#include "device/simulation.hpp"

#include <doctest/doctest.h>

#include "base/bytes.hpp"
#include "patch/make_patch.hpp"

using namespace tmd;

TEST_CASE("the power may go at each single flash operation of an update") {
  host::Bytes base(9000);
  for (std::size_t i = 0; i < base.size(); ++i) base[i] = static_cast<std::uint8_t>(i * i >> 3);
  host::Bytes target = base;
  for (std::size_t i = 0; i < target.size(); i += 90) target[i] ^= 0x55;
  const host::patch::PatchFile patch = host::patch::parse_patch(
      "patch", host::patch::make_patch(host::view(base), host::view(target), {}).bytes);
  host::device::SimulationPlan plan;
  plan.part = {9 * 1024, 16 * 1024, 1024, 4};
  const auto run = [&](std::uint64_t cut_operation) {
    host::device::FileFlash flash(plan.part.geometry());
    plan.cut.operation = cut_operation;
    const host::device::SimulationReport report =
        host::device::simulate(flash, "base", host::view(base), patch, plan);
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
