// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/digest/crc32.hpp"
#include "tmd/flash.hpp"

namespace tmd {

/// What arrives: a patch of `patch_length` bytes, cut into fragments of `fragment_size`, the last one shorter
/// or padded. `identity` tells one patch from another: any number that the sender keeps for as long as it
/// sends this patch.
struct FragmentPlan {
  std::uint32_t identity = 0;
  std::uint32_t patch_length = 0;
  std::uint32_t fragment_size = 0;

  constexpr std::uint32_t count() const {
    return fragment_size == 0 || patch_length == 0 ? 0 : (patch_length - 1) / fragment_size + 1;
  }
  friend constexpr bool operator==(const FragmentPlan& a, const FragmentPlan& b) {
    return a.identity == b.identity && a.patch_length == b.patch_length && a.fragment_size == b.fragment_size;
  }
};

namespace staging {

constexpr std::uint32_t kHeaderSize = 32;
constexpr std::uint32_t kMarkSize = 8;
constexpr std::uint32_t kEntrySize = 4;
/// Pieces that cuts and bad flash may spoil before the area has to be erased; also the spare log entries.
constexpr std::uint32_t kSpares = 8;
/// The number in a log entry that ends the area; places have smaller ones.
constexpr std::uint16_t kRetired = 0xFFFFU;
constexpr std::uint32_t kMostPieces = 65000;
static_assert(kMostPieces + 2 * kSpares < kRetired, "pieces, places and log entries are kept in 16 bits");

constexpr std::uint32_t padded(std::uint32_t length, std::uint32_t unit) {
  return (length + unit - 1) / unit * unit;
}

/// Where everything lies in a staging area, and what its headers and marks hold (docs/flash-format.md).
/// Arithmetic only.
class AreaLayout {
 public:
  constexpr AreaLayout() = default;
  /// `piece_size` as `piece_size_of` gives it. Look at `is_possible` before anything else.
  constexpr AreaLayout(const FragmentPlan& plan, const Region& region, std::uint32_t unit,
                       std::uint32_t piece_size)
      : plan_(plan), region_(region), unit_(unit), piece_size_(piece_size) {
    if (bytes_needed(plan, unit, piece_size) > region.size) return;
    per_fragment_ = pieces_in(plan.fragment_size, piece_size);
    piece_count_ = static_cast<std::uint32_t>(pieces_of(plan, piece_size));
    std::uint8_t header[kHeaderSize] = {};
    fill_header(MutableBytes(header));
    key_ = load_le32(header + kHeaderSize - 4);
  }

  /// Fragments of up to `largest` bytes are one piece, larger ones are cut evenly. `largest` is a multiple of
  /// `unit`.
  static constexpr std::uint32_t piece_size_of(const FragmentPlan& plan, std::uint32_t unit,
                                               std::uint32_t largest) {
    if (plan.fragment_size <= largest) return plan.fragment_size;
    const std::uint32_t pieces = pieces_in(plan.fragment_size, largest);
    return padded(pieces_in(plan.fragment_size, pieces), unit);
  }

  /// Bytes of flash for a plan; too many to be had where the plan makes no sense.
  static constexpr std::uint64_t bytes_needed(const FragmentPlan& plan, std::uint32_t unit,
                                              std::uint32_t piece_size) {
    if (plan.count() == 0 || unit == 0 || piece_size == 0 || piece_size > 0xFFFFU) return kImpossible;
    const std::uint64_t pieces = pieces_of(plan, piece_size);
    if (pieces > kMostPieces) return kImpossible;
    return 2 * std::uint64_t{padded(kHeaderSize, unit)} +
           (pieces + kSpares) * (padded(kMarkSize, unit) + padded(piece_size, unit)) +
           (pieces + 2 * kSpares) * padded(kEntrySize, unit);
  }

  /// The same, where the log does not begin in the region's first erase block: a torn erase of that one must not
  /// bring an area back to life that its log says is retired.
  static constexpr std::uint64_t bytes_needed(const FragmentPlan& plan, std::uint32_t unit,
                                              std::uint32_t piece_size, std::uint32_t first_block) {
    const std::uint64_t bytes = bytes_needed(plan, unit, piece_size);
    if (bytes == kImpossible) return bytes;
    const std::uint64_t with_log =
        first_block + (pieces_of(plan, piece_size) + 2 * kSpares) * padded(kEntrySize, unit);
    return bytes > with_log ? bytes : with_log;
  }

  constexpr bool is_possible() const { return piece_count_ != 0; }
  constexpr const FragmentPlan& plan() const { return plan_; }
  constexpr const Region& region() const { return region_; }
  constexpr std::uint32_t unit() const { return unit_; }
  constexpr std::uint32_t piece_size() const { return piece_size_; }

  // Pieces of the patch, in its order.
  constexpr std::uint32_t piece_count() const { return piece_count_; }
  constexpr std::uint32_t first_piece(std::uint32_t fragment) const {
    return fragment < plan_.count() ? fragment * per_fragment_ : piece_count_;
  }
  constexpr std::uint32_t fragment_of(std::uint32_t piece) const { return piece / per_fragment_; }
  constexpr std::uint32_t piece_at(std::uint32_t patch_offset) const {
    return first_piece(patch_offset / plan_.fragment_size) + patch_offset % plan_.fragment_size / piece_size_;
  }
  /// Patch offset of a piece's first byte.
  constexpr std::uint32_t offset_of(std::uint32_t piece) const {
    return fragment_of(piece) * plan_.fragment_size + offset_in_fragment(piece);
  }
  constexpr std::uint32_t offset_in_fragment(std::uint32_t piece) const {
    return piece % per_fragment_ * piece_size_;
  }
  constexpr std::uint32_t length_of(std::uint32_t piece) const {
    return smaller(smaller(piece_size_, plan_.fragment_size - offset_in_fragment(piece)),
                   plan_.patch_length - offset_of(piece));
  }
  constexpr std::uint32_t length_of_fragment(std::uint32_t fragment) const {
    return smaller(plan_.fragment_size, plan_.patch_length - fragment * plan_.fragment_size);
  }

