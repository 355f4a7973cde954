// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/bytes.hpp"

namespace tmd::host::device {

/// A patch that would not apply must never leave the house: the device library applies it here first. Throws
/// host::Error. `base_name` and `patch_name` are for messages.
void verify_patch(const std::string& base_name, const host::Bytes& base, const host::Bytes& target,
                  const std::string& patch_name, const host::Bytes& patch);

}  // namespace tmd::host::device
