// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "support/flash_geometry.hpp"
#include "support/image_hash.hpp"
#include "support/power_cut.hpp"
#include "support/torn_units.hpp"

namespace tmd::test {

/// The memory behind a driver: what its cells hold, and what becomes of them when an operation is cut or when
/// they rot. Knows nothing of rules.
class FlashCells {
 public:
  /// What was last done to a program unit.
  enum class Unit : std::uint8_t {
    blank,
    programmed,
    torn,     ///< An operation on it was cut.
    spoiled,  ///< It was blank, and a bit of it flipped.
    lost,     ///< It can no longer be read. It may have been blank.
  };
  using Block = FlashGeometry::Block;

  FlashCells(std::vector<FlashChip> chips, std::uint64_t seed)
      : geometry_(std::make_shared<const FlashGeometry>(std::move(chips))),
        chance_(seed),
        bytes_(geometry_->size()),
        units_(geometry_->units()),
        doubtful_(geometry_->blocks().size()),
        plain_(geometry_->blocks().size()) {
    for (const Block& block : geometry_->blocks()) {
      blank(block);
      // Memory that is never erased holds something from the first day.
      if (geometry_->part_of(block).rewritable) mark(block.first_unit, block.units(), Unit::programmed);
    }
  }

  const FlashGeometry& geometry() const { return *geometry_; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(bytes_.size()); }
  Unit unit_at(std::uint32_t address) const { return units_[geometry_->block(address).unit_at(address)]; }
  /// An erase of it was interrupted.
  bool is_doubtful(std::uint32_t block_index) const { return doubtful_[block_index] != 0; }
  /// The driver says that the block was erased, whether it was or not.
  void trust(std::uint32_t block_index) { doubtful_[block_index] = 0; }
  bool torn_may_look_blank(std::uint32_t address) const {
    const std::uint32_t unit = geometry_->block(address).unit_at(address);
    return torn_call(unit).may_look_blank(unit);
  }
  Chance& chance() { return chance_; }
  void reseed(std::uint64_t seed) { chance_ = Chance(seed); }

  // ---- what is done to it ----

  void blank(const Block& block) {
    std::fill_n(bytes_.begin() + block.region.address, block.region.size, erased_byte(block));
    mark(block.first_unit, block.units(), Unit::blank);
    calls_.erase(std::remove_if(calls_.begin(), calls_.end(),
                                [&](const TornCall& call) {
                                  return call.first_unit() >= block.first_unit &&
                                         call.first_unit() < block.first_unit + block.units();
                                }),
                 calls_.end());
    const std::uint32_t index = geometry_->block_index(block.region.address);
    doubtful_[index] = 0;
    plain_[index] = reads_erased(block) ? 1 : 0;
  }

  /// Puts bytes there, into whole units.
  void put(std::uint32_t address, const ConstBytes& bytes) {
    if (bytes.empty()) return;
    std::copy_n(bytes.data(), bytes.size(), bytes_.begin() + address);
    const Block& block = geometry_->block(address);
    const std::uint32_t units =
        (static_cast<std::uint32_t>(bytes.size()) + block.unit_size - 1) / block.unit_size;
    mark(block.unit_at(address), units, Unit::programmed);
  }

  /// Programming what is not erased only takes charge away; parts with an ECC refuse (false).
  bool put_over(std::uint32_t address, const ConstBytes& bytes) {
    const Block& block = geometry_->block(address);
    const bool ecc = geometry_->part_of(block).ecc;
    const std::uint32_t last = address + static_cast<std::uint32_t>(bytes.size()) - 1;
    for (std::uint32_t u = block.unit_at(address); u <= block.unit_at(last); ++u) {
      if (units_[u] == Unit::lost || (ecc && units_[u] != Unit::blank)) return false;
    }
    for (std::uint32_t i = 0; i < bytes.size(); ++i) {
      std::uint8_t& byte = bytes_[address + i];
      const unsigned given = bytes[i];
      byte = static_cast<std::uint8_t>(erased_byte(block) == 0 ? byte | given : byte & given);
    }
    mark(block.unit_at(address), block.unit_at(last) - block.unit_at(address) + 1, Unit::programmed);
    return true;
  }

  void flip(std::uint32_t address, unsigned bit) {
    const Block& block = geometry_->block(address);
    Unit& unit = units_[block.unit_at(address)];
    bytes_[address] = static_cast<std::uint8_t>(bytes_[address] ^ (1U << (bit & 7U)));
    if (unit == Unit::blank && reads_erased(block)) unit = Unit::spoiled;
  }
  void lose(std::uint32_t address) {
    units_[geometry_->block(address).unit_at(address)] = Unit::lost;
    plain_[geometry_->block_index(address)] = 0;
  }

