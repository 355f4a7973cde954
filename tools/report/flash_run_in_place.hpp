// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "report/flash_run.hpp"

namespace tmd::host::report {

/// As `run_on_flash`, for a patch that is applied in place: it is staged, tried out, and written over its base.
FlashRun run_in_place(ConstBytes base, const patch::PatchFile& patch);

}  // namespace tmd::host::report
