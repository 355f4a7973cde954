// SPDX-License-Identifier: Apache-2.0
#include "slim/slim_model.hpp"

#include <cstring>

namespace tmd::host::slim {

host::Bytes slim_model(const SharedGraph& graph, const std::vector<LayerValues>& layers) {
  host::Bytes file = graph.frame;
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    const WeightLayer& layer = graph.layers[i];
    const LayerValues& values = layers[i];
    std::memcpy(file.data() + layer.bytes.offset, values.weights.data(), values.weights.size());
    // A file's int32 are little-endian, as this machine's are.
    if (!values.bias.empty())
      std::memcpy(file.data() + layer.bias_bytes.offset, values.bias.data(), 4 * values.bias.size());
  }
  return file;
}

}  // namespace tmd::host::slim
