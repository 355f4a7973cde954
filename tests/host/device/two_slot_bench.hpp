// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "device/simulation.hpp"
#include "patch/make_patch.hpp"

namespace tmd::test {

/// A base, a target, the patch between them and a part for both.
struct TwoSlotBench {
  host::Bytes base;
  host::Bytes target;
  host::patch::PatchFile patch;
  host::device::SimulationPlan plan;

  TwoSlotBench(std::size_t model_bytes, const host::device::Part& part,
               const host::patch::PatchRecipe& recipe = {})
      : base(model_bytes) {
    for (std::size_t i = 0; i < base.size(); ++i) base[i] = static_cast<std::uint8_t>(i * i >> 3);
    target = base;
    for (std::size_t i = 0; i < target.size(); i += 90) target[i] ^= 0x55;
    patch = host::patch::parse_patch(
        "patch", host::patch::make_patch(host::view(base), host::view(target), recipe).bytes);
    plan.part = part;
  }
  host::device::SimulationReport run(host::device::FileFlash& flash) const {
    return host::device::simulate(flash, "base", host::view(base), patch, plan);
  }
  host::device::SimulationReport run() const {
    host::device::FileFlash flash(plan.part.geometry());
    return run(flash);
  }
};

}  // namespace tmd::test
