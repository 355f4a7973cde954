// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/flash/flash_port.hpp"
#include "tmd/internal/staging/area_layout.hpp"

namespace tmd {
namespace staging {

/// The area that one of a region's two headers describes; not possible where it is none.
template <class Flash>
AreaLayout read_header(FlashPort<Flash>& flash, const Region& region, std::uint32_t copy) {
  std::uint8_t header[kHeaderSize] = {};
  const std::uint32_t unit = program_size_at(flash, region.address);
  const std::uint32_t address = region.address + copy * padded(kHeaderSize, unit);
  if (flash.read(address, MutableBytes(header)) != Status::ok) return AreaLayout();
  return AreaLayout::of_header(ConstBytes(header), region, unit);
}

/// Which pieces are there, where each lies, and which places may be written: read from flash, but for the few
/// places that must not be used before an erase.
///
/// A place is entered in the log before its first byte is programmed. After a cut it may look erased and yet have
/// been attempted: entered and without a mark it is suspect, and stays so until the area is erased. (The one
/// unit that can be attempted twice is the log's last entry; nothing is lost with it.)
template <class Flash>
class PieceIndex {
 public:
  /// Reads the log, and the marks of the places in it. No piece is read.
  void mount(FlashPort<Flash>& flash, const AreaLayout& layout) {
    flash_ = &flash;
    layout_ = layout;
    next_entry_ = 0;
    suspects_ = spares_used_ = 0;
    retired_ = has_marks_ = false;
    for (std::uint32_t entry = 0; entry < layout_.entry_count(); ++entry) {
      if (is_blank(layout_.entry_address(entry), layout_.entry_size())) continue;
      next_entry_ = static_cast<std::uint16_t>(entry + 1);
      mount_entry(layout_.entry_address(entry));
    }
    if (!has_marks_) look_for_spare_mark();
  }

  const AreaLayout& layout() const { return layout_; }
  /// A piece was written: the area was begun, to its second header.
  bool has_marks() const { return has_marks_; }
  /// The area was given up: its erase may have begun.
  bool is_retired() const { return retired_; }

  /// Finds a piece with the right CRC, at its own place unless that is suspect, or at a spare one. Reads its bytes
  /// once, to the front of `scratch`, where they are afterwards if there is room for all of them.
  bool find(std::uint32_t piece, MutableBytes scratch) {
    const std::uint32_t suspect = suspect_number(piece);
    for (std::uint32_t i = suspect < kSpares ? 1U + spoiled_[suspect] : 0; i <= spares_used_; ++i) {
      const std::uint32_t place = i == 0 ? piece : layout_.piece_count() + i - 1;
      std::uint32_t crc = 0;
      if (is_marked(piece, place, crc) && is_intact(piece, place, crc, scratch)) return true;
    }
    return false;
  }

  /// A place for a piece that is not there. False where there is none.
  bool free_place(std::uint32_t piece, std::uint32_t& place) {
    if (suspects_ > kSpares) return false;
    place = piece;
    if (!is_suspect(piece) && is_blank_place(place)) return true;
    for (; spares_used_ < kSpares; ++spares_used_) {
      place = layout_.piece_count() + spares_used_;
      if (is_blank_place(place)) return true;
    }
    return false;
  }
  /// Where the log goes on; it counts as used from now on. False where it is full.
  bool take_entry(std::uint32_t& entry) {
    for (; next_entry_ < layout_.entry_count(); ++next_entry_) {
      if (is_blank(layout_.entry_address(next_entry_), layout_.entry_size())) {
        entry = next_entry_++;
        return true;
      }
    }
    return false;
  }

