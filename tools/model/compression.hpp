// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "model/model.hpp"
#include "tmd/bytes.hpp"

namespace tmd::host::model {

/// Name of the model metadata in which TFLM's compression lists its tensors.
constexpr const char* kCompressionMetadata = "COMPRESSION_METADATA";

/// Subgraph and tensor.
using TensorPlaces = std::set<std::pair<std::size_t, std::int32_t>>;

/// The tensors whose buffers hold indices into a table of values, from the metadata of TFLM's compression, a
/// FlatBuffer of its own. Nothing where the bytes are damaged.
std::optional<TensorPlaces> compressed_tensors(ConstBytes metadata);

/// Whether any tensor of the model is compressed.
bool has_compressed(const Model& model);

}  // namespace tmd::host::model
