// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "input/export_files.hpp"

namespace tmd::host::input {

/// What of an Edge Impulse export is compiled into the firmware beside the model: window, interval, labels, project,
/// settings of the signal processing. By the name that the export gives it.
using CompiledIn = std::map<std::string, std::string>;

CompiledIn compiled_in(const ExportFiles& files);

/// The arena that newer exports state beside the model's array of this name, in bytes; 0: none.
std::uint32_t arena_beside_model(const ExportFiles& files, const std::string& array);

}  // namespace tmd::host::input
