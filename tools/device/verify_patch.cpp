// SPDX-License-Identifier: Apache-2.0
#include "device/verify_patch.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "device/apply.hpp"
#include "device/apply_in_place.hpp"

namespace tmd::host::device {

void verify_patch(const std::string& base_name, const host::Bytes& base, const host::Bytes& target,
                  const std::string& patch_name, const host::Bytes& patch) {
  const patch::PatchFile made = patch::parse_patch(patch_name, patch);
  if (made.way_back().empty()) {
    if (apply_patch(base_name, host::view(base), made) == target) return;
  } else {
    const ThereAndBack models = there_and_back(base_name, host::view(base), made);
    if (models.target == target && models.base == base) return;
  }
  throw host::Error(
      fmt::format("{} applied to {} does not give the target back, or not the base again; this is a fault of "
                  "tmd, please report it with "
                  "both files",
                  patch_name, base_name));
}

}  // namespace tmd::host::device
