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

/// The longest stride: deltas that are remembered.
constexpr std::uint32_t kLongestStride = 256;

/// How a delta is predicted from earlier ones, in five bits.
struct FilterShape {
  std::uint8_t code;
  /// How fast gains learn: the step is doubled so many times.
  constexpr unsigned speed() const { return code & 3U; }
  /// How many strides back it looks, where there is a stride.
  constexpr unsigned taps() const { return (code & 4U) != 0 ? 3 : 8; }
  /// How many whole rows back it looks.
  constexpr unsigned rows() const { return code < 8 ? 0U : 1U << (code >> 3); }
};
constexpr unsigned kFilterBits = 5;
constexpr unsigned kMostRows = 8;
constexpr unsigned kMostTaps = 8 + kMostRows;
/// Deltas of rows above are worked out so many at a time: no row that predicts is shorter, nor longer than this.
constexpr std::uint32_t kRowWindow = 16;
constexpr std::uint32_t kLongestRow = 65535;

constexpr bool has_elements(OperationKind kind) {
  return kind >= OperationKind::delta8;
}

/// A factor: mantissa / 2^shift.
struct Ratio {
  std::uint32_t mantissa = 1;
  std::uint8_t shift = 0;
};

/// No initial values: `Operation()` and `{}` are all zero, which compilers see through.
struct Operation {
  OperationKind kind;
  bool scaled;     ///< The source is multiplied by a ratio before it predicts; one ratio for each row.
  bool sparse;     ///< Each element first says whether it is zero: pruned weights.
  bool predicted;  ///< Earlier deltas predict this one (signed bytes only).

  bool from_target;  ///< The source lies in the target (float32 only).
  bool slow;         ///< Statistics hardly drift: they learn slower as they get older.
  bool averaged;     ///< Two models are averaged, in place of five that are mixed: quicker to decode.
  bool centred;      ///< Zero is not 0 but `centre`: unsigned weights.
  std::uint8_t centre;
  FilterShape filter;    ///< Where it is predicted.
  std::uint32_t length;  ///< Bytes of target.
  std::uint32_t source;  ///< Offset of the prediction's first byte, in base or target.
  std::uint32_t row;     ///< Elements that share a ratio; 0 where all do.
  std::uint32_t above;   ///< Elements of a row, where rows above predict: `row` where that is not 0.
  std::uint32_t
      stride;  ///< How many elements back lies the one that tells most about this one, besides the last.
};

/// A flag of operations, and the kinds that have it: bit 0 for copy_base, and so on.
struct OperationFlag {
  bool Operation::*is;
  std::uint8_t kinds;
};
constexpr unsigned kOperationFlags = 7;
constexpr OperationFlag kFlags[kOperationFlags] = {{&Operation::scaled, 0x68},     // delta8, delta32, float32
                                                   {&Operation::sparse, 0xD8},     // all but integers
                                                   {&Operation::predicted, 0x18},  // delta8, weights8
                                                   {&Operation::from_target, 0x40},  // float32
                                                   {&Operation::slow, 0x68},         // as scaled
                                                   {&Operation::averaged, 0x1C},
                                                   {&Operation::centred, 0x18}};  // as predicted

constexpr unsigned kSparse = 1;  ///< Its place in `kFlags`.
constexpr unsigned kPredicted = 2;
constexpr unsigned kSlow = 4;
constexpr unsigned kAveraged = 5;
constexpr unsigned kCentred = 6;
constexpr bool may(OperationKind kind, unsigned flag) {
  return ((kFlags[flag].kinds >> static_cast<unsigned>(kind)) & 1U) != 0;
}

constexpr bool reads_base(const Operation& operation) {
  constexpr unsigned kKinds = 0x69;  // copy_base, delta8, delta32, float32
  return ((kKinds >> static_cast<unsigned>(operation.kind)) & 1U) != 0 && !operation.from_target;
}
constexpr bool reads_target(const Operation& operation) {
  return operation.kind == OperationKind::copy_target ||
         (operation.kind == OperationKind::float32 && operation.from_target);
}

}  // namespace codec
}  // namespace tmd
