// SPDX-License-Identifier: Apache-2.0
#include "input/nnom.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"

namespace tmd::host::input {
namespace {

/// "tensor_conv2d_1_kernel_0_data", "conv1_weights", "dense_bias".
bool is_weights(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  // What is beside them has their name and an ending of its own.
  for (const std::string_view other : {"_dec", "_dec_bits", "_dim", "_offset", "_scale", "_shift"}) {
    if (lower.ends_with(other)) return false;
  }
  for (const std::string_view word : {"kernel", "weight", "bias"}) {
    if (lower.find(word) != lower.npos) return true;
  }
  return false;
}

}  // namespace

bool is_nnom(std::string_view source) {
  const bool names_it = source.find("nnom.h\"") != source.npos || source.find("nnom_") != source.npos;
  const bool has_macros = source.find("_KERNEL_0") != source.npos && source.find("_BIAS_0") != source.npos;
  return has_macros && (names_it || source.find("#define TENSOR_") != source.npos);
}

host::Bytes nnom_weights(const CSource& source, const std::string& name) {
  for (const std::string& fault : source.not_understood) {
    const std::size_t start = fault.find("the array ") + 10;
    if (is_weights(std::string_view(fault).substr(start, fault.find(' ', start) - start)))
      throw host::Error(fmt::format("{}: {}", name, fault));
  }
  host::Bytes weights;
  for (const CArray& array : source.arrays) {
    if (!array.is_text && is_weights(array.name))
      weights.insert(weights.end(), array.bytes.begin(), array.bytes.end());
  }
  if (weights.empty())
    throw host::Error(name + ": this looks like a weights.h of NNoM, but has no array of kernels or biases");
  return weights;
}

}  // namespace tmd::host::input
