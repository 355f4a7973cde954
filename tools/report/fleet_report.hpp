// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "fleet/fleet_manifest.hpp"

namespace tmd::host::report {

/// A page about many devices: for each base in the field and each release the bytes that a device takes, as a matrix.
std::string to_html(const std::vector<fleet::FleetManifest>& releases);

}  // namespace tmd::host::report
