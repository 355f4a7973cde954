// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/internal/staging/piece_index.hpp"

namespace tmd {
namespace staging {

/// Writes one piece from beginning to end: log entry, bytes, mark, each read back before the next is begun. All
/// that the driver is given lies in here, so that a piece is always brought to its end, whatever is offered
/// meanwhile.
template <class Flash, std::uint32_t kPieceSize>
class PieceWriter {
 public:
  /// What the unit holds that headers, marks and entries are programmed from.
  static constexpr std::uint32_t kControlSize = kHeaderSize > largest_program_unit<Flash>()
                                                    ? kHeaderSize
                                                    : largest_program_unit<Flash>();

  bool is_writing() const { return step_ != Step::nothing; }
  std::uint32_t piece() const { return piece_; }
  bool is_writing(std::uint32_t piece, const ConstBytes& bytes) const {
    return is_writing() && piece == piece_ && bytes.size() == length_ &&
           equal_bytes(bytes.data(), buffer_, bytes.size());
  }

  /// Takes a piece in. Nothing may be being written. staging_full where no place or no log entry is left.
  Status begin(PieceIndex<Flash>& index, std::uint32_t piece, const ConstBytes& bytes) {
    std::uint32_t place = 0;
    std::uint32_t entry = 0;
    if (!index.free_place(piece, place) || !index.take_entry(entry)) return Status::staging_full;
    piece_ = static_cast<std::uint16_t>(piece);
    place_ = static_cast<std::uint16_t>(place);
    entry_ = static_cast<std::uint16_t>(entry);
    length_ = static_cast<std::uint16_t>(bytes.size());
    for (std::uint8_t& byte : buffer_) byte = 0;
    copy_bytes(bytes, MutableBytes(buffer_));
    index.layout().fill_entry(place_, clear_control());
    step_ = Step::entry;
    return Status::ok;
  }

  /// Goes on. ok: the piece is there; would_block; a flash error: it is not, and was given up.
  Status advance(FlashPort<Flash>& flash, PieceIndex<Flash>& index) {
    Status status = Status::ok;
    if (step_ == Step::entry) status = write_entry(flash, index);
    if (status == Status::ok && step_ == Step::bytes) status = write_bytes(flash, index.layout());
    if (status == Status::ok && step_ == Step::mark)
      status = program_control(flash, index.layout().mark_address(place_), index.layout().mark_size());
    if (status == Status::would_block) return status;
    if (status != Status::ok && step_ != Step::entry) {
      index.note_suspect(place_);
      index.note_missing(piece_);
    }
    step_ = Step::nothing;
    return status;
  }

  /// Programs the first bytes of the control unit and reads them back. For the area's starter, to which all
  /// this belongs while no piece is being written.
  Status program_control(FlashPort<Flash>& flash, std::uint32_t address, std::uint32_t size) {
    return program(flash, address, ConstBytes(control_, size));
  }
  MutableBytes clear_control() {
    for (std::uint8_t& byte : control_) byte = 0;
    return MutableBytes(control_);
  }
  /// The operation at hand is given up. The port must have been settled.
  void forget() { done_ = 0; }
  /// Room for a whole piece, while none is being written.
  MutableBytes buffer() { return MutableBytes(buffer_); }

 private:
  enum class Step : std::uint8_t { nothing, entry, bytes, mark };

  /// Programs and reads back, in one call or, where an erase block ends in between, in several.
  Status program(FlashPort<Flash>& flash, std::uint32_t address, const ConstBytes& bytes) {
    Status status = Status::ok;
    while (status == Status::ok && done_ < bytes.size()) {
      const std::uint32_t at = address + done_;
      const ConstBytes part = bytes.slice(done_, erase_block_at(flash, at).end() - at);
      status = flash.program(at, part);
      if (status == Status::ok) status = verify_programmed(flash, at, part);
      if (status == Status::ok) done_ = static_cast<std::uint16_t>(done_ + part.size());
    }
    if (status != Status::would_block) done_ = 0;
    return status;
  }

  Status write_entry(FlashPort<Flash>& flash, PieceIndex<Flash>& index) {
    const AreaLayout& layout = index.layout();
    const Status status = program_control(flash, layout.entry_address(entry_), layout.entry_size());
    if (status != Status::ok) return status;
    index.note_entered(place_);
    step_ = Step::bytes;
    return Status::ok;
  }
  Status write_bytes(FlashPort<Flash>& flash, const AreaLayout& layout) {
    const ConstBytes bytes(buffer_, padded(length_, layout.unit()));
    const Status status = program(flash, layout.place_address(place_), bytes);
    if (status != Status::ok) return status;
    const std::uint32_t crc = Crc32::of(bytes.first(length_));
    layout.fill_mark(piece_, place_, crc, clear_control());
    step_ = Step::mark;
    return Status::ok;
  }

  Step step_ = Step::nothing;
  std::uint16_t piece_ = 0;
  std::uint16_t place_ = 0;
  std::uint16_t length_ = 0;
  std::uint16_t entry_ = 0;
  std::uint16_t done_ = 0;  ///< Bytes of the programming at hand.
  std::uint8_t control_[kControlSize] = {};
  std::uint8_t buffer_[kPieceSize] = {};
};

}  // namespace staging
}  // namespace tmd
