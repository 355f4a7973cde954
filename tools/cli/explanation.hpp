// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <nlohmann/json.hpp>
#include <vector>

#include "codec/encode_body.hpp"

namespace tmd::host::cli {

/// Prints where the bytes of a body went: a line for each tensor (or stretch without a name) and operation,
/// the costliest first.
void print_explanation(std::FILE* out, const std::vector<host::ExplainedRegion>& regions);

/// The same for programs: one object for each stretch of the target, in its order.
nlohmann::ordered_json explanation_json(const std::vector<host::ExplainedRegion>& regions);

}  // namespace tmd::host::cli
