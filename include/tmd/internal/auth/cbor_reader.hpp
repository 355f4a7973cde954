// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/bytes.hpp"

namespace tmd {

/// The major types of CBOR that structures of ours are made of (RFC 8949, section 3.1).
enum class CborMajor : std::uint8_t {
  unsigned_integer = 0,
  negative_integer = 1,
  byte_string = 2,
  text_string = 3,
  array = 4,
  map = 5,
  tag = 6
};

/// Reads the deterministic encoding of CBOR (RFC 8949, section 4.2.1) and nothing else: shortest heads, definite
/// lengths, arguments below 2^31, or 2^32 where a caller asks for such a number. One value has one spelling, so two
/// readers cannot disagree about a signed structure. There is no recursion: the caller knows the shape and asks for
/// each item in turn. As with `ByteReader`, after the first violation every read gives zero and `failed()` holds.
class CborReader {
 public:
  constexpr explicit CborReader(ConstBytes bytes) : reader_(bytes), bytes_(bytes) {}

  constexpr bool failed() const { return failed_ || reader_.failed(); }
  /// Everything was read and nothing was wrong.
  constexpr bool complete() const { return !failed() && reader_.remaining() == 0; }
  constexpr std::size_t position() const { return reader_.position(); }
  /// The encoded bytes from `start` to the present position.
  constexpr ConstBytes since(std::size_t start) const { return bytes_.slice(start, position() - start); }

  /// The argument of the next item, which must be of this type: the value of an unsigned integer, the number
  /// of elements, entries or bytes, the number of a tag.
  constexpr std::uint32_t head(CborMajor expected) {
    const std::uint8_t initial = reader_.u8();
    if (static_cast<CborMajor>(initial >> 5) != expected) failed_ = true;
    return argument(initial & 0x1FU);
  }

  /// The value of an unsigned integer up to 2^32 - 1.
  constexpr std::uint32_t unsigned_integer() {
    const std::uint8_t initial = reader_.u8();
    if (static_cast<CborMajor>(initial >> 5) != CborMajor::unsigned_integer) failed_ = true;
    return argument(initial & 0x1FU, 0xFFFFFFFFU);
  }

  constexpr ConstBytes byte_string() {
    const std::uint32_t length = head(CborMajor::byte_string);
    return failed() ? ConstBytes() : reader_.take(length);
  }

  constexpr ConstBytes text_string() {
    const std::uint32_t length = head(CborMajor::text_string);
    return failed() ? ConstBytes() : reader_.take(length);
  }

  constexpr std::int32_t integer() {
    const std::uint8_t initial = reader_.u8();
    const CborMajor major = static_cast<CborMajor>(initial >> 5);
    const std::int32_t value = static_cast<std::int32_t>(argument(initial & 0x1FU));
    if (major == CborMajor::unsigned_integer) return value;
    if (major != CborMajor::negative_integer) failed_ = true;
    return -1 - value;
  }

  /// false, true or null.
  constexpr void simple() {
    const std::uint8_t value = reader_.u8();
    if (value < 0xF4 || value > 0xF6) failed_ = true;
  }

  /// The simple value null, which stands for a payload that is elsewhere.
  constexpr void null() {
    if (reader_.u8() != 0xF6) failed_ = true;
  }

 private:
  constexpr std::uint32_t argument(std::uint32_t information, std::uint32_t largest = 0x7FFFFFFFU) {
    if (information < 24) return information;
    if (information > 26) {  // 64-bit arguments, reserved values and indefinite lengths
      failed_ = true;
      return 0;
    }
    const unsigned byte_count = 1U << (information - 24);
    std::uint32_t value = 0;
    for (unsigned i = 0; i < byte_count; ++i) value = (value << 8) | reader_.u8();
    const std::uint32_t smallest = byte_count == 1 ? 24U : (byte_count == 2 ? 0x100U : 0x10000U);
    if (value < smallest || value > largest) {
      failed_ = true;
      return 0;
    }
    return value;
  }

  ByteReader reader_;
  ConstBytes bytes_;
  bool failed_ = false;
};

}  // namespace tmd
