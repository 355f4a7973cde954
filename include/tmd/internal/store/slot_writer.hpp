// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/flash/flash_port.hpp"

namespace tmd {

/// Writes a slot front to back through one page of RAM: erases each block as it is entered, programs, reads
/// back.
///
/// What is known to be right is left alone: everything before `durable` bytes, and, where the page covers whole
/// erase blocks, settled blocks that already hold what is to be written.
template <class Flash, std::uint32_t kPageSize, class... Idle>
class SlotWriter {
  static_assert(kPageSize != 0 && kPageSize <= 0x8000, "Config: kPageSize is 1 to 32768 bytes.");

 public:
  using Port = FlashPort<Flash>;

  constexpr SlotWriter() = default;

  /// Starts at `offset` of `slot`, the first byte of an erase block. `durable`: bytes that an interrupted run of
  /// the same update has written and verified. `settled`: blocks that end at or before this offset may be
  /// compared instead of erased; 0: none.
  void begin(Region slot, std::uint32_t offset, std::uint32_t durable, std::uint32_t settled) {
    slot_ = slot.address;
    durable_ = durable;
    settled_ = settled;
    page_offset_ = offset;
    fill_ = flushed_ = 0;
    entry_ = Entry::ahead;
  }

  /// Bytes put so far: the offset in the slot of the next one.
  std::uint32_t position() const { return page_offset_ + fill_; }
  /// Bytes of the slot that are on flash and read back right.
  std::uint32_t durable() const { return durable_; }
  std::uint32_t room() const { return kPageSize - fill_; }
  /// The page's memory, with room for any of `Idle`, which are needed only while no bytes wait in it.
  std::uint8_t* idle_page() { return page_; }
  void put(std::uint8_t byte) {
    if (fill_ < kPageSize) page_[fill_++] = byte;
  }

  /// Reads back bytes that were put, from the page or from flash. The caller bounds the range by
  /// `position()`.
  [[nodiscard]] Status read(Port& flash, std::uint32_t offset, MutableBytes out) const {
    Status status = Status::ok;
    std::size_t done = 0;
    if (offset < page_offset_) {
      const MutableBytes from_flash = out.first(page_offset_ - offset);
      status = flash.read(slot_ + offset, from_flash);
      done = from_flash.size();
    }
    for (; done < out.size(); ++done) out[done] = page_[offset + done - page_offset_];
    return status;
  }

  /// Writes the page out; the last one of a target may be partly filled. ok: what was put is durable.
  /// would_block: again. erase_failed, program_failed, verify_failed, read_failed: the flash is at fault.
  [[nodiscard]] Status flush(Port& flash) {
    while (flushed_ < fill_) {
      const std::uint32_t offset = page_offset_ + flushed_;
      const Region block = erase_block_at(flash, slot_ + offset);
      std::uint32_t used = fill_ - flushed_;
      if (used > block.end() - slot_ - offset) used = block.end() - slot_ - offset;
      if (offset + used > durable_) {
        const Status status = write_piece(flash, block, slot_ + offset, used);
        if (status != Status::ok) return status;
        entry_ = Entry::ahead;
        durable_ = offset + used;
      }
      flushed_ = static_cast<std::uint16_t>(flushed_ + used);
    }
    page_offset_ += fill_;
    fill_ = flushed_ = 0;
    return Status::ok;
  }

 private:
  template <std::size_t kCount>
  static constexpr std::size_t largest(const std::size_t (&sizes)[kCount]) {
    std::size_t size = 0;
    for (const std::size_t each : sizes) size = each > size ? each : size;
    return size;
  }

  /// How far a block that is entered has come. While it is being erased nothing may be read: that would wait.
  enum class Entry : std::uint8_t { ahead, erasing, erased };

  /// What the page holds for one erase block, from `address` on.
  Status write_piece(Port& flash, const Region& block, std::uint32_t address, std::uint32_t used) {
    std::uint8_t* piece = page_ + flushed_;
    if (address == block.address && entry_ != Entry::erased) {
      if (entry_ == Entry::ahead && is_settled(block, used) &&
          verify_programmed(flash, address, ConstBytes(piece, used)) == Status::ok)
        return Status::ok;
      entry_ = Entry::erasing;
      const Status status = erase_verified(flash, block);
      if (status != Status::ok) return status;
      entry_ = Entry::erased;
    }
    return program_padded(flash, address, piece, used);
  }

  /// A block that may be compared with all that is to be written to it: it lies in the page whole, or up to the
  /// target's end.
  bool is_settled(const Region& block, std::uint32_t used) const {
    return block.end() - slot_ <= settled_ && (used == block.size || fill_ < kPageSize);
  }

  std::uint32_t slot_ = 0;  ///< Flash offset of the slot.
  std::uint32_t durable_ = 0;
  std::uint32_t settled_ = 0;
  std::uint32_t page_offset_ = 0;
  std::uint16_t fill_ = 0;
  std::uint16_t flushed_ = 0;
  Entry entry_ = Entry::ahead;
  alignas(4) alignas(Idle...) std::uint8_t page_[largest({kPageSize, sizeof(Idle)...})] = {};
};

}  // namespace tmd
