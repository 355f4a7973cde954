// SPDX-License-Identifier: Apache-2.0
#include "model/model.hpp"

#include <algorithm>
#include <limits>

namespace tmd::host::model {

std::uint32_t element_size(TensorType type) {
  switch (type) {
    case TensorType::INT8:
    case TensorType::UINT8:
    case TensorType::BOOL:
      return 1;
    case TensorType::FLOAT16:
    case TensorType::BFLOAT16:
    case TensorType::INT16:
    case TensorType::UINT16:
      return 2;
    case TensorType::FLOAT32:
    case TensorType::INT32:
    case TensorType::UINT32:
      return 4;
    case TensorType::INT64:
    case TensorType::UINT64:
    case TensorType::FLOAT64:
    case TensorType::COMPLEX64:
      return 8;
    case TensorType::COMPLEX128:
      return 16;
    case TensorType::STRING:
    case TensorType::RESOURCE:
    case TensorType::VARIANT:
    case TensorType::INT4:
      return 0;
  }
  return 0;
}

std::uint32_t byte_count(const Tensor& tensor) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  std::uint64_t elements = 1;
  for (const std::int32_t dimension : tensor.shape) {
    if (dimension == 0) return 0;
    elements *= static_cast<std::uint64_t>(std::max(dimension, 1));
    if (elements > kMost) return kMost;
  }
  // Two int4 values share a byte.
  const std::uint64_t bytes =
      tensor.type == TensorType::INT4 ? (elements + 1) / 2 : elements * element_size(tensor.type);
  return static_cast<std::uint32_t>(std::min(bytes, kMost));
}

std::string operator_name(const OperatorCode& code) {
  if (code.builtin == BuiltinOperator::CUSTOM) return "custom '" + code.custom_name + "'";
  const std::string name = tflite::EnumNameBuiltinOperator(code.builtin);
  return name.empty() ? "builtin " + std::to_string(static_cast<int>(code.builtin)) : name;
}

std::string type_name(TensorType type) {
  std::string name = tflite::EnumNameTensorType(type);
  if (name.empty()) return "type " + std::to_string(static_cast<int>(type));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return name;
}

}  // namespace tmd::host::model
