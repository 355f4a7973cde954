// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "patch/patch_file.hpp"
#include "report/flash_run.hpp"

namespace tmd::host::report {

/// The same for a patch that is applied in place: it is staged, tried out, and written over its base.
FlashRun run_with_one_slot(ConstBytes base, const patch::PatchFile& patch);

}  // namespace tmd::host::report
