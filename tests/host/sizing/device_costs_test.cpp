// SPDX-License-Identifier: Apache-2.0
#include "sizing/device_costs.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "base/error.hpp"
#include "device/simulation.hpp"
#include "patch/make_patch.hpp"
#include "support/bytes.hpp"

using namespace tmd;
using namespace tmd::host;

namespace {

/// What one update really does to flash: every `step`th byte of the model is another one.
device::SimulationReport simulated(const device::Part& part, std::uint32_t model_size, std::uint32_t step,
                                   std::uint32_t& patch_size) {
  const host::Bytes base = test::random_bytes(model_size, 1), noise = test::random_bytes(model_size, 2);
  host::Bytes target = base;
  for (std::size_t i = 0; i < target.size(); i += step) target[i] = noise[i];
  patch::PatchRecipe recipe;
  recipe.effort = host::Effort::quick;
  const patch::PatchFile file =
      patch::parse_patch("patch", patch::make_patch(host::view(base), host::view(target), recipe).bytes);
  patch_size = static_cast<std::uint32_t>(file.bytes.size());
  device::FileFlash flash(part.geometry());
  device::SimulationPlan plan;
  plan.part = part;
  return device::simulate(flash, "base", host::view(base), file, plan);
}

}  // namespace

TEST_CASE("what is said of an update's erases and programs is what an update does") {
  struct Case {
    std::uint32_t model, step, erase, program, journal;
  };
  for (const Case& c :
       {Case{60000, 8, 4096, 8, 32768}, Case{60000, 2, 4096, 4, 32768}, Case{30000, 4, 2048, 8, 24576},
        Case{60000, 300, 4096, 8, 8192}, Case{100000, 5, 1024, 1, 32768}, Case{40000, 4, 8192, 32, 49152}}) {
    CAPTURE(c.model);
    CAPTURE(c.erase);
    CAPTURE(c.journal);
    const device::Part part{device::slot_for(c.model, c.erase), c.journal, c.erase, c.program};
    sizing::DeviceChoice choice;
    choice.erase_size = c.erase;
    choice.program_size = c.program;
    choice.model_size = c.model;
    choice.journal_size = c.journal;
    const device::SimulationReport report = simulated(part, c.model, c.step, choice.patch_size);
    const sizing::DeviceCosts costs = sizing::device_costs(choice);
    CHECK(costs.slot_size == part.slot_size);
    const double erases = costs.slot_erases + costs.journal_erases;
    CHECK(erases == doctest::Approx(report.flash.erases).epsilon(0.25));
    CHECK(static_cast<double>(costs.programmed_bytes) ==
          doctest::Approx(static_cast<double>(report.flash.programmed_bytes)).epsilon(0.15));
  }
}

TEST_CASE(
    "the journal that is recommended resumes exactly and is erased no more than the slot; less is not both") {
  for (const std::uint32_t erase : {1024U, 2048U, 4096U, 8192U}) {
    CAPTURE(erase);
    sizing::DeviceChoice choice;
    choice.erase_size = erase;
    choice.program_size = 8;
    choice.model_size = 60000;
    choice.patch_size = 15000;
    const sizing::DeviceCosts costs = sizing::device_costs(choice);
    CHECK(costs.resumes_exactly);
    CHECK(costs.journal_erases <= costs.slot_erases);
    CHECK(costs.least_journal_size <= costs.journal_size);
    CHECK(costs.flash_size == 2 * costs.slot_size + costs.journal_size);
    if (costs.journal_size == 2 * erase) continue;
    choice.journal_size = costs.journal_size - 2 * erase;
    const sizing::DeviceCosts less = sizing::device_costs(choice);
    CHECK((!less.resumes_exactly || less.journal_erases > less.slot_erases));
  }
}