  /// Leaves behind what a cut in this operation leaves.
  void tear(const FlashOperation& operation, Cut cut) {
    if (cut.position == CutPosition::before) return;
    const Block& block = geometry_->block(operation.address);
    if (operation.kind == FlashOperation::Kind::erase) return tear_erase(block, cut);
    const std::uint32_t units = static_cast<std::uint32_t>(operation.bytes.size()) / block.unit_size;
    const std::uint32_t middle = units / 2;
    switch (cut.position) {
      case CutPosition::before:
        return;
      case CutPosition::first_unit:
        return tear_program(operation, 0, 1, cut.torn);
      case CutPosition::middle_unit:
        put(operation.address, operation.bytes.first(middle * block.unit_size));
        return tear_program(operation, middle, 1, cut.torn);
      case CutPosition::half_way:
        return put(operation.address, operation.bytes.first(middle * block.unit_size));
      case CutPosition::last_unit:
        put(operation.address, operation.bytes.first((units - 1) * block.unit_size));
        return tear_program(operation, units - 1, 1, cut.torn);
      case CutPosition::whole_call:
        return tear_program(operation, 0, units, cut.torn);
      case CutPosition::after:
        return put(operation.address, operation.bytes);
    }
  }
  void reboot() { ++boot_; }

  // ---- what is seen of it ----

  bool unit_is_blank(std::uint32_t address) {
    const Block& block = geometry_->block(address);
    return unit_is_blank(block, block.unit_at(address));
  }

  bool read(std::uint32_t address, std::uint8_t& out) {
    const Block& block = geometry_->block(address);
    const std::uint32_t unit = block.unit_at(address);
    out = bytes_[address];
    switch (units_[unit]) {
      case Unit::programmed:
      case Unit::spoiled:
        return true;
      case Unit::lost:
        return false;
      case Unit::torn: {
        const bool ecc = geometry_->part_of(block).ecc;
        const std::uint32_t at = address - block.address_of(unit);
        const TornReading reading = torn_call(unit).read(unit, at, out, boot_, ecc, chance_);
        if (reading != TornReading::blank) return reading == TornReading::byte;
        break;
      }
      case Unit::blank:
        break;
    }
    switch (geometry_->part_of(block).erased) {
      case Erased::unreadable:
        return false;
      case Erased::undefined:
        out = chance_.byte();
        break;
      case Erased::ones:
      case Erased::zeros:
        out = erased_byte(block);
        break;
    }
    return true;
  }

  /// The same of many bytes, up to the first one that cannot be read: as many at once as read as they are, since all
  /// runs read most of all.
  bool read(std::uint32_t address, MutableBytes out) {
    const std::uint32_t end = address + static_cast<std::uint32_t>(out.size());
    for (std::uint32_t at = address; at < end;) {
      const Block& block = geometry_->block(at);
      const std::uint32_t stop = std::min(end, block.region.end());
      while (at < stop) {
        const std::uint32_t next =
            plain_[geometry_->block_index(at)] != 0 ? stop : end_of_plain(block, at, stop);
        std::copy(bytes_.begin() + at, bytes_.begin() + next, out.data() + (at - address));
        at = next;
        if (at < stop && !read(at, out[at - address])) return false;
        if (at < stop) ++at;
      }
    }
    return true;
  }

  /// Of whole units.
  bool is_blank(std::uint32_t address, std::uint32_t length) {
    const std::uint32_t end = address + length;
    for (std::uint32_t at = address; at < end;) {
      const Block& block = geometry_->block(at);
      const std::uint32_t stop = std::min(end, block.region.end());
      for (std::uint32_t unit = block.unit_at(at); at < stop; at += block.unit_size, ++unit) {
        if (units_[unit] != Unit::blank && !unit_is_blank(block, unit)) return false;
      }
    }
    return true;
  }

  void hash_into(ImageHash& hash) const {
    hash.add_bytes(bytes_);
    hash.add_bytes(units_);
    hash.add_bytes(doubtful_);
    for (const TornCall& call : calls_) call.hash_into(hash);
  }

