// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace modelgen {

// The field numbers of the TFLite schema (version 3) that the interpreter reads. Written out rather than
// generated, so that it compiles where there is no FlatBuffers library, and so that it checks the writer,
// which uses generated code.
namespace field {

enum Model : unsigned { kModelVersion = 0, kModelOperatorCodes = 1, kModelSubgraphs = 2, kModelBuffers = 4 };
enum OperatorCode : unsigned { kCodeDeprecated = 0, kCodeBuiltin = 3 };
enum Subgraph : unsigned { kTensors = 0, kInputs = 1, kOutputs = 2, kOperators = 3 };
enum Tensor : unsigned { kShape = 0, kType = 1, kBuffer = 2, kQuantisation = 4 };
enum Quantisation : unsigned { kScale = 2, kZeroPoint = 3 };
enum Operator : unsigned { kOpcodeIndex = 0, kOperatorInputs = 1, kOperatorOutputs = 2, kOptions = 4 };
enum Buffer : unsigned { kData = 0 };
enum Convolution : unsigned { kConvActivation = 3, kConvDilationWidth = 4, kConvDilationHeight = 5 };
enum Depthwise : unsigned { kDepthActivation = 4, kDepthDilationWidth = 5, kDepthDilationHeight = 6 };
enum Pool : unsigned { kPoolWidth = 3, kPoolHeight = 4, kPoolActivation = 5 };
enum Sliding : unsigned { kPadding = 0, kStrideWidth = 1, kStrideHeight = 2 };
enum FullyConnected : unsigned { kDenseActivation = 0 };
enum Softmax : unsigned { kBeta = 0 };

}  // namespace field

/// Element types, as the file numbers them.
enum ElementCode : std::int32_t { kInt32 = 2, kInt8 = 9 };

enum class Builtin : std::uint32_t {
  average_pool_2d = 1,
  conv_2d = 3,
  depthwise_conv_2d = 4,
  fully_connected = 9,
  max_pool_2d = 17,
  reshape = 22,
  softmax = 25,
};

}  // namespace modelgen
