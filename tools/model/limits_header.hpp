// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "model/envelope.hpp"

namespace tmd::host::model {

/// What goes into a limits header beside what the models themselves say.
struct LimitsChoice {
  std::string structure = "ModelLimits";  ///< Name of the structure, in namespace firmware.
  std::string model_name;                 ///< For the comment.
  ArenaChoice arena;
  bool allow_relaxed = false;
};

/// The header that a firmware includes: a FirmwareStatement (tmd/firmware_limits.hpp) that takes targets which need no
/// more than the envelope, and code that registers its operators with TFLM. Throws host::Error where the name is no C++
/// identifier.
std::string limits_header(const Envelope& envelope, const std::string& structure);

/// The same for a single model and nothing more. Throws host::Error also where the arena cannot be computed.
std::string limits_header(const Model& model, const LimitsChoice& choice);

}  // namespace tmd::host::model
