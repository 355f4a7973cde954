// SPDX-License-Identifier: Apache-2.0
#include "model/op_resolver.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/source_text.hpp"

namespace tmd::host::model {
namespace {

/// The functions of MicroMutableOpResolver, without their "Add".
struct BuiltinFunction {
  BuiltinOperator builtin;
  const char* name;
};
constexpr BuiltinFunction kBuiltins[] = {
    {BuiltinOperator::ABS, "Abs"},
    {BuiltinOperator::ADD, "Add"},
    {BuiltinOperator::ADD_N, "AddN"},
    {BuiltinOperator::ARG_MAX, "ArgMax"},
    {BuiltinOperator::ARG_MIN, "ArgMin"},
    {BuiltinOperator::ASSIGN_VARIABLE, "AssignVariable"},
    {BuiltinOperator::AVERAGE_POOL_2D, "AveragePool2D"},
    {BuiltinOperator::BATCH_MATMUL, "BatchMatMul"},
    {BuiltinOperator::BATCH_TO_SPACE_ND, "BatchToSpaceNd"},
    {BuiltinOperator::BROADCAST_ARGS, "BroadcastArgs"},
    {BuiltinOperator::BROADCAST_TO, "BroadcastTo"},
    {BuiltinOperator::CALL_ONCE, "CallOnce"},
    {BuiltinOperator::CAST, "Cast"},
    {BuiltinOperator::CEIL, "Ceil"},
    {BuiltinOperator::CONCATENATION, "Concatenation"},
    {BuiltinOperator::CONV_2D, "Conv2D"},
    {BuiltinOperator::COS, "Cos"},
    {BuiltinOperator::CUMSUM, "CumSum"},
    {BuiltinOperator::DEPTHWISE_CONV_2D, "DepthwiseConv2D"},
    {BuiltinOperator::DEPTH_TO_SPACE, "DepthToSpace"},
    {BuiltinOperator::DEQUANTIZE, "Dequantize"},
    {BuiltinOperator::DIV, "Div"},
    {BuiltinOperator::DYNAMIC_UPDATE_SLICE, "DynamicUpdateSlice"},
    {BuiltinOperator::ELU, "Elu"},
    {BuiltinOperator::EMBEDDING_LOOKUP, "EmbeddingLookup"},
    {BuiltinOperator::EQUAL, "Equal"},
    {BuiltinOperator::EXP, "Exp"},
    {BuiltinOperator::EXPAND_DIMS, "ExpandDims"},
    {BuiltinOperator::FILL, "Fill"},
    {BuiltinOperator::FLOOR, "Floor"},
    {BuiltinOperator::FLOOR_DIV, "FloorDiv"},
    {BuiltinOperator::FLOOR_MOD, "FloorMod"},
    {BuiltinOperator::FULLY_CONNECTED, "FullyConnected"},
    {BuiltinOperator::GATHER, "Gather"},
    {BuiltinOperator::GATHER_ND, "GatherNd"},
    {BuiltinOperator::GREATER, "Greater"},
    {BuiltinOperator::GREATER_EQUAL, "GreaterEqual"},
    {BuiltinOperator::HARD_SWISH, "HardSwish"},
    {BuiltinOperator::IF, "If"},
    {BuiltinOperator::L2_NORMALIZATION, "L2Normalization"},
    {BuiltinOperator::L2_POOL_2D, "L2Pool2D"},
    {BuiltinOperator::LEAKY_RELU, "LeakyRelu"},
    {BuiltinOperator::LESS, "Less"},
    {BuiltinOperator::LESS_EQUAL, "LessEqual"},
    {BuiltinOperator::LOG, "Log"},
    {BuiltinOperator::LOGICAL_AND, "LogicalAnd"},
    {BuiltinOperator::LOGICAL_NOT, "LogicalNot"},
    {BuiltinOperator::LOGICAL_OR, "LogicalOr"},
    {BuiltinOperator::LOGISTIC, "Logistic"},
    {BuiltinOperator::LOG_SOFTMAX, "LogSoftmax"},
    {BuiltinOperator::MAXIMUM, "Maximum"},
    {BuiltinOperator::MAX_POOL_2D, "MaxPool2D"},
    {BuiltinOperator::MEAN, "Mean"},
    {BuiltinOperator::MINIMUM, "Minimum"},
    {BuiltinOperator::MIRROR_PAD, "MirrorPad"},
    {BuiltinOperator::MUL, "Mul"},
    {BuiltinOperator::NEG, "Neg"},
    {BuiltinOperator::NOT_EQUAL, "NotEqual"},
    {BuiltinOperator::PACK, "Pack"},
    {BuiltinOperator::PAD, "Pad"},
    {BuiltinOperator::PADV2, "PadV2"},
    {BuiltinOperator::PRELU, "Prelu"},
    {BuiltinOperator::QUANTIZE, "Quantize"},
    {BuiltinOperator::READ_VARIABLE, "ReadVariable"},
    {BuiltinOperator::REDUCE_ALL, "ReduceAll"},
    {BuiltinOperator::REDUCE_MAX, "ReduceMax"},
    {BuiltinOperator::REDUCE_MIN, "ReduceMin"},
    {BuiltinOperator::RELU, "Relu"},
    {BuiltinOperator::RELU6, "Relu6"},
    {BuiltinOperator::RESHAPE, "Reshape"},
    {BuiltinOperator::RESIZE_BILINEAR, "ResizeBilinear"},
    {BuiltinOperator::RESIZE_NEAREST_NEIGHBOR, "ResizeNearestNeighbor"},
    {BuiltinOperator::REVERSE_V2, "ReverseV2"},
    {BuiltinOperator::ROUND, "Round"},
    {BuiltinOperator::RSQRT, "Rsqrt"},
    {BuiltinOperator::SELECT_V2, "SelectV2"},
    {BuiltinOperator::SHAPE, "Shape"},
    {BuiltinOperator::SIN, "Sin"},
    {BuiltinOperator::SLICE, "Slice"},
    {BuiltinOperator::SOFTMAX, "Softmax"},
    {BuiltinOperator::SPACE_TO_BATCH_ND, "SpaceToBatchNd"},
    {BuiltinOperator::SPACE_TO_DEPTH, "SpaceToDepth"},
    {BuiltinOperator::SPLIT, "Split"},
    {BuiltinOperator::SPLIT_V, "SplitV"},
    {BuiltinOperator::SQRT, "Sqrt"},
    {BuiltinOperator::SQUARE, "Square"},
    {BuiltinOperator::SQUARED_DIFFERENCE, "SquaredDifference"},
    {BuiltinOperator::SQUEEZE, "Squeeze"},
    {BuiltinOperator::STRIDED_SLICE, "StridedSlice"},
    {BuiltinOperator::SUB, "Sub"},
    {BuiltinOperator::SUM, "Sum"},
    {BuiltinOperator::SVDF, "Svdf"},
    {BuiltinOperator::TANH, "Tanh"},
    {BuiltinOperator::TRANSPOSE, "Transpose"},
    {BuiltinOperator::TRANSPOSE_CONV, "TransposeConv"},
    {BuiltinOperator::UNIDIRECTIONAL_SEQUENCE_LSTM, "UnidirectionalSequenceLSTM"},
    {BuiltinOperator::UNPACK, "Unpack"},
    {BuiltinOperator::VAR_HANDLE, "VarHandle"},
    {BuiltinOperator::WHILE, "While"},
    {BuiltinOperator::ZEROS_LIKE, "ZerosLike"},
};

struct CustomFunction {
  const char* custom_name;
  const char* name;
};
constexpr CustomFunction kCustoms[] = {
    {"CIRCULAR_BUFFER", "CircularBuffer"},
    {"SignalDelay", "Delay"},
    {"SignalEnergy", "Energy"},
    {"SignalFftAutoScale", "FftAutoScale"},
    {"SignalFilterBank", "FilterBank"},
    {"SignalFilterBankLog", "FilterBankLog"},
    {"SignalFilterBankSpectralSubtraction", "FilterBankSpectralSubtraction"},
    {"SignalFilterBankSquareRoot", "FilterBankSquareRoot"},
    {"SignalFramer", "Framer"},
    {"SignalIrfft", "Irfft"},
    {"SignalOverlapAdd", "OverlapAdd"},
    {"SignalPCAN", "PCAN"},
    {"SignalRfft", "Rfft"},
    {"SignalStacker", "Stacker"},
    {"SignalWindow", "Window"},
    {"TFLM_DECODE", "Decode"},
    {"TFLite_Detection_PostProcess", "DetectionPostprocess"},
    {"ethos-u", "EthosU"},
};

/// Null where TFLM has none.
const char* function_of(const OperatorCode& code) {
  if (code.builtin == BuiltinOperator::CUSTOM) {
    for (const CustomFunction& known : kCustoms) {
      if (code.custom_name == known.custom_name) return known.name;
    }
    return nullptr;
  }
  const auto* found =
      std::find_if(std::begin(kBuiltins), std::end(kBuiltins),
                   [&](const BuiltinFunction& known) { return known.builtin == code.builtin; });
  return found == std::end(kBuiltins) ? nullptr : found->name;
}

}  // namespace

std::string op_resolver(const std::vector<UsedOperator>& operators) {
  std::string calls;
  std::string left;
  for (const UsedOperator& op : operators) {
    if (const char* name = function_of(op.code))
      calls += fmt::format("  if (resolver.Add{}() != kTfLiteOk) return kTfLiteError;\n", name);
    else
      left += fmt::format("// Not part of TFLM, yours to add: {}.\n", comment_text(operator_name(op.code)));
  }
  return fmt::format(
      "\n#ifdef TENSORFLOW_LITE_MICRO_MICRO_MUTABLE_OP_RESOLVER_H_\n"
      "/// Exactly the operators above; for tflite::MicroInterpreter.\n"
      "using ModelOpResolver = tflite::MicroMutableOpResolver<{}>;\n"
      "{}"
      "inline TfLiteStatus add_operators(ModelOpResolver& resolver) {{\n{}  return kTfLiteOk;\n}}\n"
      "#endif\n",
      std::max<std::size_t>(operators.size(), 1), left, calls);
}

}  // namespace tmd::host::model
