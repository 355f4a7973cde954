// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "model/kernel_costs.hpp"
#include "model/model.hpp"

namespace tmd::host::model {

/// Whose kernels the firmware's TFLM was built with.
enum class KernelSet : std::uint8_t {
  reference,  ///< TFLM's own
  cmsis_nn,  ///< Arm's, for Cortex-M: the most of what DSP (M4, M7, M33) and MVE (M52, M55, M85) builds ask for
  esp_nn,    ///< Espressif's: the most of what ESP32-S3 and ESP32-P4 ask for
};

/// What "cmsis-nn" names. Throws host::Error.
KernelSet parse_kernel_set(const std::string& text);

/// Adds to what an operator's reference kernel costs what the optimised one asks for beyond it, by the library's own
/// formulas (docs/model.md has them). Where processors differ, it is the most of them.
void add_optimised(KernelMemory& memory, KernelSet kernels, const Model& model, const Subgraph& graph,
                   const Operator& op);

}  // namespace tmd::host::model
