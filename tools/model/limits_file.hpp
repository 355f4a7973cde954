// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "model/firmware_facts.hpp"

namespace tmd::host::model {

/// Where `tmd limits` writes the JSON that goes with a header: beside it, "limits.json" for "limits.hpp".
std::filesystem::path limits_json_path(const std::filesystem::path& header);

/// Reads what a firmware states, from the surest source that there is: the JSON itself; for a header the JSON beside
/// it, unless the header was changed since; else the header, by the compiler that the environment's CXX names; without
/// one, or where it fails, as text, if all of it is plain literals. Throws host::Error, naming the file.
FirmwareFacts read_limits(const std::filesystem::path& path);

}  // namespace tmd::host::model
