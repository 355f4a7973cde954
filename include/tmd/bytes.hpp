// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "tmd/status.hpp"

namespace tmd {

namespace detail {
/// As std::declval, whose header <utility> no freestanding compiler of C++17 has to bring.
template <class Type>
typename std::add_rvalue_reference<Type>::type declval() noexcept;
}  // namespace detail

/// A view of bytes that someone else owns: a pointer and a length, checked nowhere and therefore sliced only
/// through `first`, `from` and `slice`, which clamp to what is there.
template <class Byte>
class BasicBytes {
  static_assert(std::is_same<typename std::remove_const<Byte>::type, std::uint8_t>::value,
                "BasicBytes views std::uint8_t or const std::uint8_t only");

 public:
  constexpr BasicBytes() = default;
  constexpr BasicBytes(Byte* data, std::size_t size) : data_(data), size_(size) {}
  template <std::size_t kSize>
  constexpr BasicBytes(Byte (&array)[kSize]) : data_(array), size_(kSize) {}
  /// A view for writing may always be used as one for reading.
  template <class Other, class = typename std::enable_if<std::is_same<const Other, Byte>::value>::type>
  constexpr BasicBytes(BasicBytes<Other> other) : data_(other.data()), size_(other.size()) {}

  constexpr Byte* data() const { return data_; }
  constexpr std::size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr Byte& operator[](std::size_t index) const { return data_[index]; }
  constexpr Byte* begin() const { return data_; }
  constexpr Byte* end() const { return data_ + size_; }

  /// The first `count` bytes, or all of them where there are fewer.
  constexpr BasicBytes first(std::size_t count) const {
    return BasicBytes(data_, count < size_ ? count : size_);
  }
  /// Everything after the first `count` bytes; empty where there are no more.
  constexpr BasicBytes from(std::size_t count) const {
    const std::size_t left_out = count < size_ ? count : size_;
    return BasicBytes(data_ + left_out, size_ - left_out);
  }
  constexpr BasicBytes slice(std::size_t offset, std::size_t count) const {
    return from(offset).first(count);
  }

 private:
  Byte* data_ = nullptr;
  std::size_t size_ = 0;
};

using ConstBytes = BasicBytes<const std::uint8_t>;
using MutableBytes = BasicBytes<std::uint8_t>;

/// The memory of an object, for what is stored and read back by one and the same device.
template <class Object>
MutableBytes memory_of(Object& object) {
  static_assert(std::is_trivially_copyable<Object>::value, "only such an object is its bytes");
  return MutableBytes(reinterpret_cast<std::uint8_t*>(&object), sizeof(Object));
}
template <class Object>
ConstBytes memory_of(const Object& object) {
  static_assert(std::is_trivially_copyable<Object>::value, "only such an object is its bytes");
  return ConstBytes(reinterpret_cast<const std::uint8_t*>(&object), sizeof(Object));
}

// Little-endian loads and stores by shifts: Cortex-M0 faults on unaligned words, and with -fno-builtin a
// four-byte memcpy is a call.
constexpr std::uint16_t load_le16(const std::uint8_t* p) {
  return static_cast<std::uint16_t>(p[0] | (static_cast<unsigned>(p[1]) << 8));
}
constexpr std::uint32_t load_le32(const std::uint8_t* p) {
  return p[0] | (static_cast<std::uint32_t>(p[1]) << 8) | (static_cast<std::uint32_t>(p[2]) << 16) |
         (static_cast<std::uint32_t>(p[3]) << 24);
}
constexpr void store_le16(std::uint8_t* p, std::uint16_t value) {
  p[0] = static_cast<std::uint8_t>(value);
  p[1] = static_cast<std::uint8_t>(value >> 8);
}
constexpr void store_le32(std::uint8_t* p, std::uint32_t value) {
  p[0] = static_cast<std::uint8_t>(value);
  p[1] = static_cast<std::uint8_t>(value >> 8);
  p[2] = static_cast<std::uint8_t>(value >> 16);
  p[3] = static_cast<std::uint8_t>(value >> 24);
}

namespace detail {
/// A word that may lie at any address and be a part of anything: one load or store where the processor can, else bytes.
struct [[gnu::packed, gnu::may_alias]] AnyWord {
  std::uint32_t value;
};
inline std::uint32_t word_at(const std::uint8_t* place) {
  return reinterpret_cast<const AnyWord*>(place)->value;
}
inline void put_word(std::uint8_t* place, std::uint32_t value) {
  reinterpret_cast<AnyWord*>(place)->value = value;
}
}  // namespace detail

/// Copies without <cstring>, so that it stays small; the ranges do not overlap.
inline void copy_bytes(const std::uint8_t* from, std::uint8_t* to, std::size_t size) {
  if (std::size_t words = size / 4) {
    do {
      detail::put_word(to, detail::word_at(from));
      from += 4;
      to += 4;
    } while (--words != 0);
  }
  for (size %= 4; size > 0; --size) *to++ = *from++;
}
inline void copy_bytes(ConstBytes from, MutableBytes to) {
  copy_bytes(from.data(), to.data(), to.first(from.size()).size());
}
constexpr bool equal_bytes(const std::uint8_t* a, const std::uint8_t* b, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}
constexpr bool equal_bytes(ConstBytes a, ConstBytes b) {
  return a.size() == b.size() && equal_bytes(a.data(), b.data(), a.size());
}
/// The same by words: quicker, and no constant expression.
inline bool same_bytes(const std::uint8_t* a, const std::uint8_t* b, std::size_t size) {
  const std::uint8_t* const end = a + size;
  for (; end - a >= 4; a += 4, b += 4) {
    if (detail::word_at(a) != detail::word_at(b)) return false;
  }
  while (a != end) {
    if (*a++ != *b++) return false;
  }
  return true;
}

/// True where [offset, offset + length) lies inside [0, limit), with no sum that could wrap.
constexpr bool fits(std::uint32_t offset, std::uint32_t length, std::uint32_t limit) {
  return offset <= limit && length <= limit - offset;
}

/// Reads fields off the front of a view. After the first read past the end every read gives zero and
/// `failed()` holds, so a parser checks once at its end.
class ByteReader {
 public:
  constexpr explicit ByteReader(ConstBytes bytes) : bytes_(bytes) {}

