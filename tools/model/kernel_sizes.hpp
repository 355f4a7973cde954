// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/model.hpp"

namespace tmd::host::model {

/// Sizes of TFLM's structures where pointers, int and enums have four bytes: the parsed options
/// (tensorflow/lite/c/builtin_op_data.h) and the kernels' user data (tensorflow/lite/micro/kernels). A zero
/// stands for an operator that has none.
struct StructureSizes {
  BuiltinOperator builtin;
  std::uint16_t options;
  std::uint16_t user_data;
};

inline constexpr StructureSizes kSizes[] = {
    {BuiltinOperator::ABS, 0, 32},
    {BuiltinOperator::ADD, 8, 60},
    {BuiltinOperator::ADD_N, 0, 60},
    {BuiltinOperator::ARG_MAX, 4, 0},
    {BuiltinOperator::ARG_MIN, 4, 0},
    {BuiltinOperator::ASSIGN_VARIABLE, 0, 0},
    {BuiltinOperator::AVERAGE_POOL_2D, 40, 32},
    {BuiltinOperator::BATCH_MATMUL, 4, 16},
    {BuiltinOperator::BATCH_TO_SPACE_ND, 0, 64},
    {BuiltinOperator::BROADCAST_ARGS, 0, 0},
    {BuiltinOperator::BROADCAST_TO, 0, 0},
    {BuiltinOperator::CALL_ONCE, 4, 8},
    {BuiltinOperator::CAST, 8, 0},
    {BuiltinOperator::CEIL, 0, 0},
    {BuiltinOperator::CONCATENATION, 8, 32},
    {BuiltinOperator::CONV_2D, 28, 60},
    {BuiltinOperator::COS, 0, 0},
    {BuiltinOperator::CUMSUM, 2, 0},
    {BuiltinOperator::DEPTHWISE_CONV_2D, 28, 60},
    {BuiltinOperator::DEPTH_TO_SPACE, 4, 0},
    {BuiltinOperator::DEQUANTIZE, 0, 28},
    {BuiltinOperator::DIV, 4, 48},
    {BuiltinOperator::DYNAMIC_UPDATE_SLICE, 0, 0},
    {BuiltinOperator::ELU, 0, 256},  // a table of what each int8 value becomes
    {BuiltinOperator::EMBEDDING_LOOKUP, 0, 8},
    {BuiltinOperator::EQUAL, 0, 32},
    {BuiltinOperator::EXP, 0, 16},
    {BuiltinOperator::EXPAND_DIMS, 0, 0},
    {BuiltinOperator::FILL, 0, 0},
    {BuiltinOperator::FLOOR, 0, 0},
    {BuiltinOperator::FLOOR_DIV, 0, 0},
    {BuiltinOperator::FLOOR_MOD, 0, 0},
    {BuiltinOperator::FULLY_CONNECTED, 16, 48},
    {BuiltinOperator::GATHER, 8, 0},
    {BuiltinOperator::GATHER_ND, 0, 0},
    {BuiltinOperator::GREATER, 0, 32},
    {BuiltinOperator::GREATER_EQUAL, 0, 32},
    {BuiltinOperator::HARD_SWISH, 0, 32},
    {BuiltinOperator::IF, 8, 8},
    {BuiltinOperator::L2_NORMALIZATION, 4, 16},
    {BuiltinOperator::L2_POOL_2D, 40, 32},
    {BuiltinOperator::LEAKY_RELU, 4, 32},
    {BuiltinOperator::LESS, 0, 32},
    {BuiltinOperator::LESS_EQUAL, 0, 32},
    {BuiltinOperator::LOG, 0, 0},
    {BuiltinOperator::LOGICAL_AND, 0, 0},
    {BuiltinOperator::LOGICAL_NOT, 0, 0},
    {BuiltinOperator::LOGICAL_OR, 0, 0},
    {BuiltinOperator::LOGISTIC, 0, 16},
    {BuiltinOperator::LOG_SOFTMAX, 0, 64},
    {BuiltinOperator::MAXIMUM, 0, 0},
    {BuiltinOperator::MAX_POOL_2D, 40, 32},
    {BuiltinOperator::MEAN, 1, 48},
    {BuiltinOperator::MINIMUM, 0, 0},
    {BuiltinOperator::MIRROR_PAD, 4, 20},
    {BuiltinOperator::MUL, 4, 48},
    {BuiltinOperator::NEG, 0, 0},
    {BuiltinOperator::NOT_EQUAL, 0, 32},
    {BuiltinOperator::PACK, 8, 0},
    {BuiltinOperator::PAD, 0, 64},
    {BuiltinOperator::PADV2, 0, 64},
    {BuiltinOperator::PRELU, 0, 48},
    {BuiltinOperator::QUANTIZE, 0, 28},
    {BuiltinOperator::READ_VARIABLE, 0, 0},
    {BuiltinOperator::REDUCE_ALL, 1, 48},
    {BuiltinOperator::REDUCE_MAX, 1, 48},
    {BuiltinOperator::REDUCE_MIN, 1, 48},
    {BuiltinOperator::RELU, 0, 48},
    {BuiltinOperator::RELU6, 0, 16},
    {BuiltinOperator::RESHAPE, 36, 0},
    {BuiltinOperator::RESIZE_BILINEAR, 2, 0},
    {BuiltinOperator::RESIZE_NEAREST_NEIGHBOR, 2, 0},
    {BuiltinOperator::REVERSE_V2, 0, 0},
    {BuiltinOperator::ROUND, 0, 0},
    {BuiltinOperator::RSQRT, 0, 32},
    {BuiltinOperator::SELECT_V2, 0, 16},
    {BuiltinOperator::SHAPE, 4, 0},
    {BuiltinOperator::SIN, 0, 0},
    {BuiltinOperator::SLICE, 0, 0},
    {BuiltinOperator::SOFTMAX, 4, 64},
    {BuiltinOperator::SPACE_TO_BATCH_ND, 0, 64},
    {BuiltinOperator::SPACE_TO_DEPTH, 4, 0},
    {BuiltinOperator::SPLIT, 4, 0},
    {BuiltinOperator::SPLIT_V, 4, 0},
    {BuiltinOperator::SQRT, 0, 0},
    {BuiltinOperator::SQUARE, 0, 0},
    {BuiltinOperator::SQUARED_DIFFERENCE, 0, 112},
    {BuiltinOperator::SQUEEZE, 36, 0},
    {BuiltinOperator::STRIDED_SLICE, 24, 96},
    {BuiltinOperator::SUB, 8, 64},
    {BuiltinOperator::SUM, 1, 48},
    {BuiltinOperator::SVDF, 12, 64},
    {BuiltinOperator::TANH, 0, 16},
    {BuiltinOperator::TRANSPOSE, 0, 0},
    {BuiltinOperator::TRANSPOSE_CONV, 20, 160},
    {BuiltinOperator::UNIDIRECTIONAL_SEQUENCE_LSTM, 20, 720},
    {BuiltinOperator::UNPACK, 8, 0},
    {BuiltinOperator::VAR_HANDLE, 8, 4},
    {BuiltinOperator::WHILE, 8, 12},
    {BuiltinOperator::ZEROS_LIKE, 0, 0},
};

/// For kernels that are not in the table, custom ones among them.
inline constexpr StructureSizes kUnknown = {BuiltinOperator::CUSTOM, 40, 256};

}  // namespace tmd::host::model
