// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "fleet/fleet_manifest.hpp"
#include "input/input.hpp"
#include "patch/make_patch.hpp"

namespace tmd::host::fleet {

/// Patches from every base in the field to one target.
struct ManyBases {
  std::string bases;   ///< Folder of the models that devices have.
  std::string target;  ///< Where the target came from, for messages.
  std::string output;  ///< Folder for the patches and their manifest; made where it is absent.
  unsigned jobs = 0;   ///< Patches in the making at once; 0: as many as there are processors.
  input::InputChoice input;
  /// Encrypts or signs a patch, one at a time; none: patches are written as they are made.
  std::function<host::Bytes(const host::Bytes& patch)> sign;
};

/// Makes and proves a patch for each base, a few at a time, and writes them with their manifest. What it makes
/// depends on neither `jobs` nor time. Throws host::Error: of the first base, in the order of names, that has
/// one.
FleetManifest diff_bases(const ManyBases& plan, const input::Input& target, const patch::PatchRecipe& recipe);

}  // namespace tmd::host::fleet
