// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/bytes.hpp"
#include "codec/encode_body.hpp"
#include "format/container.hpp"
#include "patch/patch_file.hpp"
#include "tmd/digest/digest.hpp"

namespace tmd::host::patch {

/// How a patch is to be made.
struct PatchRecipe {
  std::uint8_t format = 2;
  DigestKind digest = DigestKind::sha256;
  std::vector<format::EntryToWrite> entries;
  std::uint32_t decoder_ram = 0;  ///< Bytes that the device's decoder may take; 0: the default build.
  std::function<void(double)> on_progress;
  Effort effort = Effort::standard;  ///< Of format 2.
  codec::ReadWindow window;          ///< Where the target is written over its base.
  bool reversible = false;           ///< There, with a second body, which turns the target into its base.
  /// As in EncodeOptions, of format 2.
  std::vector<ModelRegion> base_regions;
  std::vector<ModelRegion> target_regions;
};

/// The patch is to be one that is applied in place, for a device with so many spare blocks of `block_size` bytes, a
/// power of two: the recipe plans for that window, and the manifest says so.
void plan_for_one_slot(PatchRecipe& recipe, std::uint32_t block_size, std::uint32_t spare);

struct MadePatch {
  Bytes bytes;
  std::size_t way_back_bytes = 0;  ///< What the way back takes of them, with its entry.
  /// Where the bytes of the body went; empty for format 1.
  std::vector<ExplainedRegion> explanation;
};

/// The patch that turns `base` into `target`. The same input gives the same patch on every machine. Throws
/// Error where the recipe does not fit the format.
[[nodiscard]] MadePatch make_patch(ConstBytes base, ConstBytes target, const PatchRecipe& recipe);

}  // namespace tmd::host::patch