TEST_CASE("small erase blocks get a journal as large in bytes as it has to be, and the library takes it") {
  for (const std::uint32_t erase : {32U, 64U, 96U}) {
    CAPTURE(erase);
    sizing::DeviceChoice choice;
    choice.erase_size = erase;
    choice.model_size = 9000;
    choice.patch_size = 2300;
    sizing::DeviceCosts costs;
    REQUIRE_NOTHROW(costs = sizing::device_costs(choice));
    CHECK(costs.resumes_exactly);
    CHECK(costs.journal_size > 4096);
    // A bank of the smallest blocks has more of them than the slot.
    if (erase != 32) CHECK(costs.journal_erases <= costs.slot_erases);
    const auto takes = [&](std::uint32_t journal) {
      std::uint32_t patch_size = 0;
      const device::Part part{device::slot_for(choice.model_size, erase), journal, erase, 4};
      return simulated(part, choice.model_size, 8, patch_size).after.present;
    };
    CHECK(takes(costs.journal_size));
    CHECK(takes(costs.least_journal_size));
    CHECK_THROWS_AS((void)takes(costs.least_journal_size - 2 * erase), host::Error);
  }
}

TEST_CASE("buffers cost what they are large, and the small decoder less than the default one") {
  sizing::DeviceChoice choice;
  choice.model_size = 60000;
  choice.patch_size = 15000;
  const sizing::DeviceCosts plain = sizing::device_costs(choice);
  choice.page = 4096;
  CHECK(sizing::device_costs(choice).store_ram == plain.store_ram + 4096 - 256);
  choice.interval = 560;
  CHECK(sizing::device_costs(choice).updater_ram == plain.updater_ram + 560 - 212);
  choice.interval = 210;
  choice.decoder = "small";
  CHECK(sizing::device_costs(choice).updater_ram < plain.updater_ram);
  choice.interval = 0;
  const sizing::DeviceCosts smallest = sizing::device_costs(choice);
  CHECK_FALSE(smallest.resumes_exactly);
  CHECK(smallest.journal_size == smallest.least_journal_size);
}

TEST_CASE("a device that cannot be is refused") {
  const auto refused = [](auto&& change) {
    sizing::DeviceChoice choice;
    choice.model_size = 60000;
    choice.patch_size = 15000;
    change(choice);
    CHECK_THROWS_AS((void)sizing::device_costs(choice), host::Error);
  };
  refused([](sizing::DeviceChoice& c) { c.model_size = 0; });
  refused([](sizing::DeviceChoice& c) { c.program_size = 512, c.erase_size = 256; });
  refused([](sizing::DeviceChoice& c) { c.erase_size = 1000, c.program_size = 16; });
  refused([](sizing::DeviceChoice& c) { c.page = 100, c.program_size = 8; });
  refused([](sizing::DeviceChoice& c) { c.journal_size = 5000; });
  refused([](sizing::DeviceChoice& c) { c.journal_size = 4096; });
}

TEST_CASE("times are those of the part, in seconds") {
  sizing::DeviceChoice choice;
  choice.program_size = 4;
  CHECK(sizing::erase_seconds(choice) == doctest::Approx(0.045));
  CHECK(sizing::program_seconds(choice, 256) == doctest::Approx(256 * 11e-6));
  choice.erase_milliseconds = 20;
  choice.program_microseconds = 100;
  CHECK(sizing::erase_seconds(choice) == doctest::Approx(0.02));
  CHECK(sizing::program_seconds(choice, 256) == doctest::Approx(64 * 100e-6));
}

TEST_CASE("the last unit of a model is programmed whole, and wear is that of one block") {
  sizing::DeviceChoice choice;
  choice.program_size = 8;
  choice.model_size = 60000;
  choice.patch_size = 15000;
  const sizing::DeviceCosts whole = sizing::device_costs(choice);
  choice.model_size = 60001;
  CHECK(sizing::device_costs(choice).programmed_bytes == whole.programmed_bytes + 8);
  const double blocks = whole.journal_size / choice.erase_size;
  REQUIRE(whole.journal_erases > 0);
  const double erases = std::max(0.5, whole.journal_erases / blocks);
  CHECK(whole.updates_until_worn == static_cast<std::uint32_t>(10000 / erases));
}
