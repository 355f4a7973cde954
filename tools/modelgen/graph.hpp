// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace modelgen {

enum class ElementType : std::uint8_t { int8, int32 };

/// real = scale * (stored - zero_point); one pair for the whole tensor, or one for each index of `dimension`.
struct Quantisation {
  std::vector<float> scales;
  std::vector<std::int64_t> zero_points;
  std::int32_t dimension = 0;

  bool operator==(const Quantisation&) const = default;
};

struct GraphTensor {
  std::string name;
  ElementType type = ElementType::int8;
  std::vector<std::int32_t> shape;
  Quantisation quantisation;
  std::vector<std::uint8_t> data;  ///< little-endian; empty for what is computed at run time
};

enum class OperatorKind : std::uint8_t {
  convolution,
  depthwise,
  fully_connected,
  max_pool,
  average_pool,
  reshape,
  softmax,
};

struct GraphOperator {
  OperatorKind kind;
  std::vector<std::int32_t> inputs;   ///< indices of tensors
  std::vector<std::int32_t> outputs;  ///< likewise
  int window = 1;                     ///< of a pool, along the first spatial dimension; its stride as well
  bool relu = false;
};

/// A quantised model, ready to be written: what a TFLite file says, without its encoding.
struct Graph {
  std::vector<GraphTensor> tensors;
  std::vector<GraphOperator> operators;
  std::int32_t input = 0;
  std::int32_t output = 0;
  std::string input_name;   ///< as the signature calls it
  std::string output_name;  ///< likewise
};

}  // namespace modelgen
