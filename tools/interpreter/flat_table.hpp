// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/bytes.hpp"

namespace tmd::host::interpreter {

// Reading a FlatBuffer in place, without generated code, heap or trust: every offset is checked against the
// file, and what does not fit is read as absent. Layout: https://flatbuffers.dev/internals/.

class FlatVector;

/// The float whose bits these are, and the other way round.
inline float float_of(std::uint32_t bits) {
  float value = 0;
  __builtin_memcpy(&value, &bits, sizeof(value));
  return value;
}
inline std::uint32_t bits_of(float value) {
  std::uint32_t bits = 0;
  __builtin_memcpy(&bits, &value, sizeof(bits));
  return bits;
}

/// A table of a FlatBuffer: its fields by number, each with a default where it is absent. A table that is
/// itself absent has no fields.
class FlatTable {
 public:
  constexpr FlatTable() = default;
  constexpr FlatTable(tmd::ConstBytes file, std::uint32_t position) : file_(file), position_(position) {
    std::uint32_t back = 0;
    if (!load32(file_, position_, back)) return;
    const std::uint32_t vtable = position_ - back;  // the offset is signed; wrapping does the same
    if (!inside(file_, vtable, 4)) return;
    const std::uint32_t size = tmd::load_le16(file_.data() + vtable);
    if (!inside(file_, vtable, size)) return;
    vtable_ = vtable;
    vtable_size_ = size;
  }

  /// The root table of a file, absent where the file is too short to have one.
  static constexpr FlatTable root(tmd::ConstBytes file) {
    std::uint32_t position = 0;
    return load32(file, 0, position) ? FlatTable(file, position) : FlatTable();
  }

  constexpr bool present() const { return vtable_size_ >= 4; }

  constexpr std::int32_t int8(unsigned field, std::int32_t absent) const {
    const std::uint32_t at = find(field, 1);
    return at == 0 ? absent : static_cast<std::int8_t>(file_[at]);
  }
  constexpr std::uint32_t uint32(unsigned field, std::uint32_t absent) const {
    const std::uint32_t at = find(field, 4);
    return at == 0 ? absent : tmd::load_le32(file_.data() + at);
  }
  float float32(unsigned field, float absent) const {
    const std::uint32_t at = find(field, 4);
    return at == 0 ? absent : float_of(tmd::load_le32(file_.data() + at));
  }
  constexpr std::int32_t int32(unsigned field, std::int32_t absent) const {
    return static_cast<std::int32_t>(uint32(field, static_cast<std::uint32_t>(absent)));
  }
  constexpr FlatTable table(unsigned field) const {
    std::uint32_t target = 0;
    return follow(find(field, 4), target) ? FlatTable(file_, target) : FlatTable();
  }
  /// A vector whose elements have `element_size` bytes; empty where absent.
  constexpr FlatVector vector(unsigned field, std::uint32_t element_size) const;

 private:
  friend class FlatVector;

  static constexpr bool inside(tmd::ConstBytes file, std::uint32_t at, std::uint32_t length) {
    return tmd::fits(at, length, static_cast<std::uint32_t>(file.size()));
  }
  static constexpr bool load32(tmd::ConstBytes file, std::uint32_t at, std::uint32_t& value) {
    if (!inside(file, at, 4)) return false;
    value = tmd::load_le32(file.data() + at);
    return true;
  }
  /// Where a field of `size` bytes lies; 0, where no field can be, if it is absent.
  constexpr std::uint32_t find(unsigned field, std::uint32_t size) const {
    const std::uint32_t entry = 4 + 2 * static_cast<std::uint32_t>(field);
    if (entry + 2 > vtable_size_) return 0;
    const std::uint32_t offset = tmd::load_le16(file_.data() + vtable_ + entry);
    return offset != 0 && inside(file_, position_ + offset, size) ? position_ + offset : 0;
  }
  constexpr bool follow(std::uint32_t at, std::uint32_t& target) const {
    std::uint32_t offset = 0;
    if (at == 0 || !load32(file_, at, offset)) return false;
    target = at + offset;
    return inside(file_, target, 4);
  }

  tmd::ConstBytes file_;
  std::uint32_t position_ = 0;
  std::uint32_t vtable_ = 0;
  std::uint32_t vtable_size_ = 0;
};

/// A vector of a FlatBuffer. An index past its end reads as zero or as an absent table.
class FlatVector {
 public:
  constexpr FlatVector() = default;
  constexpr FlatVector(tmd::ConstBytes file, std::uint32_t start, std::uint32_t count,
                       std::uint32_t element_size)
      : file_(file), start_(start), count_(count), element_size_(element_size) {}

  constexpr std::uint32_t size() const { return count_; }
  constexpr tmd::ConstBytes bytes() const { return file_.slice(start_, count_ * element_size_); }

  constexpr std::uint32_t uint32(std::uint32_t index) const {
    return index < count_ && element_size_ >= 4
               ? tmd::load_le32(file_.data() + start_ + index * element_size_)
               : 0;
  }
  constexpr std::int32_t int32(std::uint32_t index) const { return static_cast<std::int32_t>(uint32(index)); }
  constexpr FlatTable table(std::uint32_t index) const {
    const std::uint32_t offset = uint32(index);
    return offset == 0 ? FlatTable() : FlatTable(file_, start_ + index * element_size_ + offset);
  }

 private:
  tmd::ConstBytes file_;
  std::uint32_t start_ = 0;
  std::uint32_t count_ = 0;
  std::uint32_t element_size_ = 1;
};

constexpr FlatVector FlatTable::vector(unsigned field, std::uint32_t element_size) const {
  std::uint32_t at = 0;
  if (!follow(find(field, 4), at)) return FlatVector();
  const std::uint32_t count = tmd::load_le32(file_.data() + at);
  const std::uint32_t room = static_cast<std::uint32_t>(file_.size()) - at - 4;
  return count <= room / element_size ? FlatVector(file_, at + 4, count, element_size) : FlatVector();
}

}  // namespace tmd::host::interpreter