  /// A piece was said to be missing: it stays so until it is written again, though a mark that a cut tore may read
  /// right the next time, at its own place or at a spare one.
  void note_missing(std::uint32_t piece) {
    if (!is_blank_place(piece)) note_suspect(piece);
    const std::uint32_t suspect = suspect_number(piece);
    if (suspect < kSpares) spoiled_[suspect] = spares_used_;
  }
  /// A place is in the log: a spare one is never given out again.
  void note_entered(std::uint32_t place) {
    const std::uint32_t spare = place - layout_.piece_count();
    if (place >= layout_.piece_count() && spare >= spares_used_)
      spares_used_ = static_cast<std::uint8_t>(spare + 1);
  }
  /// A piece's own place is not to be written any more.
  void note_suspect(std::uint32_t place) {
    if (place >= layout_.piece_count() || is_suspect(place)) return;
    if (suspects_ < kSpares) {
      suspect_[suspects_] = static_cast<std::uint16_t>(place);
      spoiled_[suspects_] = 0;
    }
    ++suspects_;
  }

 private:
  void mount_entry(std::uint32_t address) {
    std::uint8_t entry[kEntrySize] = {};
    std::uint32_t place = 0;
    const bool is_whole = flash_->read(address, MutableBytes(entry)) == Status::ok &&
                          layout_.read_entry(ConstBytes(entry), place);
    retired_ = is_whole && place == kRetired;
    if (!is_whole || place >= layout_.place_count()) return;
    note_entered(place);
    if (place >= layout_.piece_count()) return;
    std::uint32_t crc = 0;
    if (is_marked(place, place, crc)) {
      has_marks_ = true;
    } else {
      note_suspect(place);
    }
  }
  /// What lies at a spare place belongs to a piece whose own place is suspect.
  void look_for_spare_mark() {
    for (std::uint32_t i = 0; i < suspects_ && i < kSpares; ++i) {
      for (std::uint32_t spare = 0; spare < spares_used_; ++spare) {
        std::uint32_t crc = 0;
        if (is_marked(suspect_[i], layout_.piece_count() + spare, crc)) has_marks_ = true;
      }
    }
  }

  bool is_suspect(std::uint32_t place) const { return suspect_number(place) < kSpares; }
  /// kSpares where it is none.
  std::uint32_t suspect_number(std::uint32_t place) const {
    std::uint32_t i = 0;
    while (i < kSpares && (i >= suspects_ || suspect_[i] != place)) ++i;
    return i;
  }

  bool is_marked(std::uint32_t piece, std::uint32_t place, std::uint32_t& crc) {
    std::uint8_t mark[kMarkSize] = {};
    if (flash_->read(layout_.mark_address(place), MutableBytes(mark)) != Status::ok) return false;
    crc = load_le32(mark);
    std::uint8_t expected[kMarkSize] = {};
    layout_.fill_mark(piece, place, crc, MutableBytes(expected));
    return equal_bytes(ConstBytes(mark), ConstBytes(expected));
  }

  bool is_intact(std::uint32_t piece, std::uint32_t place, std::uint32_t crc, MutableBytes scratch) {
    const std::uint32_t length = layout_.length_of(piece);
    Crc32 sum;
    for (std::uint32_t done = 0; done < length;) {
      const MutableBytes part = scratch.first(length - done);
      if (flash_->read(layout_.place_address(place) + done, part) != Status::ok) return false;
      sum.update(part);
      done += static_cast<std::uint32_t>(part.size());
    }
    return sum.value() == crc;
  }

  bool is_blank(std::uint32_t address, std::uint32_t length) {
    bool blank = false;
    return flash_->is_blank(address, length, blank) == Status::ok && blank;
  }
  bool is_blank_place(std::uint32_t place) {
    return is_blank(layout_.mark_address(place), layout_.mark_size()) &&
           is_blank(layout_.place_address(place), layout_.place_size());
  }

  FlashPort<Flash>* flash_ = nullptr;
  AreaLayout layout_;
  std::uint16_t next_entry_ = 0;
  std::uint16_t suspect_[kSpares] = {};
  /// The first so many spare places do not hold what belongs at the suspect.
  std::uint8_t spoiled_[kSpares] = {};
  std::uint8_t suspects_ = 0;  ///< One more than there is room for: there are more than can be made up for.
  std::uint8_t spares_used_ = 0;
  bool retired_ = false;
  bool has_marks_ = false;
};

}  // namespace staging
}  // namespace tmd
