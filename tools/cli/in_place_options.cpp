// SPDX-License-Identifier: Apache-2.0
#include "cli/in_place_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/numbers.hpp"
#include "patch/entry_text.hpp"
#include "tmd/internal/format/manifest.hpp"

namespace tmd::host::cli {

void add_in_place_options(Command& command, InPlaceOptions& options) {
  const Option in_place = command.add_flag("--in-place", options.wanted,
                                           "For devices with one slot: the target is written over its base");
  command
      .add_option("--block", options.block,
                  "With --in-place: bytes that the device erases at a time, a power of two")
      .between(patch::kLeastBlock, patch::kMostBlock)
      .only_with(in_place)
      .shows_default();
  command
      .add_option("--spare", options.spare,
                  "With --in-place: spare blocks that the device has beside its slot. With 3 nearly every "
                  "patch is as "
                  "small as with two slots; 2 save flash, 4 save erases")
      .between(patch::kLeastSpare, patch::kMostSpare)
      .only_with(in_place)
      .shows_default();
  command
      .add_flag("--reversible", options.reversible,
                "With --in-place: the patch can take its target back, for devices that put a new model on "
                "trial; about twice the bytes")
      .only_with(in_place);
}

void plan_in_place(patch::PatchRecipe& recipe, const InPlaceOptions& options) {
  if (!options.wanted) return;
  if (recipe.format != kFormat2) throw UsageError("--in-place", "a format 1 patch can't be applied in place");
  if ((options.block & (options.block - 1)) != 0) throw UsageError("--block", "a power of two, such as 4096");
  patch::plan_for_one_slot(recipe, options.block, options.spare);
  recipe.reversible = options.reversible;
}

InPlaceCost cost_in_place(std::size_t patch_bytes, ConstBytes base, ConstBytes target,
                          patch::PatchRecipe recipe) {
  recipe.on_progress = {};
  recipe.window = {};
  recipe.reversible = false;
  const auto entry = std::find_if(recipe.entries.begin(), recipe.entries.end(),
                                  [](const auto& each) { return each.number == EntryNumber::in_place; });
  if (entry != recipe.entries.end()) recipe.entries.erase(entry);
  InPlaceCost cost;
  cost.in_place = patch_bytes;
  cost.two_slots = patch::make_patch(base, target, recipe).bytes.size();
  // What has most of the target in it may as well have all of it.
  if (patch_bytes * 2 > target.size())
    cost.full_model = patch::make_patch(ConstBytes(), target, recipe).bytes.size();
  return cost;
}

std::string InPlaceCost::advice() const {
  if (full_model != 0 && full_model < in_place)
    return fmt::format("a full model takes {} bytes, less than this patch: send that",
                       with_commas(full_model));
  if (in_place > two_slots + two_slots / 4 + 64)
    return fmt::format("with two slots it would be {} bytes: parts of the model moved further than {}",
                       with_commas(two_slots), "the spare blocks reach");
  return {};
}

}  // namespace tmd::host::cli
