// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "model/model.hpp"
#include "tmd/bytes.hpp"

namespace tmd::host::model {

/// The configuration in the command stream of the first ethos-u operator that has one; `file`: the bytes that the model
/// was read from.
std::optional<AcceleratorConfig> accelerator_of(const Model& model, ConstBytes file);

/// "Ethos-U55-128, architecture 1.1".
std::string describe(const AcceleratorConfig& config);

/// Whether a part of the configuration `ours` runs a stream of `theirs`: as the driver, and the device, compare.
bool runs(const AcceleratorConfig& ours, const AcceleratorConfig& theirs);

}  // namespace tmd::host::model