 private:
  bool unit_is_blank(const Block& block, std::uint32_t unit) {
    switch (units_[unit]) {
      case Unit::blank:
        return true;
      case Unit::lost:
        return false;
      case Unit::torn:
        return torn_call(unit).looks_blank(unit, boot_, geometry_->part_of(block).ecc, chance_);
      case Unit::programmed:
      case Unit::spoiled:
        break;
    }
    // A part whose erased flash can be read has no other blank check than reading it.
    if (!reads_erased(block)) return false;
    const auto first = bytes_.begin() + block.address_of(unit);
    return std::all_of(first, first + block.unit_size,
                       [&](std::uint8_t byte) { return byte == erased_byte(block); });
  }

  /// The end of what reads as it is from `at` on; `at` where that does not.
  std::uint32_t end_of_plain(const Block& block, std::uint32_t at, std::uint32_t stop) const {
    const bool blank_reads = reads_erased(block);
    for (std::uint32_t unit = block.unit_at(at); at < stop; at = block.address_of(++unit)) {
      const Unit state = units_[unit];
      if (state == Unit::torn || state == Unit::lost || (state == Unit::blank && !blank_reads)) return at;
    }
    return stop;
  }

  static bool reads_as_it_is(Erased erased) { return erased == Erased::ones || erased == Erased::zeros; }
  bool reads_erased(const Block& block) const { return reads_as_it_is(geometry_->part_of(block).erased); }
  std::uint8_t erased_byte(const Block& block) const {
    return geometry_->part_of(block).erased == Erased::zeros ? 0x00 : 0xFF;
  }
  void mark(std::uint32_t unit, std::uint32_t count, Unit as) {
    std::fill_n(units_.begin() + unit, count, as);
  }
  /// The newest that touched the unit.
  const TornCall& torn_call(std::uint32_t unit) const {
    return *std::find_if(calls_.rbegin(), calls_.rend(),
                         [&](const TornCall& call) { return call.has(unit); });
  }

  void tear_program(const FlashOperation& operation, std::uint32_t first, std::uint32_t count, Torn torn) {
    const Block& block = geometry_->block(operation.address);
    const std::uint32_t skipped = first * block.unit_size;
    const std::uint8_t* fresh = operation.bytes.data() + skipped;
    const bool rewritable = geometry_->part_of(block).rewritable;
    tear_units(block, {block.unit_at(operation.address) + first, block.unit_size, false},
               TornCall::Bytes(fresh, fresh + count * block.unit_size), std::vector<bool>(count, !rewritable),
               torn);
  }

  void tear_erase(const Block& block, Cut cut) {
    if (cut.position == CutPosition::after) return blank(block);
    // An erase may come to some units before others.
    std::uint32_t reached = block.units();
    if (cut.position == CutPosition::first_unit) reached = 1;
    if (cut.position == CutPosition::middle_unit || cut.position == CutPosition::half_way)
      reached = std::max(block.units() / 2, 1U);
    std::vector<bool> was_blank(reached);
    for (std::uint32_t i = 0; i < reached; ++i) was_blank[i] = units_[block.first_unit + i] == Unit::blank;
    tear_units(block, {block.first_unit, block.unit_size, true},
               TornCall::Bytes(reached * block.unit_size, erased_byte(block)), std::move(was_blank),
               cut.torn);
    doubtful_[geometry_->block_index(block.region.address)] = 1;
  }

  void tear_units(const Block& block, const TornCall::Place& place, TornCall::Bytes fresh,
                  std::vector<bool> old_blank, Torn torn) {
    TornCall::Bytes old(fresh.size());
    const std::uint32_t from = block.address_of(place.first_unit);
    for (std::uint32_t i = 0; i < old.size(); ++i) {
      const std::uint32_t unit = place.first_unit + i / place.unit_size;
      old[i] =
          units_[unit] == Unit::torn ? torn_call(unit).faded(unit, i % place.unit_size) : bytes_[from + i];
    }
    const std::uint32_t count = static_cast<std::uint32_t>(old_blank.size());
    calls_.emplace_back(place, std::move(old), std::move(old_blank), std::move(fresh), torn, chance_.next());
    mark(place.first_unit, count, Unit::torn);
    const std::uint32_t last = geometry_->block_index(from + count * place.unit_size - 1);
    for (std::uint32_t index = geometry_->block_index(from); index <= last; ++index) plain_[index] = 0;
  }

  std::shared_ptr<const FlashGeometry> geometry_;
  Chance chance_;
  std::vector<std::uint8_t> bytes_;
  std::vector<Unit> units_;
  std::vector<std::uint8_t> doubtful_;  ///< For each block.
  std::vector<std::uint8_t> plain_;     ///< For each block: no unit of it reads otherwise than its bytes are.
  std::vector<TornCall> calls_;
  std::uint32_t boot_ = 0;
};

}  // namespace tmd::test
