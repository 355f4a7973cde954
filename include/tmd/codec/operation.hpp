// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tmd {
namespace codec {

/// How a stretch of the target is predicted. The target is produced front to back, one operation after
/// another; the coder spends bits on what the prediction misses.
enum class OperationKind : std::uint8_t {
  copy_base = 0,    ///< Exactly the base's bytes.
  copy_target = 1,  ///< Exactly bytes of the target that were produced before; may overlap what it produces.
  literal = 2,      ///< Bytes, predicted by their neighbours and by the base's byte at the same place.
  delta8 = 3,       ///< Signed bytes as differences from the base's.
  weights8 = 4,     ///< Signed bytes without a prediction.
  delta32 = 5,      ///< Little-endian 32-bit integers as differences from the base's.
  float32 = 6,      ///< IEEE floats as differences in units of the last place, from base or target.
  weights32 = 7,    ///< IEEE floats without a prediction.
};
constexpr unsigned kOperationKinds = 8;

constexpr unsigned element_size(OperationKind kind) {
  return kind >= OperationKind::delta32 ? 4U : 1U;
}

/// Differences that are remembered, and therefore the longest stride.
constexpr std::uint32_t kLongestStride = 128;

constexpr bool has_elements(OperationKind kind) {
  return kind >= OperationKind::delta8;
}

constexpr bool may_scale(OperationKind kind) {
  return kind == OperationKind::delta8 || kind == OperationKind::delta32 || kind == OperationKind::float32;
}

/// A factor: mantissa / 2^shift.
struct Ratio {
  std::uint32_t mantissa = 1;
  std::uint8_t shift = 0;
};

struct Operation {
  OperationKind kind = OperationKind::copy_base;
  bool scaled = false;  ///< The source is multiplied by a ratio before it predicts; one ratio for each row.
  bool from_target = false;  ///< The source lies in the target (float32 only).
  std::uint32_t length = 0;  ///< Bytes of target.
  std::uint32_t source = 0;  ///< Offset of the prediction's first byte, in base or target.
  std::uint32_t row = 0;     ///< Elements that share a ratio; 0 where all do.
  std::uint32_t stride =
      0;  ///< How many elements back lies the one that tells most about this one, besides the last.
};

constexpr bool reads_base(const Operation& operation) {
  switch (operation.kind) {
    case OperationKind::copy_base:
    case OperationKind::delta8:
    case OperationKind::delta32:
      return true;
    case OperationKind::float32:
      return !operation.from_target;
    default:
      return false;
  }
}
constexpr bool reads_target(const Operation& operation) {
  return operation.kind == OperationKind::copy_target ||
         (operation.kind == OperationKind::float32 && operation.from_target);
}

}  // namespace codec
}  // namespace tmd
