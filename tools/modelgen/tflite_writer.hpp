// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "modelgen/graph.hpp"

namespace modelgen {

/// The bytes of a `.tflite` file, laid out as the TFLite converter does: tables in the order that the
/// schema's object interface packs them in, a buffer for each tensor after an empty one, constants on 16-byte
/// boundaries of the file, operator versions as high as the quantisation asks for, a signature, and the
/// oldest runtime that can run it among the metadata.
std::vector<std::uint8_t> write_tflite(const Graph& graph, const std::string& description);

}  // namespace modelgen
