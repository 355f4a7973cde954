// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "patch/patch_file.hpp"
#include "report/flash_run.hpp"

namespace tmd::host::report {

/// Streams the patch to a simulated device that holds `base`, in packets of 200 bytes. Nothing is left behind.
FlashRun run_with_two_slots(ConstBytes base, const patch::PatchFile& patch);

}  // namespace tmd::host::report
