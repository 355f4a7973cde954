// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tmd::host::cli {

/// The word of `known` that `word` is most likely a slip of; empty where none is near. Of equals the first.
std::string most_similar(std::string_view word, const std::vector<std::string>& known);

}  // namespace tmd::host::cli
