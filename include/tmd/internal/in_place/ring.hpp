// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/digest/crc32.hpp"
#include "tmd/flash/flash_port.hpp"
#include "tmd/internal/store/ring_map.hpp"

namespace tmd::in_place {

/// Writes the target, front to back, through a page of RAM: into the spare blocks of the ring, one after the other, and
/// from there home, over the base. A block that holds what the base has at the same place is written nowhere, and one
/// that the ring has since the patch was tried out not again. While it is tried out only the first blocks that change
/// are written, one into each place, so that a place that fails is found; where more of them are looked back at, all.
///
/// Calls that answer would_block are made again with nothing in between.
template <class Flash, std::uint32_t kPageSize>
class Ring {
 public:
  using Port = FlashPort<Flash>;
  using Map = RingMap<true>;

  /// `slot` and `ring` are regions of this flash, `page` is `kPageSize` bytes that nobody else uses meanwhile.
  /// `settled`: what lies in the slot before this offset may be left there; behind it a place may have been torn.
  void attach(Port& port, const Region& slot, std::uint32_t settled, const Region& ring, std::uint8_t* page,
              Map& map) {
    port_ = &port;
    settled_ = settled;
    slot_ = slot.address;
    ring_ = ring.address;
    page_ = page;
    map_ = &map;
    // No call crosses an erase block.
    page_size_ = kPageSize;
    if (port.erase_size(slot_) < page_size_) page_size_ = port.erase_size(slot_);
    if (port.erase_size(ring_) < page_size_) page_size_ = port.erase_size(ring_);
  }

  /// Whether both regions can be divided into blocks of the map's size that begin and end with erase blocks, the slot
  /// without a rest, since its last block is erased whole, and the ring has as many as the patch was made for: ok;
  /// slots_mismatch.
  [[nodiscard]] static Status check(const Port& port, const Region& slot, const Region& ring, Map& map) {
    const std::uint32_t size = map.window.block_size;
    const std::uint32_t places = ring.size / size;
    map.places = static_cast<std::uint8_t>(places < Map::kMostPlaces ? places : Map::kMostPlaces);
    const bool suits = map.places >= map.window.spare && slot.size % size == 0 &&
                       are_blocks(port, slot, size) && are_blocks(port, ring, size);
    return suits ? Status::ok : Status::slots_mismatch;
  }

  /// From the next `start` on all blocks that change are written from this one on, and before it as many as there are
  /// places, until one is missing.
  void keep_from(std::uint32_t block) {
    kept_from_ = block;
    is_missing_ = false;
  }

  /// Goes on at the target's byte `position`, with which a block begins.
  void start(std::uint32_t position) {
    // What was read before one was missing was there; and nothing before this block is read from there on.
    if (is_missing_) kept_from_ = map_->window.blocks_home(block());
    lacks_ = is_missing_ = false;
    written_ = 0;
    page_offset_ = position;
    fill_ = 0;
    step_ = Step::compare;
    is_changed_ = is_there_ = false;
    homing_ = 0;
  }

  /// Target bytes that were put.
  std::uint32_t position() const { return page_offset_ + fill_; }
  std::uint32_t durable() const { return page_offset_; }
  /// Bytes that may be put before `flush`. No page goes beyond a block.
  std::uint32_t room() const { return smaller(block_size() - offset_in_block(), page_size_) - fill_; }
  void put(std::uint8_t byte) { page_[fill_++] = byte; }
  ConstBytes page() const { return ConstBytes(page_, fill_); }
  bool begins_block() const { return offset_in_block() == 0; }
  std::uint32_t block() const { return page_offset_ / block_size(); }

  /// A block was looked back at that is not there: all is to be put anew, and now what may still be read is kept.
  bool is_missing() const { return is_missing_; }

  /// Reads back target bytes that were put, from the page, the ring, or the slot. The codec's window bounds the range
  /// downwards, the caller upwards. would_block where they were not kept: `is_missing`.
  [[nodiscard]] Status read(std::uint32_t offset, MutableBytes out) {
    Status status = Status::ok;
    while (status == Status::ok && !out.empty()) {
      std::size_t count = 0;
      if (offset >= page_offset_) {
        count = out.size();
        copy_bytes(ConstBytes(page_ + (offset - page_offset_), count), out);
      } else {
        std::uint32_t left = block_size() - offset % block_size();
        if (left > page_offset_ - offset) left = page_offset_ - offset;
        const MutableBytes part = out.first(left);
        count = part.size();
        const std::uint32_t address = address_of(offset);
        is_missing_ = lacks_ && address == slot_ + offset;
        status = is_missing_ ? Status::would_block : port_->read(address, part);
      }
      offset += static_cast<std::uint32_t>(count);
      out = out.from(count);
    }
    return status;
  }

