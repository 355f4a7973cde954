// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/progress.hpp"
#include "exports/files.hpp"

namespace tmd::host::exports {

/// The type of payload, which is the update module's name on the device.
inline constexpr const char* kMenderModule = "tmd-model";
/// What devices report their model's digest as, and artifacts ask for.
inline constexpr const char* kMenderKey = "tmd.model";

/// A file that was written, and how much larger than its patch the other system's form is.
struct Exported {
  std::string file;
  std::uint64_t patch_bytes = 0;
  std::uint64_t bytes = 0;
};

/// Writes a Mender artifact for each base: it depends on that base's digest and provides the target's, so that the
/// server offers to each device the one that fits. `key`: PEM file that mender-artifact signs it with; empty: unsigned.
/// Throws Error; also where mender-artifact, which writes them, is not installed.
std::vector<Exported> export_mender(const ReleaseFolder& release, const std::string& device_type,
                                    const std::string& key, const ProgressHook& on_progress);

}  // namespace tmd::host::exports
