// SPDX-License-Identifier: Apache-2.0
#include "input/nnom.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>

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

using Dimensions = std::vector<std::uint32_t>;

/// `tensor_dense_kernel_0_dim[] = {32, 10}`: the dimensions by the name in front of "_dim".
std::map<std::string_view, Dimensions> dimensions_in(std::string_view text) {
  constexpr std::string_view kEnding = "_dim";
  constexpr std::size_t kMost = 8;
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  std::map<std::string_view, Dimensions> all;
  for (std::size_t at = text.find(kEnding); at != text.npos; at = text.find(kEnding, at + 1)) {
    std::size_t start = at;
    while (start > 0 && is_word(text[start - 1])) --start;
    const std::size_t brace = text.find_first_of("{;", at);
    if (brace == text.npos || text[brace] != '{') continue;
    Dimensions sizes;
    const char* next = text.data() + brace;
    do {
      ++next;
      while (next != text.data() + text.size() && *next == ' ') ++next;
      std::uint32_t size = 0;
      const auto number = std::from_chars(next, text.data() + text.size(), size);
      if (number.ec == std::errc()) sizes.push_back(size);
      next = number.ptr;
    } while (sizes.size() < kMost && next != text.data() + text.size() && *next == ',');
    all[text.substr(start, at - start)] = std::move(sizes);
  }
  return all;
}

/// The kernel's shape as TFLite has it, outputs first. NNoM says them last, but lays the weights out as TFLite does; of
/// depthwise kernels alone they are the innermost. `outputs`: elements of the bias behind it, or 0.
Dimensions kernel_shape(Dimensions said, std::uint32_t length, std::uint32_t outputs) {
  std::uint64_t product = 1;
  for (const std::uint32_t size : said) product = std::min<std::uint64_t>(product * size, ~0U);
  const bool whole = product == length && said.size() > 1;
  if (outputs == 0 || length % outputs != 0) return whole ? said : Dimensions{length};
  if (!whole) return {outputs, length / outputs};
  if (said.back() == outputs) std::rotate(said.begin(), said.end() - 1, said.end());
  if (said.front() != outputs && said.back() == 1) return {1, length / outputs, outputs};
  return said.front() == outputs ? said : Dimensions{outputs, length / outputs};
}

bool is_bias(const ModelRegion& array) {
  return array.name.find("bias") != array.name.npos || array.name.find("BIAS") != array.name.npos;
}

/// Once all arrays are there: the shapes of the kernels.
void shape_kernels(std::vector<ModelRegion>& arrays, std::string_view text) {
  const std::map<std::string_view, Dimensions> dimensions = dimensions_in(text);
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    ModelRegion& array = arrays[i];
    if (is_bias(array)) continue;
    std::string_view stem = array.name;
    if (stem.ends_with("_data")) stem.remove_suffix(5);
    const auto said = dimensions.find(stem);
    const std::uint32_t outputs = i + 1 < arrays.size() && is_bias(arrays[i + 1]) ? arrays[i + 1].length : 0;
    array.shape = kernel_shape(said != dimensions.end() ? said->second : Dimensions(), array.length, outputs);
  }
}

}  // namespace

bool is_nnom(std::string_view source) {
  const bool names_it = source.find("nnom.h\"") != source.npos || source.find("nnom_") != source.npos;
  const auto has = [&](std::string_view text) { return source.find(text) != source.npos; };
  // A layer need not have a bias, and a source that names the library need not have macros.
  if (names_it) return has("_KERNEL_0") || has("_kernel_0");
  return has("_KERNEL_0") && has("_BIAS_0") && has("#define TENSOR_");
}

NnomWeights nnom_weights(const CSource& source, std::string_view text, const std::string& name) {
  for (const std::string& fault : source.not_understood) {
    const std::size_t start = fault.find("the array ") + 10;
    if (is_weights(std::string_view(fault).substr(start, fault.find(' ', start) - start)))
      throw host::Error(fmt::format("{}: {}", name, fault));
  }
  NnomWeights weights;
  for (const CArray& array : source.arrays) {
    if (array.is_text || array.bytes.empty() || !is_weights(array.name)) continue;
    ModelRegion region;
    region.offset = static_cast<std::uint32_t>(weights.bytes.size());
    region.length = static_cast<std::uint32_t>(array.bytes.size());
    region.type = ElementType::int8;
    region.shape = {region.length};
    region.tensor = static_cast<std::uint32_t>(weights.arrays.size());
    region.name = array.name;
    weights.arrays.push_back(std::move(region));
    weights.bytes.insert(weights.bytes.end(), array.bytes.begin(), array.bytes.end());
  }
  if (weights.bytes.empty())
    throw host::Error(name + ": this looks like a weights.h of NNoM, but has no array of kernels or biases");
  shape_kernels(weights.arrays, text);
  return weights;
}

}  // namespace tmd::host::input