  /// Writes the page to the ring, where the block differs from what lies in the slot. `target_length`: of the target
  /// with what lies behind it. ok: the page is empty; would_block; erase_failed, program_failed, verify_failed,
  /// read_failed.
  [[nodiscard]] Status flush(std::uint32_t target_length) {
    Status status = Status::ok;
    while (status == Status::ok && step_ != Step::written) status = flush_step(target_length);
    if (status != Status::ok) return status;
    page_offset_ += fill_;
    fill_ = 0;
    step_ = Step::compare;
    return Status::ok;
  }

  /// The block that ends before the page, which has `length` bytes of the target, is whole: ok, read_failed.
  [[nodiscard]] Status end_block(std::uint32_t length) {
    if (!is_changed_) return Status::ok;
    Map::Place& place = map_->place[place_];
    const Status status = is_there_ ? Status::ok : crc_of(place_address(place_), length, place.crc);
    if (status != Status::ok) return status;
    place.block = (page_offset_ - 1) / block_size();
    map_->head = static_cast<std::uint8_t>((place_ + 1U) % map_->places);
    is_changed_ = is_there_ = false;
    return Status::ok;
  }

  /// Copies the ring's blocks before block `end` to where they belong. The page is empty. It can be repeated until
  /// something else is written to the ring. `target_length`: of the target with what lies behind it. ok; would_block;
  /// model_damaged where the ring does not hold what it did; flash errors, after which it may be repeated.
  [[nodiscard]] Status go_home(std::uint32_t end, std::uint32_t target_length) {
    Status status = Status::ok;
    for (; homing_ < map_->places; ++homing_) {
      Map::Place& place = map_->place[homing_];
      if (place.block >= end) continue;
      status = copy_home(place, length_of(place.block, target_length));
      if (status != Status::ok) return status;
      place.block = Map::kNoBlock;
      step_ = Step::compare;
    }
    homing_ = 0;
    return status;
  }
  /// Whether blocks before `end` wait in the ring.
  bool holds(std::uint32_t end) const {
    for (const Map::Place& place : map_->place) {
      if (place.block < end) return true;
    }
    return false;
  }
  /// Takes blocks before `end` as being home.
  void are_home(std::uint32_t end) {
    for (Map::Place& place : map_->place) {
      if (place.block < end) place.block = Map::kNoBlock;
    }
  }

 private:
  /// What happens to a page, or to a block that goes home.
  enum class Step : std::uint8_t { compare, erase, program, load, prefix, written };

  static std::uint32_t smaller(std::uint32_t a, std::uint32_t b) { return a < b ? a : b; }
  std::uint32_t block_size() const { return map_->window.block_size; }
  std::uint32_t offset_in_block() const { return page_offset_ % block_size(); }
  std::uint32_t block_start() const { return page_offset_ - offset_in_block(); }
  std::uint32_t place_address(unsigned place) const { return ring_ + place * block_size(); }
  std::uint32_t length_of(std::uint32_t block, std::uint32_t target_length) const {
    const std::uint32_t left = target_length - block * block_size();
    return left < block_size() ? left : block_size();
  }

  static bool are_blocks(const Port& port, const Region& region, std::uint32_t size) {
    if (size == 0 || region.size < size) return false;
    for (std::uint32_t offset = 0; size <= region.size - offset; offset += size) {
      const Region first = erase_block_at(port, region.address + offset);
      const Region last = erase_block_at(port, region.address + offset + size - 1);
      if (first.address != region.address + offset || last.end() != region.address + offset + size)
        return false;
    }
    return true;
  }

  /// Where a byte before the page lies.
  std::uint32_t address_of(std::uint32_t offset) const {
    const std::uint32_t block = offset / block_size();
    if (is_changed_ && block == block_start() / block_size() && offset >= block_start())
      return place_address(place_) + offset % block_size();
    for (unsigned i = 0; i < map_->places; ++i) {
      if (map_->place[i].block == block) return place_address(i) + offset % block_size();
    }
    return slot_ + offset;
  }

  /// Whether the ring has the present block, whole, from when the patch was tried out.
  bool is_in_ring(std::uint32_t target_length) {
    const std::uint32_t block = page_offset_ / block_size();
    for (place_ = 0; place_ < map_->places; ++place_) {
      Map::Place& place = map_->place[place_];
      if (place.block != block) continue;
      std::uint32_t crc = 0;
      const Status status = crc_of(place_address(place_), length_of(block, target_length), crc);
      if (status == Status::ok && crc == place.crc) return true;
      place.block = Map::kNoBlock;
    }
    return false;
  }

