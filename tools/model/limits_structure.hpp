// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace tmd::host::model {

/// The name of the one structure in a limits header that derives from tmd::FirmwareStatement, with its namespaces:
/// "firmware::ModelLimits". Throws host::Error, naming the file, where there is none, or more than one.
std::string structure_name(const std::string& header, const std::string& path);

}  // namespace tmd::host::model
