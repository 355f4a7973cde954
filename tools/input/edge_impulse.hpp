// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "input/export_files.hpp"
#include "input/input.hpp"

namespace tmd::host::input {

/// Reads an Edge Impulse C++ library export: the model (tflite-model/), its arena, project and deployment
/// (model-parameters/model_metadata.h). Throws host::Error, naming `name`, where it is none, or EON-compiled.
Input load_edge_impulse(const ExportFiles& files, const std::string& name, const InputChoice& choice);

}  // namespace tmd::host::input