  Status flush_step(std::uint32_t target_length) {
    const std::uint32_t at = place_address(place_) + offset_in_block();
    Status status = Status::ok;
    switch (step_) {
      case Step::compare:
        lacks_ = lacks_ && block() < kept_from_;
        if (fill_ == 0 || is_there_ || lacks_) return then(Step::written, status);
        if (is_changed_) return then(Step::program, status);
        if (position() <= settled_ && verify_programmed(*port_, slot_ + page_offset_, page()) == Status::ok)
          return then(Step::written, status);
        lacks_ = block() < kept_from_ && written_ == map_->places;
        if (lacks_) return then(Step::written, status);
        ++written_;
        is_changed_ = is_there_ = is_in_ring(target_length);
        if (is_there_) return then(Step::written, status);
        place_ = map_->head;
        map_->place[place_].block = Map::kNoBlock;
        done_ = 0;
        return then(Step::erase, status);
      case Step::erase:
        return then(Step::program, erase(place_address(place_)));
      case Step::program:
        status = program(at, fill_);
        if (status != Status::ok || is_changed_) return then(Step::written, status);
        is_changed_ = true;
        done_ = 0;
        return then(offset_in_block() == 0 ? Step::written : Step::load, status);
      case Step::load:
        piece_ = smaller(offset_in_block() - done_, page_size_);
        return then(Step::prefix, port_->read(slot_ + block_start() + done_, MutableBytes(page_, piece_)));
      case Step::prefix:
        status = program(place_address(place_) + done_, piece_);
        if (status != Status::ok) return status;
        done_ += piece_;
        return then(done_ == offset_in_block() ? Step::written : Step::load, status);
      case Step::written:
        break;
    }
    return status;
  }

  Status copy_home(const Map::Place& place, std::uint32_t length) {
    const std::uint32_t from = place_address(homing_);
    const std::uint32_t to = slot_ + place.block * block_size();
    Status status = Status::ok;
    while (status == Status::ok) {
      switch (step_) {
        case Step::compare: {
          std::uint32_t crc = 0;
          const Status found = crc_of(from, length, crc);
          if (found == Status::ok && crc == place.crc) {
            done_ = 0;
            step_ = Step::erase;
            break;
          }
          // The ring lost it, or holds something newer already: then it came home before.
          status = crc_of(to, length, crc);
          if (status == Status::ok && crc == place.crc) return Status::ok;
          // What can't be read now may be read the next time.
          if (found != Status::ok) return found;
          return status == Status::ok ? Status::model_damaged : status;
        }
        case Step::erase:
          status = then(Step::load, erase(to));
          if (status == Status::ok) done_ = 0;
          break;
        case Step::load:
          if (done_ == length) return Status::ok;
          piece_ = smaller(length - done_, page_size_);
          status = then(Step::program, port_->read(from + done_, MutableBytes(page_, piece_)));
          break;
        default:
          status = program(to + done_, piece_);
          if (status != Status::ok) break;
          done_ += piece_;
          step_ = Step::load;
      }
    }
    return status;
  }

  Status then(Step next, Status status) {
    if (status == Status::ok) step_ = next;
    return status;
  }

  /// Erases a whole block of the patch's size, from `done_` on.
  Status erase(std::uint32_t address) {
    while (done_ < block_size()) {
      const Region block = erase_block_at(*port_, address + done_);
      const Status status = erase_verified(*port_, block);
      if (status != Status::ok) return status;
      done_ += block.size;
    }
    return Status::ok;
  }
  /// Programs the page's first bytes.
  Status program(std::uint32_t address, std::uint32_t length) {
    return program_padded(*port_, address, page_, length);
  }
  Status crc_of(std::uint32_t address, std::uint32_t length, std::uint32_t& result) {
    Crc32 crc;
    for (std::uint32_t done = 0; done < length; done += 64) {
      std::uint8_t chunk[64];
      const MutableBytes part = MutableBytes(chunk).first(length - done);
      const Status status = port_->read(address + done, part);
      if (status != Status::ok) return status;
      crc.update(part);
    }
    result = crc.value();
    return Status::ok;
  }

  Port* port_ = nullptr;
  Map* map_ = nullptr;
  std::uint8_t* page_ = nullptr;
  std::uint32_t slot_ = 0;
  std::uint32_t settled_ = 0;
  std::uint32_t ring_ = 0;
  std::uint32_t page_size_ = 0;
  std::uint32_t page_offset_ = 0;
  std::uint32_t fill_ = 0;
  std::uint32_t done_ = 0;   ///< Bytes of a block that are erased, or written.
  std::uint32_t piece_ = 0;  ///< Bytes in the page of what is copied.
  Step step_ = Step::compare;
  std::uint32_t written_ = 0;    ///< Blocks since `start`.
  std::uint32_t kept_from_ = 0;  ///< All blocks that change are written from this one on.
  bool lacks_ = false;           ///< One was not.
  bool is_missing_ = false;      ///< And was to be read.
  bool is_changed_ = false;      ///< The present block differs from the slot's: it lies in the ring.
  bool is_there_ = false;        ///< It does so since the patch was tried out.
  std::uint8_t place_ = 0;       ///< In this place.
  std::uint8_t homing_ = 0;
};

}  // namespace tmd::in_place
