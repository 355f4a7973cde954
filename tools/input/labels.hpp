// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tmd::host::input {

/// The names of the classes that come with a model: of an Edge Impulse export (folder or .zip) those in
/// model-parameters/model_variables.h; of a TFLite file with metadata the lines of the label file that is packed behind
/// the model. Throws host::Error, naming the path, where there are none.
std::vector<std::string> labels_of(const std::filesystem::path& model);

}  // namespace tmd::host::input
