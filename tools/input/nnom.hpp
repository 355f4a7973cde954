// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codec/model_regions.hpp"
#include "input/c_array.hpp"

namespace tmd::host::input {

/// True where a source is a weights.h as NNoM's scripts write it: it has kernels, and names that library or has its
/// macros for kernels and biases.
bool is_nnom(std::string_view source);

/// The kernels and biases of a weights.h, one after the other as in the file: a table that firmware may keep in flash.
struct NnomWeights {
  host::Bytes bytes;
  /// Each of them, for the codec: how many outputs there are is told by the bias behind a kernel, the rest of its
  /// shape by the array of its dimensions, where `text` has one.
  std::vector<ModelRegion> arrays;
};

/// Reads what `source` is the arrays and `text` the whole of; `name` is the file's. Throws host::Error where there are
/// no kernels or biases, or where one of them cannot be read; other arrays (shifts, buffers) belong to the code and are
/// passed over.
NnomWeights nnom_weights(const CSource& source, std::string_view text, const std::string& name);

}  // namespace tmd::host::input
