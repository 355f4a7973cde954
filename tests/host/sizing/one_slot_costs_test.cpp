// SPDX-License-Identifier: Apache-2.0
#include "sizing/one_slot_costs.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/error.hpp"
#include "device/simulation_in_place.hpp"
#include "patch/make_patch.hpp"
#include "support/bytes.hpp"

using namespace tmd;
using namespace tmd::host;

TEST_CASE("what is said of an update in place is what one does, and no smaller journal does it") {
  struct Case {
    std::uint32_t model, block, program, spare;
  };
  for (const Case& c : {Case{150000, 4096, 4, 3}, Case{40000, 1024, 8, 2}, Case{30000, 2048, 4, 4}}) {
    CAPTURE(c.model);
    const host::Bytes base = test::random_bytes(c.model, 1), noise = test::random_bytes(c.model, 2);
    host::Bytes target = base;
    for (std::size_t i = 0; i < target.size(); i += 50) target[i] = noise[i];
    // The decoder looks back at a block as soon as the ring is full: all behind it is written there twice.
    for (const std::uint32_t block : {c.spare + 1, c.spare + 2})
      std::copy_n(noise.begin(), c.block, target.begin() + static_cast<std::ptrdiff_t>(block * c.block));
    patch::PatchRecipe recipe;
    recipe.effort = host::Effort::quick;
    patch::plan_for_one_slot(recipe, c.block, c.spare);
    const patch::PatchFile file =
        patch::parse_patch("patch", patch::make_patch(host::view(base), host::view(target), recipe).bytes);
    sizing::DeviceChoice choice;
    choice.model_size = c.model;
    choice.erase_size = c.block;
    choice.program_size = c.program;
    choice.patch_size = static_cast<std::uint32_t>(file.bytes.size());
    const sizing::OneSlotCosts costs = sizing::one_slot_costs(choice, c.spare);
    device::SimulationPlan plan;
    plan.part = {0, costs.journal_size, c.block, c.program, 0};
    const device::OneSlotPart part = device::part_in_place(file, plan);
    CHECK(costs.flash_size == part.geometry.size);
    device::FileFlash flash(part.geometry);
    const device::OneSlotReport report =
        device::simulate_in_place(flash, "base", host::view(base), file, plan);
    CHECK(costs.erases == doctest::Approx(report.flash.erases).epsilon(0.1));
    CHECK(static_cast<double>(costs.programmed_bytes) ==
          doctest::Approx(static_cast<double>(report.flash.programmed_bytes)).epsilon(0.15));
    plan.part.journal_size -= 2 * c.block;
    device::FileFlash smaller(device::part_in_place(file, plan).geometry);
    CHECK_THROWS_AS((void)device::simulate_in_place(smaller, "base", host::view(base), file, plan),
                    host::Error);
  }
}

TEST_CASE("more spare blocks wear less; the time without a model is a part of the update") {
  sizing::DeviceChoice choice;
  choice.model_size = 60000;
  choice.patch_size = 5000;
  const sizing::OneSlotCosts two = sizing::one_slot_costs(choice, 2);
  const sizing::OneSlotCosts four = sizing::one_slot_costs(choice, 4);
  CHECK(four.updates_until_worn > two.updates_until_worn);
  CHECK(four.flash_size == two.flash_size + 2 * 4096);
  CHECK(two.seconds_without_model > 0.3 * two.update_seconds);
  CHECK(two.seconds_without_model < two.update_seconds);
}

TEST_CASE("a patch that brings a way back fits the staging area that is said for it") {
  const host::Bytes base = test::random_bytes(40000, 1), noise = test::random_bytes(40000, 2);
  host::Bytes target = base;
  for (std::size_t i = 0; i < target.size(); i += 20) target[i] = noise[i];
  patch::PatchRecipe recipe;
  recipe.effort = host::Effort::quick;
  patch::plan_for_one_slot(recipe, 1024, 3);
  sizing::DeviceChoice choice;
  choice.model_size = 40000;
  choice.erase_size = 1024;
  choice.patch_size = static_cast<std::uint32_t>(
      patch::make_patch(host::view(base), host::view(target), recipe).bytes.size());
  const sizing::OneSlotCosts costs = sizing::one_slot_costs(choice, 3);
  recipe.reversible = true;
  const patch::PatchFile reversible =
      patch::parse_patch("patch", patch::make_patch(host::view(base), host::view(target), recipe).bytes);
  device::SimulationPlan plan;
  plan.part = {0, costs.journal_size, 1024, 4, 0};
  CHECK(costs.reversible_staging_size >= device::part_in_place(reversible, plan).staging.size);
  CHECK(costs.reversible_staging_size < 2 * costs.staging_size);
}

TEST_CASE("what no device can be is refused") {
  sizing::DeviceChoice choice;
  choice.model_size = 60000;
  choice.patch_size = 5000;
  CHECK_THROWS_AS((void)sizing::one_slot_costs(choice, 1), host::Error);
  CHECK_THROWS_AS((void)sizing::one_slot_costs(choice, 5), host::Error);
  choice.patch_size = 14'000'000;
  CHECK_THROWS_WITH_AS((void)sizing::one_slot_costs(choice, 3),
                       "no staging area keeps 14000000 bytes in packets of 200", host::Error);
  choice.patch_size = 5000;
  choice.erase_size = 3000;
  CHECK_THROWS_AS((void)sizing::one_slot_costs(choice, 3), host::Error);
  choice.erase_size = 128;
  CHECK_THROWS_AS((void)sizing::one_slot_costs(choice, 3), host::Error);
}

TEST_CASE("a slower processor decodes longer: twice in an update, once of that without a model") {
  sizing::DeviceChoice choice;
  choice.model_size = 8000;
  choice.patch_size = 1000;
  choice.erase_size = 1024;
  const sizing::OneSlotCosts fast = sizing::one_slot_costs(choice, 3);
  const double once = sizing::compute_seconds(choice);
  choice.processor_megahertz /= 2;
  const sizing::OneSlotCosts slow = sizing::one_slot_costs(choice, 3);
  CHECK(slow.update_seconds - fast.update_seconds == doctest::Approx(2 * once));
  CHECK(slow.seconds_without_model - fast.seconds_without_model == doctest::Approx(once));
}
