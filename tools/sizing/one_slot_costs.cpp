// SPDX-License-Identifier: Apache-2.0
#include "sizing/one_slot_costs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/error.hpp"
#include "device/simulation_in_place.hpp"
#include "patch/make_patch.hpp"
#include "sizing/measured_figures.hpp"
#include "tmd/staging.hpp"

namespace tmd::host::sizing {
namespace {

/// Longer models do more of the same: so many blocks are rehearsed, at most.
constexpr std::uint32_t kMostRehearsed = 16;
constexpr std::uint32_t kMostBankBytes = 64 * 1024;
/// Bytes of the manifest's entry about a second body: number and length, parameters, digest, length of the body.
constexpr std::uint32_t kWayBackEntry = 2 + 1 + 32 + 3;

class Rehearsal {
 public:
  Rehearsal(const DeviceChoice& choice, std::uint32_t spare) : choice_(choice) {
    base_.resize(std::min(choice.model_size, kMostRehearsed * choice.erase_size));
    for (std::size_t i = 0; i < base_.size(); ++i) base_[i] = static_cast<std::uint8_t>(i * i >> 4);
    Bytes target = base_;
    for (std::size_t i = 0; i < target.size(); i += 64) target[i] ^= 1;
    repeat_a_block(target, choice.erase_size, spare + 1);
    patch::PatchRecipe recipe;
    patch::plan_for_one_slot(recipe, choice.erase_size, spare);
    recipe.effort = Effort::quick;  // how large its body is does not matter here
    patch_ =
        patch::parse_patch("patch", patch::make_patch(host::view(base_), host::view(target), recipe).bytes);
  }

  /// True where an update gets by with a journal of this size.
  bool run(std::uint32_t journal_size) try {
    device::SimulationPlan plan;
    plan.part = {0, journal_size, choice_.erase_size, choice_.program_size, 0};
    part_ = device::part_in_place(patch_, plan);
    device::FileFlash flash(part_.geometry);
    report_ = device::simulate_in_place(flash, "rehearsal", host::view(base_), patch_, plan);
    return true;
  } catch (const host::Error&) {
    return false;
  }

  /// What the decoder looks back at has to be kept, and all behind it: as soon as the ring is full most is erased
  /// (docs/in-place.md).
  static void repeat_a_block(Bytes& target, std::uint32_t block, std::uint32_t number) {
    if (target.size() < 2 * block) return;
    const std::size_t first = std::min<std::size_t>(std::size_t{number} * block, target.size() - 2 * block);
    for (std::uint32_t i = 0; i < 2 * block; ++i)
      target[first + i] = static_cast<std::uint8_t>((i % block * 2654435761U) >> 24);
  }

  std::uint32_t blocks() const { return part_.layout.slot_a.size / choice_.erase_size; }
  std::uint32_t staging_erases() const { return part_.staging.size / choice_.erase_size; }
  const device::OneSlotReport& report() const { return report_; }

 private:
  const DeviceChoice& choice_;
  Bytes base_;
  patch::PatchFile patch_;
  device::OneSlotPart part_{};
  device::OneSlotReport report_;
};

/// Of a staging area for patches of this size, as a link of the simulation sends them.
std::uint32_t staging_for(const DeviceChoice& choice, std::uint32_t patch_size) {
  const std::uint32_t fragment = device::SimulationPlan().link.packet_size;
  const std::uint64_t needed =
      Staging<device::FileFlash>::needed({0, patch_size, fragment}, choice.program_size, choice.erase_size);
  if (needed >= 0xFFFFFFFFU - choice.erase_size)
    throw host::Error(fmt::format("no staging area keeps {} bytes in packets of {}", patch_size, fragment));
  return device::slot_for(static_cast<std::uint32_t>(needed) + 1, choice.erase_size);
}

void check_one_slot(const DeviceChoice& choice, std::uint32_t spare) {
  if (!std::has_single_bit(choice.erase_size) || choice.erase_size < patch::kLeastBlock ||
      choice.erase_size > patch::kMostBlock)
    throw host::Error(fmt::format(
        "updates in place take erase blocks that are a power of two, of {} to {} bytes; this part has {}",
        patch::kLeastBlock, patch::kMostBlock, choice.erase_size));
  if (spare < 2 || spare > 4) throw host::Error("updates in place take 2 to 4 spare blocks");
}

}  // namespace

OneSlotCosts one_slot_costs(const DeviceChoice& choice, std::uint32_t spare) {
  check_one_slot(choice, spare);
  const std::uint32_t block = choice.erase_size;
  Rehearsal rehearsal(choice, spare);
  OneSlotCosts costs;
  std::uint32_t bank = block;
  while (!rehearsal.run(2 * bank)) {
    bank += block;
    if (bank > kMostBankBytes)
      throw host::Error(fmt::format("no journal fits erase blocks of {} bytes", block));
  }
  costs.journal_size = 2 * bank;
  costs.slot_size = device::slot_for(choice.model_size, block);
  costs.ring_size = spare * block;
  costs.staging_size = staging_for(choice, choice.patch_size);
  costs.reversible_staging_size = staging_for(choice, 2 * choice.patch_size + kWayBackEntry);
  costs.flash_size =
      std::uint64_t{costs.slot_size} + costs.ring_size + costs.journal_size + costs.staging_size;
  costs.code = static_cast<std::uint32_t>(measured::kOneSlotCode);
  costs.ram = static_cast<std::uint32_t>(measured::kOneSlotRam);

  // Slot, ring and journal do more with more blocks; what is staged depends on the patch.
  const double blocks = costs.slot_size / block;
  const double times = blocks / rehearsal.blocks();
  const FlashCounters& done = rehearsal.report().flash;
  const double staging_erases = costs.staging_size / block;
  const double model_erases = (done.erases - rehearsal.staging_erases()) * times;
  costs.erases = static_cast<std::uint32_t>(model_erases + staging_erases);
  costs.programmed_bytes = static_cast<std::uint64_t>(done.programmed_bytes * times) + choice.patch_size;
  const double ring_erases = 2 * blocks / spare;
  const double journal_erases = (model_erases - 3 * blocks) * block / costs.journal_size;
  costs.updates_until_worn =
      static_cast<std::uint32_t>(kRatedCycles / std::max({1.0, ring_erases, journal_erases}));

  const FlashCounters& dark = rehearsal.report().without_model;
  costs.seconds_without_model =
      times * (dark.erases * erase_seconds(choice) + program_seconds(choice, dark.programmed_bytes)) +
      compute_seconds(choice);
  costs.update_seconds = costs.erases * erase_seconds(choice) +
                         program_seconds(choice, static_cast<double>(costs.programmed_bytes)) +
                         2 * compute_seconds(choice);
  return costs;
}

}  // namespace tmd::host::sizing
