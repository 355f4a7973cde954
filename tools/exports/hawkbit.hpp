// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "exports/mender.hpp"

namespace tmd::host::exports {

/// The attribute that a device reports its model's digest as (configData of the Direct Device Integration API).
inline constexpr const char* kHawkbitAttribute = "tmd_model";
inline constexpr const char* kHawkbitName = "hawkbit.json";

/// Writes what hawkBit's Management API is to be told, as one document, and beside it the artifacts: for each base a
/// software module with the patch, a distribution set of it, and a target filter that assigns it to the devices that
/// report this base (docs/fleets.md). Throws Error.
std::vector<Exported> export_hawkbit(const ReleaseFolder& release);

}  // namespace tmd::host::exports
