// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/flash.hpp"

namespace tmd {

/// Writes a slot front to back through one page of RAM: erases each block as it is entered, programs, reads
/// back.
///
/// What is known to be right is left alone: everything before `durable` bytes, and, where a page covers whole
/// erase blocks, blocks that already hold what is to be written.
template <class Flash, std::uint32_t kPageSize>
class SlotWriter {
 public:
  explicit SlotWriter(Flash& flash) : flash_(flash) {}

  /// Starts at `offset` of the slot that begins at address `slot`, the first byte of an erase block.
  /// `durable`: bytes that an interrupted run of the same update has written and proven; `resumed` says that
  /// there was one, and then the page behind them may be torn. `may_compare`: all the rest of the slot holds
  /// settled data. invalid_layout where page and erase block do not divide one another.
  [[nodiscard]] Status begin(std::uint32_t slot, std::uint32_t offset, bool may_compare, bool resumed,
                             std::uint32_t durable) {
    const std::uint32_t block = flash_.erase_size();
    const bool divides = kPageSize % block == 0 || block % kPageSize == 0;
    if (!divides || kPageSize % flash_.program_size() != 0) return Status::invalid_layout;
    slot_ = slot;
    durable_ = durable;
    const bool compares = may_compare && kPageSize >= block;
    compare_from_ = !compares ? kNever : (resumed ? durable + kPageSize : 0);
    page_offset_ = offset;
    fill_ = flushed_ = 0;
    erased_ = false;
    return Status::ok;
  }

  /// Bytes put so far: the offset in the slot of the next one.
  std::uint32_t position() const { return page_offset_ + fill_; }
  /// Bytes of the slot that are on flash and read back right.
  std::uint32_t durable() const { return durable_; }
  std::uint32_t room() const { return kPageSize - fill_; }
  void put(std::uint8_t byte) {
    if (fill_ < kPageSize) page_[fill_++] = byte;
  }
  /// The page as scratch memory while nothing is being written.
  MutableBytes scratch() { return MutableBytes(page_); }

  /// Reads back bytes that were put, from the page or from flash. The caller bounds the range by
  /// `position()`.
  [[nodiscard]] Status read(std::uint32_t offset, MutableBytes out) {
    Status status = Status::ok;
    std::size_t done = 0;
    if (offset < page_offset_) {
      const MutableBytes from_flash = out.first(page_offset_ - offset);
      status = flash_.read(slot_ + offset, from_flash);
      done = from_flash.size();
    }
    for (; done < out.size(); ++done) out[done] = page_[offset + done - page_offset_];
    return status;
  }

  /// Writes the page out; the last one of a target may be partly filled. ok: what was put is durable.
  /// would_block: again. erase_failed, program_failed, verify_failed, read_failed: the flash is at fault.
  [[nodiscard]] Status flush() {
    const std::uint32_t block = flash_.erase_size();
    const std::uint32_t piece = kPageSize < block ? kPageSize : block;
    while (flushed_ < fill_) {
      const std::uint32_t offset = page_offset_ + flushed_;
      const std::uint32_t used = fill_ - flushed_ < piece ? fill_ - flushed_ : piece;
      if (offset + used > durable_) {
        const Status status = write_piece(offset, MutableBytes(page_ + flushed_, piece), used);
        if (status != Status::ok) return status;
        erased_ = false;
        durable_ = offset + used;
      }
      flushed_ += used;
    }
    page_offset_ += fill_;
    fill_ = flushed_ = 0;
    return Status::ok;
  }

 private:
  static constexpr std::uint32_t kNever = 0xFFFFFFFF;

  /// One piece lies within one erase block.
  Status write_piece(std::uint32_t offset, const MutableBytes& piece, std::uint32_t used) {
    const std::uint32_t block = flash_.erase_size();
    const std::uint32_t address = slot_ + offset;
    if (!erased_ && offset % block == 0) {
      if (offset >= compare_from_ && piece.size() == block &&
          verify_programmed(flash_, address, piece.first(used)) == Status::ok) {
        return Status::ok;
      }
      const Status status = flash_.erase(address);
      if (status != Status::ok) return status;
      erased_ = true;
    }
    const std::uint32_t unit = flash_.program_size();
    const std::uint32_t length = (used + unit - 1) / unit * unit;
    for (std::uint32_t i = used; i < length; ++i) piece[i] = 0xFF;
    return program_verified(flash_, address, piece.first(length));
  }

  Flash& flash_;
  std::uint32_t slot_ = 0;
  std::uint32_t durable_ = 0;
  std::uint32_t compare_from_ = 0;  ///< Blocks from this offset on hold settled data; kNever: none do.
  std::uint32_t page_offset_ = 0;
  std::uint32_t fill_ = 0;
  std::uint32_t flushed_ = 0;
  bool erased_ = false;
  alignas(4) std::uint8_t page_[kPageSize];
};

}  // namespace tmd
