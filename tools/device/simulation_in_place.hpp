// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "base/progress.hpp"
#include "device/body_cipher.hpp"
#include "device/simulation.hpp"
#include "patch/patch_file.hpp"

namespace tmd::host::device {

/// What a device with one slot was at when power went.
enum class CutWhile : std::uint8_t {
  never,
  receiving,
  trying_out,   ///< The staged patch, without a byte of the model written.
  overwriting,  ///< The model: there was none to run.
  on_trial,     ///< The target, which was to be confirmed or not.
  returning,    ///< The trial had ended, and the way back was being tried out.
  taking_back,  ///< The target was being overwritten with its base.
};
const char* to_string(CutWhile what);

/// One update of a device with one slot, from the first packet to the model that runs.
struct OneSlotReport {
  ActiveModel before;
  ActiveModel trial;  ///< Of a patch with a way back: after the restart that follows the update.
  ActiveModel after;
  std::uint32_t packets_needed = 0;
  std::uint32_t packets_sent = 0;
  std::uint32_t packets_lost = 0;
  std::uint32_t bytes_sent = 0;
  CutWhile cut = CutWhile::never;
  std::uint32_t cut_offset = 0;  ///< Of the last packet before the cut, in patch bytes.
  FlashCounters without_model;   ///< While there was none to run.
  FlashCounters flash;
  bool stopped_at_cut = false;              ///< The update is unfinished, as asked.
  std::optional<std::uint64_t> missed_cut;  ///< As in SimulationReport.
};

/// The part that such a device needs for this patch and both its models; `plan.part` has journal and program unit.
OneSlotPart part_in_place(const patch::PatchFile& patch, const SimulationPlan& plan);

/// As `simulate`, for a patch that is applied in place: packets go to the staging area, in any order; the device
/// applies the patch when it is there whole, and goes on by itself after a power cut. The target of a patch with a way
/// back is on trial; it is confirmed, or, where the plan says that nobody does, taken back when its boots are used up.
/// An image that holds the target has nothing before it but what remains of the trial. A new image gets its name once
/// the device takes the patch, or where the power cut left it.
[[nodiscard]] OneSlotReport simulate_in_place(FileFlash& flash, const std::filesystem::path& base_path,
                                              ConstBytes base, const patch::PatchFile& patch,
                                              const SimulationPlan& plan,
                                              const ProgressHook& on_progress = {},
                                              BodyCipher* cipher = nullptr);

}  // namespace tmd::host::device
