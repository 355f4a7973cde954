// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "exports/mender.hpp"

namespace tmd::host::cli {

/// SUIT envelopes signed by the private key in this file. `identifier`: of the key; empty: its own. Throws host::Error.
std::vector<exports::Exported> export_suit_envelopes(const exports::ReleaseFolder& release,
                                                     const std::string& key_file,
                                                     const std::string& identifier, std::uint32_t sequence);

}  // namespace tmd::host::cli
