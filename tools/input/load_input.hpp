// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "input/input.hpp"

namespace tmd::host::input {

/// Finds the model in a file or folder by what is in it, not by its name. Throws host::Error, naming the
/// path, where it cannot be read, holds no model, or holds several and none is chosen.
Input load_input(const std::filesystem::path& path, const InputChoice& choice = {});

}  // namespace tmd::host::input
