// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "report/flash_run.hpp"

namespace tmd::host::report {

/// Slots, journal and what lies in them, to scale; with the same as a table.
std::string flash_map(const FlashRun& run, std::uint64_t target_bytes);

/// When which part of the flash was erased: over the patch bytes that had arrived.
std::string erase_timeline(const FlashRun& run, std::uint64_t patch_bytes);

}  // namespace tmd::host::report
