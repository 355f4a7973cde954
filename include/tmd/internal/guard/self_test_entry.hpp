// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/status.hpp"

namespace tmd {

// A self-test (manifest entry 0x10) is a known input and what must come out of it:
//
//     u8 0: u32 CRC-32 of the outputs' bytes
//     u8 1: u8 element type (TFLite's TensorType), varint elements, varint index of the largest one,
//           the first of equal ones; of the first output
//     u8 0: the inputs' bytes, to the end; u8 1: u32 seed that they are generated from
//
// Inputs and outputs are in the model's order, each without gaps, elements little-endian.

/// What must come out.
enum class Expectation : std::uint8_t { crc32 = 0, top1 = 1 };
/// Where the input comes from.
enum class TestInput : std::uint8_t { given = 0, generated = 1 };

/// TFLite's numbers of the element types that a top-1 can be told of.
enum class ScoreType : std::uint8_t { float32 = 0, int32 = 2, uint8 = 3, int16 = 7, int8 = 9 };

/// Bytes of an element, or 0 where a top-1 of such elements is not supported.
constexpr std::uint32_t score_size(std::uint8_t type) {
  switch (static_cast<ScoreType>(type)) {
    case ScoreType::float32:
    case ScoreType::int32:
      return 4;
    case ScoreType::int16:
      return 2;
    case ScoreType::uint8:
    case ScoreType::int8:
      return 1;
  }
  return 0;
}

/// The fields of a self-test. A given input begins at `input_offset` of the entry's value.
struct SelfTestEntry {
  /// No more of a value's first bytes are needed to parse it.
  static constexpr std::size_t kFront = 17;

  Expectation expectation = Expectation::crc32;
  std::uint32_t crc = 0;
  std::uint8_t score_type = 0;
  std::uint32_t elements = 0;
  std::uint32_t top1 = 0;
  TestInput input = TestInput::given;
  std::uint32_t seed = 0;
  std::uint32_t input_offset = 0;
};

/// Reads the value of an entry, or its first `kFront` bytes. ok; malformed_manifest.
[[nodiscard]] constexpr Status parse_self_test(ConstBytes value, SelfTestEntry& entry) {
  ByteReader reader(value.first(SelfTestEntry::kFront));
  const std::uint8_t expectation = reader.u8();
  if (expectation == static_cast<std::uint8_t>(Expectation::crc32)) {
    entry.expectation = Expectation::crc32;
    entry.crc = reader.u32();
  } else if (expectation == static_cast<std::uint8_t>(Expectation::top1)) {
    entry.expectation = Expectation::top1;
    entry.score_type = reader.u8();
    entry.elements = reader.varint();
    entry.top1 = reader.varint();
    if (score_size(entry.score_type) == 0 || entry.top1 >= entry.elements) return Status::malformed_manifest;
  } else {
    return Status::malformed_manifest;
  }
  const std::uint8_t input = reader.u8();
  if (input > static_cast<std::uint8_t>(TestInput::generated)) return Status::malformed_manifest;
  entry.input = static_cast<TestInput>(input);
  if (entry.input == TestInput::generated) {
    entry.seed = reader.u32();
    if (entry.seed == 0) return Status::malformed_manifest;
  }
  entry.input_offset = static_cast<std::uint32_t>(reader.position());
  return reader.failed() ? Status::malformed_manifest : Status::ok;
}

/// The bytes of a generated input: xorshift with the shifts 13, 17, 5 (Marsaglia, "Xorshift RNGs", 2003), of
/// each number the top byte. The seed is not zero.
class GeneratedInput {
 public:
  constexpr explicit GeneratedInput(std::uint32_t seed) : state_(seed) {}

  constexpr std::uint8_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return static_cast<std::uint8_t>(state_ >> 24);
  }

 private:
  std::uint32_t state_;
};

/// Finds the largest of a row of little-endian elements that come in pieces. Floating-point elements are
/// compared by their bits: no floating-point code is needed.
class Top1 {
 public:
  constexpr Top1() = default;
  constexpr Top1(std::uint8_t type, std::uint32_t elements)
      : type_(static_cast<ScoreType>(type)), elements_(elements) {}

  /// Bytes behind the last element are passed over.
  constexpr void add(ConstBytes bytes) {
    for (const std::uint8_t byte : bytes) {
      if (seen_ == elements_) return;
      partial_ |= static_cast<std::uint32_t>(byte) << (8 * filled_);
      if (++filled_ == score_size(static_cast<std::uint8_t>(type_))) finish_element();
    }
  }

  /// All elements came, each a number, and this is the largest one.
  constexpr bool is(std::uint32_t index) const {
    return seen_ == elements_ && !not_a_number_ && best_ == index;
  }

 private:
  constexpr void finish_element() {
    const std::uint32_t order = in_order(partial_);
    if (seen_ == 0 || order > largest_) {
      largest_ = order;
      best_ = seen_;
    }
    ++seen_;
    partial_ = filled_ = 0;
  }

  /// Unsigned numbers in the order of the elements.
  constexpr std::uint32_t in_order(std::uint32_t bits) {
    constexpr std::uint32_t kSign = 0x80000000U;
    switch (type_) {
      case ScoreType::float32:
        if ((bits & ~kSign) > 0x7F800000U) not_a_number_ = true;
        if (bits == kSign) bits = 0;  // -0 is 0
        return (bits & kSign) != 0 ? ~bits : bits | kSign;
      case ScoreType::int32:
        return bits ^ kSign;
      case ScoreType::int16:
        return bits ^ 0x8000U;
      case ScoreType::int8:
        return bits ^ 0x80U;
      case ScoreType::uint8:
        break;
    }
    return bits;
  }

  ScoreType type_ = ScoreType::int8;
  std::uint32_t elements_ = 0;
  std::uint32_t seen_ = 0;
  std::uint32_t best_ = 0;
  std::uint32_t largest_ = 0;
  std::uint32_t partial_ = 0;
  std::uint32_t filled_ = 0;
  bool not_a_number_ = false;
};

}  // namespace tmd
