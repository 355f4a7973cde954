// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/status.hpp"

namespace tmd {

/// TFLite's builtin code of operators that are known by a name.
constexpr std::uint16_t kCustomOperator = 32;

/// What an operator needs of its kernel beside its version, one bit each: types of its data, and what the kernels
/// of TFLite Micro tell apart. The order is that of the entry: what is frequent fits one byte.
namespace operator_features {
constexpr std::uint32_t kInt8 = 1U << 0;  ///< Inputs or outputs that are computed, of this type.
constexpr std::uint32_t kFloat32 = 1U << 1;
constexpr std::uint32_t kInt16 = 1U << 2;
constexpr std::uint32_t kInt32 = 1U << 3;
constexpr std::uint32_t kUint8 = 1U << 4;
constexpr std::uint32_t kBool = 1U << 5;
constexpr std::uint32_t kPerChannel = 1U << 6;  ///< Scales along a dimension, outside convolutions.
constexpr std::uint32_t kInt64Bias = 1U << 7;   ///< Constants of 64 bits.
constexpr std::uint32_t kDilation = 1U << 8;    ///< A dilation factor above one.
constexpr std::uint32_t kInt4Weights = 1U << 9;
constexpr std::uint32_t kInt8Weights = 1U << 10;  ///< With data that is neither int8 nor int16.
constexpr std::uint32_t kOtherWeights =
    1U << 11;  ///< Constants of another type than data, bias and those above.
constexpr std::uint32_t kSparse = 1U << 12;
constexpr std::uint32_t kCompressed = 1U << 13;       ///< Constants as indices into a table of values.
constexpr std::uint32_t kOutside = 1U << 14;          ///< Constants outside the FlatBuffer (Buffer.offset).
constexpr std::uint32_t kComputedWeights = 1U << 15;  ///< Weights that another operator computes.
constexpr std::uint32_t kInt64 = 1U << 16;
constexpr std::uint32_t kOtherType = 1U << 17;  ///< Data of a type that is not above.

constexpr std::uint32_t kAny = 0xFFFFFFFF;
}  // namespace operator_features

/// An operator that a firmware links in.
struct SupportedOperator {
  std::uint16_t builtin;                             ///< TFLite's builtin code.
  std::uint16_t version;                             ///< The newest version of it that the kernel runs.
  const char* custom_name = nullptr;                 ///< Of a custom operator (builtin code 32).
  std::uint32_t features = operator_features::kAny;  ///< What its kernel can do, see above.
};

namespace detail {

/// In an operator's version: features follow it. Versions of operators stay far below.
constexpr std::uint32_t kFeaturesFollow = 0x40;

constexpr bool is_name(ConstBytes name, const char* known) {
  if (known == nullptr) return name.empty();
  for (const std::uint8_t byte : name) {
    if (*known == '\0' || static_cast<std::uint8_t>(*known) != byte) return false;
    ++known;
  }
  return *known == '\0';
}

}  // namespace detail

/// Walks a manifest's operator set (entry 0x03), a list up to its end:
///
///     varint builtin code; varint version, plus 0x40 where features follow;
///     where the code is 32 (custom) varint length, name; where features follow: varint features
///
/// Features hold for the operators behind them too, until others follow; before the first ones they are kInt8.
class OperatorSetReader {
 public:
  constexpr explicit OperatorSetReader(ConstBytes set) : reader_(set) {}

  struct Operator {
    std::uint32_t builtin = 0;
    std::uint32_t version = 0;
    std::uint32_t features = operator_features::kInt8;
    ConstBytes name;
  };

  /// ok; not_found at the end; malformed_manifest.
  constexpr Status next(Operator& op) {
    if (reader_.remaining() == 0) return Status::not_found;
    op.builtin = reader_.varint();
    const std::uint32_t version = reader_.varint();
    op.version = version & ~detail::kFeaturesFollow;
    op.name = ConstBytes();
    if (op.builtin == kCustomOperator) {
      const std::uint32_t length = reader_.varint();
      op.name = reader_.take(length);
    }
    if ((version & detail::kFeaturesFollow) != 0) op.features = reader_.varint();
    return reader_.failed() ? Status::malformed_manifest : Status::ok;
  }

 private:
  ByteReader reader_;
};

/// Holds a manifest's operator set against the operators of a firmware: each must stand there, in that version or a
/// newer one, with all the features that it needs. ok; operator_missing; malformed_manifest.
[[nodiscard]] inline Status check_operator_set(ConstBytes set, const SupportedOperator* supported,
                                               std::size_t count) {
  OperatorSetReader reader(set);
  OperatorSetReader::Operator op;
  for (;;) {
    const Status status = reader.next(op);
    if (status != Status::ok) return status == Status::not_found ? Status::ok : status;
    bool found = false;
    for (std::size_t i = 0; i < count && !found; ++i) {
      found = supported[i].builtin == op.builtin && op.version <= supported[i].version &&
              (op.features & ~supported[i].features) == 0 &&
              (op.builtin != kCustomOperator || detail::is_name(op.name, supported[i].custom_name));
    }
    if (!found) return Status::operator_missing;
  }
}

}  // namespace tmd
