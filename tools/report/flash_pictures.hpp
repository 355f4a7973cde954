// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "report/flash_run.hpp"

namespace tmd::host::report {

/// The regions and what lies in them, to scale; with the same as a table.
std::string flash_map(const FlashRun& run);

/// When which part of the flash was erased, over the run's axis; what passed without a model to run is shaded.
std::string erase_timeline(const FlashRun& run);

}  // namespace tmd::host::report