  constexpr bool failed() const { return failed_; }
  /// Failed only because the view ended: the same bytes with more behind them may be well-formed.
  constexpr bool ran_out() const { return ran_out_; }
  constexpr std::size_t position() const { return position_; }
  constexpr std::size_t remaining() const { return bytes_.size() - position_; }

  constexpr ConstBytes take(std::size_t count) {
    const std::uint8_t* taken = pass(count);
    return taken == nullptr ? ConstBytes() : ConstBytes(taken, count);
  }
  constexpr std::uint8_t u8() {
    const std::uint8_t* taken = pass(1);
    return taken == nullptr ? std::uint8_t{0} : *taken;
  }
  constexpr std::uint16_t u16() {
    const std::uint8_t* taken = pass(2);
    return taken == nullptr ? std::uint16_t{0} : load_le16(taken);
  }
  constexpr std::uint32_t u32() {
    const std::uint8_t* taken = pass(4);
    return taken == nullptr ? 0U : load_le32(taken);
  }
  /// Unsigned LEB128 of at most five bytes; an encoding longer than needed, or above 2^32 - 1, fails.
  constexpr std::uint32_t varint() {
    std::uint32_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
      const std::uint32_t byte = u8();
      if (failed_) return 0;
      if (shift == 28 && byte > 0x0FU) break;
      value |= (byte & 0x7FU) << shift;
      if (byte == 0 && shift != 0) break;  // a padded encoding: one value, one spelling
      if (byte < 0x80U) return value;
    }
    failed_ = true;
    return 0;
  }

 private:
  /// Where the next `count` bytes are; null where there are fewer, and from then on.
  constexpr const std::uint8_t* pass(std::size_t count) {
    if (!failed_ && count > remaining()) failed_ = ran_out_ = true;
    if (failed_) return nullptr;
    const std::uint8_t* passed = bytes_.data() + position_;
    position_ += count;
    return passed;
  }

  ConstBytes bytes_;
  std::size_t position_ = 0;
  bool failed_ = false;
  bool ran_out_ = false;
};

/// Signed values as unsigned ones with small magnitudes first: 0, -1, 1, -2, …
constexpr std::uint32_t zigzag(std::int32_t value) {
  const std::uint32_t bits = static_cast<std::uint32_t>(value);
  return (bits << 1) ^ (value < 0 ? 0xFFFFFFFFU : 0U);
}
constexpr std::uint32_t unzigzag_bits(std::uint32_t value) {
  return (value >> 1) ^ ((value & 1U) != 0 ? 0xFFFFFFFFU : 0U);
}

}  // namespace tmd
