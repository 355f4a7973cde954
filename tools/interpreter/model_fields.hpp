// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tmd::host::interpreter {

// The field numbers of the TFLite schema (version 3) that the interpreter reads. Written out rather than
// generated, so that it compiles where there is no FlatBuffers library, and so that it checks the writer,
// which uses generated code.
namespace field {

enum Model : unsigned { kModelVersion = 0, kModelOperatorCodes = 1, kModelSubgraphs = 2, kModelBuffers = 4 };
enum OperatorCode : unsigned { kCodeDeprecated = 0, kCodeBuiltin = 3 };
enum Subgraph : unsigned { kTensors = 0, kInputs = 1, kOutputs = 2, kOperators = 3 };
enum Tensor : unsigned {
  kShape = 0,
  kType = 1,
  kBuffer = 2,
  kQuantisation = 4,
  kVariable = 5,
  kSparsity = 6
};
enum Quantisation : unsigned { kScale = 2, kZeroPoint = 3 };
enum Operator : unsigned { kOpcodeIndex = 0, kOperatorInputs = 1, kOperatorOutputs = 2, kOptions = 4 };
enum Buffer : unsigned { kData = 0 };
enum Convolution : unsigned { kConvActivation = 3, kConvDilationWidth = 4, kConvDilationHeight = 5 };
enum Depthwise : unsigned { kDepthActivation = 4, kDepthDilationWidth = 5, kDepthDilationHeight = 6 };
enum Pool : unsigned { kPoolWidth = 3, kPoolHeight = 4, kPoolActivation = 5 };
enum Sliding : unsigned { kPadding = 0, kStrideWidth = 1, kStrideHeight = 2 };
enum FullyConnected : unsigned { kDenseActivation = 0 };
enum Softmax : unsigned { kBeta = 0 };
enum Elementwise : unsigned { kElementwiseActivation = 0 };
enum Concatenation : unsigned { kConcatenationAxis = 0, kConcatenationActivation = 1 };
enum Pack : unsigned { kPackAxis = 1 };
enum StridedSlice : unsigned {
  kBeginMask = 0,
  kEndMask = 1,
  kEllipsisMask = 2,
  kNewAxisMask = 3,
  kShrinkAxisMask = 4,
  kOffset = 5
};
enum CallOnce : unsigned { kInitSubgraph = 0 };
enum VarHandle : unsigned { kContainer = 0, kSharedName = 1 };

}  // namespace field

/// Element types, as the file numbers them.
enum ElementCode : std::int32_t {
  kFloat32 = 0,
  kInt32 = 2,
  kUint8 = 3,
  kInt64 = 4,
  kInt16 = 7,
  kInt8 = 9,
  kResource = 13,  ///< what VAR_HANDLE names; holds no bytes of its own
};

/// Bytes of an element; 0 for a type that is not implemented.
constexpr std::uint32_t size_of(std::int32_t type) {
  switch (type) {
    case kFloat32:
    case kInt32:
      return 4;
    case kInt16:
      return 2;
    case kInt64:
      return 8;
    case kInt8:
    case kUint8:
      return 1;
    default:
      return 0;
  }
}

enum class Builtin : std::uint32_t {
  add = 0,
  average_pool_2d = 1,
  concatenation = 2,
  conv_2d = 3,
  depthwise_conv_2d = 4,
  dequantize = 6,
  fully_connected = 9,
  logistic = 14,
  max_pool_2d = 17,
  mul = 18,
  relu = 19,
  relu6 = 21,
  reshape = 22,
  softmax = 25,
  pad = 34,
  transpose = 39,
  mean = 40,
  squeeze = 43,
  strided_slice = 45,
  expand_dims = 70,
  shape = 77,
  pack = 83,
  quantize = 114,
  call_once = 129,
  var_handle = 142,
  read_variable = 143,
  assign_variable = 144,
};

}  // namespace tmd::host::interpreter