  // Places: one for each piece, then the spare ones.
  constexpr std::uint32_t place_count() const { return piece_count_ + kSpares; }
  constexpr std::uint32_t header_size() const { return padded(kHeaderSize, unit_); }
  constexpr std::uint32_t mark_size() const { return padded(kMarkSize, unit_); }
  constexpr std::uint32_t place_size() const { return padded(piece_size_, unit_); }
  constexpr std::uint32_t header_address(std::uint32_t copy) const {
    return region_.address + copy * header_size();
  }
  constexpr std::uint32_t mark_address(std::uint32_t place) const {
    return header_address(2) + place * mark_size();
  }
  constexpr std::uint32_t place_address(std::uint32_t place) const {
    return mark_address(place_count()) + place * place_size();
  }

  // The log, from the region's end downwards.
  constexpr std::uint32_t entry_count() const { return place_count() + kSpares; }
  constexpr std::uint32_t entry_size() const { return padded(kEntrySize, unit_); }
  constexpr std::uint32_t entry_address(std::uint32_t entry) const {
    return region_.end() - (entry + 1) * entry_size();
  }

  /// A log entry: a place, or that the area is retired. What is left of a torn one counts as none. Its first byte
  /// never looks erased, so that one of which only that was programmed does not either.
  constexpr void fill_entry(std::uint32_t number, MutableBytes out) const {
    std::uint8_t* const entry = out.data();
    store_le16(entry + 1, static_cast<std::uint16_t>(number));
    const std::uint32_t check = Crc32::of(ConstBytes(entry + 1, 2), key_);
    const std::uint8_t first = static_cast<std::uint8_t>(check >> 8);
    entry[0] = first == 0x00 || first == 0xFF ? std::uint8_t{0x5A} : first;
    entry[3] = static_cast<std::uint8_t>(check);
  }
  /// The number of an entry; false where it is none.
  constexpr bool read_entry(ConstBytes entry, std::uint32_t& number) const {
    number = load_le16(entry.data() + 1);
    std::uint8_t expected[kEntrySize] = {};
    fill_entry(number, MutableBytes(expected));
    return equal_bytes(entry, ConstBytes(expected));
  }

  /// `out` begins with the header's 32 bytes.
  constexpr void fill_header(MutableBytes out) const {
    std::uint8_t* const header = out.data();
    store_le32(header, kMagic);
    store_le32(header + 4, plan_.identity);
    store_le32(header + 8, plan_.patch_length);
    store_le32(header + 12, plan_.fragment_size);
    store_le32(header + 16, region_.address);
    store_le32(header + 20, region_.size);
    store_le16(header + 24, static_cast<std::uint16_t>(unit_));
    store_le16(header + 26, static_cast<std::uint16_t>(piece_size_));
    store_le32(header + 28, Crc32::of(ConstBytes(header, kHeaderSize - 4)));
  }
  /// The area that a header describes; not possible where it is none of this region.
  static constexpr AreaLayout of_header(ConstBytes header, const Region& region, std::uint32_t unit) {
    const std::uint8_t* const bytes = header.data();
    const FragmentPlan plan{load_le32(bytes + 4), load_le32(bytes + 8), load_le32(bytes + 12)};
    const AreaLayout layout(plan, region, unit, load_le16(bytes + 26));
    std::uint8_t expected[kHeaderSize] = {};
    layout.fill_header(MutableBytes(expected));
    return equal_bytes(header, ConstBytes(expected)) ? layout : AreaLayout();
  }

  /// `out` begins with the mark's 8 bytes. The check goes on from the header's CRC: a mark counts for this plan
  /// in this region only, for this piece, in this place, with these bytes.
  constexpr void fill_mark(std::uint32_t piece, std::uint32_t place, std::uint32_t crc,
                           MutableBytes out) const {
    std::uint8_t checked[12] = {};
    store_le32(checked, piece);
    store_le32(checked + 4, place);
    store_le32(checked + 8, crc);
    store_le32(out.data(), crc);
    store_le32(out.data() + 4, Crc32::of(ConstBytes(checked), key_));
  }

 private:
  static constexpr std::uint64_t kImpossible = ~std::uint64_t{0};
  static constexpr std::uint32_t kMagic = 0x02536D54U;  ///< "TmS", version 2.

  static constexpr std::uint32_t smaller(std::uint32_t a, std::uint32_t b) { return a < b ? a : b; }
  static constexpr std::uint32_t pieces_in(std::uint32_t length, std::uint32_t size) {
    return (length - 1) / size + 1;
  }
  static constexpr std::uint64_t pieces_of(const FragmentPlan& plan, std::uint32_t piece_size) {
    const std::uint32_t full = plan.count() - 1;
    return std::uint64_t{full} * pieces_in(plan.fragment_size, piece_size) +
           pieces_in(plan.patch_length - full * plan.fragment_size, piece_size);
  }

  FragmentPlan plan_;
  Region region_;
  std::uint32_t unit_ = 0;
  std::uint32_t piece_size_ = 0;
  std::uint32_t per_fragment_ = 0;
  std::uint32_t piece_count_ = 0;
  std::uint32_t key_ = 0;
};

}  // namespace staging
}  // namespace tmd
