// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "model/arena.hpp"
#include "model/model.hpp"

namespace tmd::host::model {

/// What goes into a limits header beside what the model itself says.
struct LimitsChoice {
  std::string structure = "ModelLimits";  ///< Name of the structure, in namespace firmware.
  std::string model_name;                 ///< For the comment.
  ArenaChoice arena;
  bool allow_relaxed = false;
};

/// The header that a firmware includes: a FirmwareStatement (tmd/firmware_limits.hpp) that takes
/// targets which need no more than `model` does. Throws host::Error where the name is no C++ identifier or
/// the arena cannot be computed.
std::string limits_header(const Model& model, const LimitsChoice& choice);

}  // namespace tmd::host::model
