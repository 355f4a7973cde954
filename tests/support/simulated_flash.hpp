// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/flash_faults.hpp"
#include "support/flash_parts.hpp"
#include "support/power_cut.hpp"
#include "support/torn_units.hpp"
#include "tmd/flash.hpp"

namespace tmd::test {

/// What an update cost the flash.
struct FlashWear {
  std::uint32_t erases = 0;
  std::uint32_t programs = 0;
  std::uint64_t programmed_bytes = 0;
  /// Units that were torn, read as blank, and were programmed without an erase: a device can't know better.
  std::uint32_t blind_programs = 0;
};

/// Flash as it fails: any geometry, strict about its contract, torn by power cuts, lying and wearing on
/// request. Copying it copies its contents: a test can try many ways to fail from one state. A Flash policy
/// (tmd/flash.hpp).
class SimulatedFlash {
 public:
  explicit SimulatedFlash(const FlashPart& part, std::uint32_t size, std::uint64_t seed = 1)
      : part_(part),
        chance_(seed),
        bytes_(size),
        units_(size / part.program_size),
        blocks_(size / part.erase_size),
        torn_(part.ecc) {
    for (std::uint32_t i = 0; i < blocks_.size(); ++i) blank_block(i);
  }

  // ---- the policy ----

  std::uint32_t size() const { return static_cast<std::uint32_t>(bytes_.size()); }
  std::uint32_t erase_size() const { return part_.erase_size; }
  std::uint32_t program_size() const { return part_.program_size; }

  Status read(std::uint32_t address, MutableBytes out) {
    const std::uint32_t length = static_cast<std::uint32_t>(out.size());
    if (!fits(address, length, size())) return violate("read out of bounds");
    const std::uint32_t number = reads_++;
    if (faults_.strikes(FaultKind::read_once, number)) return Status::read_failed;
    if (faults_.strikes(FaultKind::read_lost, number)) faults_.lose({address, length});
    if (faults_.is_lost({address, length})) return Status::read_failed;
    for (std::uint32_t i = 0; i < length; ++i) {
      if (!read_byte(address + i, out[i])) return Status::read_failed;
    }
    return Status::ok;
  }

  Status program(std::uint32_t address, ConstBytes bytes) {
    const FlashOperation operation{FlashOperation::Kind::program, address, bytes};
    if (!check_program(operation)) return Status::program_failed;
    if (busy(operation)) return Status::would_block;
    announce(operation);
    const std::uint32_t number = operations_++;
    ++wear_.programs;
    wear_.programmed_bytes += bytes.size();
    if (faults_.is_worn(address / part_.erase_size)) return program_worn(operation);
    if (faults_.strikes(FaultKind::refused, number)) {
      tear_units(operation, 0, units_in(operation), Torn::mixture);
      return Status::program_failed;
    }
    program_units(operation, 0, units_in(operation));
    if (faults_.strikes(FaultKind::lie, number)) {
      const std::uint32_t at = address + chance_.below(static_cast<std::uint32_t>(bytes.size()));
      bytes_[at] = static_cast<std::uint8_t>(bytes_[at] ^ (1U << chance_.below(8)));
    }
    return Status::ok;
  }

  Status erase(std::uint32_t address) {
    const FlashOperation operation{FlashOperation::Kind::erase, address, {}};
    if (!check_erase(operation)) return Status::erase_failed;
    if (busy(operation)) return Status::would_block;
    announce(operation);
    const std::uint32_t index = address / part_.erase_size;
    ++wear_.erases;
    ++blocks_[index].erases;
    const std::uint32_t number = operations_++;
    if (faults_.strikes(FaultKind::worn, number)) faults_.wear_out(index, false);
    if (faults_.strikes(FaultKind::worn_silently, number)) faults_.wear_out(index, true);
    if (faults_.is_worn(index)) return faults_.is_silent() ? Status::ok : Status::erase_failed;
    blank_block(index);
    return Status::ok;
  }

  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    if (!fits(address, length, size())) return violate("blank check out of bounds");
    blank = true;
    for (std::uint32_t at = address; blank && at < address + length; at += part_.program_size)
      blank = unit_is_blank(at / part_.program_size);
    return Status::ok;
  }

  // ---- power ----

  /// Called before each operation; may copy this flash and tear the copy. Not copied along.
  using Watcher = std::function<void(const SimulatedFlash&, const FlashOperation&)>;
  void watch(Watcher* watcher) { watcher_ = watcher; }

  /// Power goes in the operation with this number (from 0, counted since the last `reset_operations`).
  void cut_at(std::uint32_t operation, Cut cut) { planned_ = {operation, cut}; }

  /// Leaves behind what a cut in this operation leaves.
  void tear(const FlashOperation& operation, Cut cut) {
    if (cut.position == CutPosition::before) return;
    if (operation.kind == FlashOperation::Kind::erase)
      return tear_block(operation.address / part_.erase_size, cut);
    const std::uint32_t units = units_in(operation);
    switch (cut.position) {
      case CutPosition::before:
        return;
      case CutPosition::first_unit:
        return tear_units(operation, 0, 1, cut.torn);
      case CutPosition::middle_unit:
        program_units(operation, 0, units / 2);
        return tear_units(operation, units / 2, 1, cut.torn);
      case CutPosition::half_way:
        return program_units(operation, 0, units / 2);
      case CutPosition::last_unit:
        program_units(operation, 0, units - 1);
        return tear_units(operation, units - 1, 1, cut.torn);
      case CutPosition::whole_call:
        return tear_units(operation, 0, units, cut.torn);
      case CutPosition::after:
        return program_units(operation, 0, units);
    }
  }

  /// Power is back: what is unstable is drawn anew; nothing is planned or running any more.
  void reboot() {
    planned_.reset();
    pending_.reset();
    torn_.reboot(chance_);
  }

  // ---- lies and wear ----

  FlashFaults& faults() { return faults_; }
  std::uint32_t reads() const { return reads_; }
  /// One operation in `rarity` (0: none) answers `would_block`, before it began or while it runs.
  void be_busy(std::uint32_t rarity) { busy_rarity_ = rarity; }

  // ---- what the tests look at ----

  /// Regions that must not be changed before the next restart: a change is a violation.
  void protect(std::vector<Region> regions) { protected_ = std::move(regions); }
  /// The first breach of the contract, or empty.
  const std::string& violation() const { return violation_; }
  const FlashWear& wear() const { return wear_; }
  std::uint32_t erases_of(std::uint32_t address) const { return blocks_[address / part_.erase_size].erases; }
  std::uint32_t operations() const { return operations_; }
  void reset_operations() { operations_ = 0; }
  const FlashPart& part() const { return part_; }
  /// Contents put there at the factory, without any counting.
  void install(std::uint32_t address, ConstBytes bytes) {
    for (std::uint32_t i = 0; i < bytes.size(); ++i) {
      bytes_[address + i] = bytes[i];
      units_[(address + i) / part_.program_size] = Unit::programmed;
    }
  }
  void reseed(std::uint64_t seed) { chance_ = Chance(seed); }

 private:
  enum class Unit : std::uint8_t { blank, programmed, torn };
  struct Block {
    std::uint32_t erases = 0;
    bool doubtful = false;  ///< An erase was interrupted: nothing may be programmed before the next one.
  };

  std::uint8_t erased_byte() const { return part_.erased == Erased::zeros ? 0x00 : 0xFF; }
  std::uint32_t units_in(const FlashOperation& operation) const {
    return static_cast<std::uint32_t>(operation.bytes.size()) / part_.program_size;
  }

  Status violate(const char* what) {
    if (violation_.empty()) violation_ = what;
    return Status::out_of_bounds;
  }
  bool refuse(const char* what) {
    (void)violate(what);
    return false;
  }

  bool check_program(const FlashOperation& operation) {
    const std::uint32_t length = static_cast<std::uint32_t>(operation.bytes.size());
    const std::uint32_t unit = part_.program_size;
    if (!fits(operation.address, length, size()) || length == 0) return refuse("program out of bounds");
    if (operation.address % unit != 0 || length % unit != 0) return refuse("program misaligned");
    if (is_protected(operation.address, length)) return refuse("a protected region is programmed");
    const std::uint32_t last = operation.address + length - 1;
    if (blocks_[operation.address / part_.erase_size].doubtful || blocks_[last / part_.erase_size].doubtful)
      return refuse("a block is programmed whose erase was interrupted");
    for (std::uint32_t u = operation.address / unit; u <= last / unit; ++u) {
      // A driver that did not notice said that it was erased.
      if (faults_.is_silent() && faults_.is_worn(operation.address / part_.erase_size)) continue;
      if (units_[u] == Unit::programmed) return refuse("a unit is programmed twice");
      if (units_[u] == Unit::blank) continue;
      if (!torn_.may_look_blank(u)) return refuse("a torn unit is programmed");
      ++wear_.blind_programs;
    }
    return true;
  }
  bool check_erase(const FlashOperation& operation) {
    if (!fits(operation.address, part_.erase_size, size())) return refuse("erase out of bounds");
    if (operation.address % part_.erase_size != 0) return refuse("erase misaligned");
    if (is_protected(operation.address, part_.erase_size)) return refuse("a protected region is erased");
    return true;
  }
  bool is_protected(std::uint32_t address, std::uint32_t length) const {
    return std::any_of(protected_.begin(), protected_.end(), [&](const Region& region) {
      return region.overlaps(Region{address, length});
    });
  }

  /// Answers "not yet": before the operation began or, after it has, until it is asked for again.
  bool busy(const FlashOperation& operation) {
    const std::pair<FlashOperation::Kind, std::uint32_t> key{operation.kind, operation.address};
    if (pending_ && *pending_ != key) (void)violate("another operation while one is running");
    if (busy_rarity_ == 0 || chance_.below(busy_rarity_) != 0) {
      pending_.reset();
      return false;
    }
    if (chance_.below(2) == 0) pending_ = key;
    return true;
  }

  void announce(const FlashOperation& operation) {
    if (watcher_ != nullptr) (*watcher_)(*this, operation);
    if (!planned_ || planned_->first != operations_) return;
    tear(operation, planned_->second);
    throw PowerCut{};
  }

  void blank_block(std::uint32_t index) {
    const std::uint32_t count = part_.erase_size / part_.program_size;
    std::fill_n(bytes_.begin() + index * part_.erase_size, part_.erase_size, erased_byte());
    std::fill_n(units_.begin() + index * count, count, Unit::blank);
    torn_.forget(index * count, count);
    blocks_[index].doubtful = false;
  }

  void program_units(const FlashOperation& operation, std::uint32_t first, std::uint32_t count) {
    const std::uint32_t size = part_.program_size;
    const std::uint32_t unit = operation.address / size + first;
    std::copy_n(operation.bytes.data() + first * size, count * size, bytes_.begin() + unit * size);
    torn_.forget(unit, count);
    std::fill_n(units_.begin() + unit, count, Unit::programmed);
  }

  /// Programming what was not erased only takes charge away, or is refused.
  Status program_worn(const FlashOperation& operation) {
    const std::uint32_t first = operation.address / part_.program_size;
    for (std::uint32_t u = first; u < first + units_in(operation); ++u) {
      if (part_.ecc && units_[u] != Unit::blank) return Status::program_failed;
    }
    for (std::uint32_t i = 0; i < operation.bytes.size(); ++i) {
      std::uint8_t& byte = bytes_[operation.address + i];
      const unsigned given = operation.bytes[i];
      byte = static_cast<std::uint8_t>(erased_byte() == 0 ? byte | given : byte & given);
    }
    torn_.forget(first, units_in(operation));
    std::fill_n(units_.begin() + first, units_in(operation), Unit::programmed);
    return Status::ok;
  }

  UnitContents contents(std::uint32_t unit) const {
    if (units_[unit] == Unit::torn) return torn_.faded(unit);
    UnitContents contents;
    contents.blank = units_[unit] == Unit::blank;
    std::copy_n(bytes_.begin() + unit * part_.program_size, part_.program_size, contents.bytes.begin());
    return contents;
  }

  void tear_units(const FlashOperation& operation, std::uint32_t first, std::uint32_t count, Torn torn) {
    const std::uint32_t size = part_.program_size;
    for (std::uint32_t i = first; i < first + count; ++i) {
      const std::uint32_t unit = operation.address / size + i;
      UnitContents old = contents(unit);
      old.blank = true;
      UnitContents fresh;
      std::copy_n(operation.bytes.data() + i * size, size, fresh.bytes.begin());
      torn_.tear(unit, old, fresh, torn, chance_);
      units_[unit] = Unit::torn;
    }
  }

  void tear_block(std::uint32_t index, Cut cut) {
    if (cut.position == CutPosition::after) return blank_block(index);
    const std::uint32_t per_block = part_.erase_size / part_.program_size;
    // An erase may come to some units before others.
    std::uint32_t reached = per_block;
    if (cut.position == CutPosition::first_unit) reached = 1;
    if (cut.position == CutPosition::middle_unit || cut.position == CutPosition::half_way)
      reached = per_block / 2;
    UnitContents erased;
    erased.blank = true;
    erased.bytes.fill(erased_byte());
    for (std::uint32_t i = 0; i < per_block; ++i) {
      const std::uint32_t unit = index * per_block + i;
      const Torn torn = i < reached ? cut.torn : Torn::old;
      const UnitContents old = contents(unit);
      if (old.blank && (torn == Torn::old || torn == Torn::fresh)) continue;
      torn_.tear(unit, old, erased, torn, chance_);
      units_[unit] = Unit::torn;
    }
    blocks_[index].doubtful = true;
  }

  bool unit_is_blank(std::uint32_t unit) {
    if (units_[unit] == Unit::blank) return true;
    if (units_[unit] == Unit::torn) return torn_.looks_blank(unit, chance_);
    // A part whose erased flash can be read has no other blank check than reading it.
    if (part_.erased != Erased::ones && part_.erased != Erased::zeros) return false;
    const auto first = bytes_.begin() + unit * part_.program_size;
    return std::all_of(first, first + part_.program_size,
                       [&](std::uint8_t byte) { return byte == erased_byte(); });
  }

  bool read_byte(std::uint32_t address, std::uint8_t& out) {
    const std::uint32_t unit = address / part_.program_size;
    out = bytes_[address];
    if (units_[unit] == Unit::programmed) return true;
    if (units_[unit] == Unit::torn) {
      const TornUnits::Reading reading = torn_.read(unit, address % part_.program_size, out, chance_);
      if (reading != TornUnits::Reading::blank) return reading == TornUnits::Reading::byte;
    }
    if (part_.erased == Erased::unreadable) return false;
    out = part_.erased == Erased::undefined ? chance_.byte() : erased_byte();
    return true;
  }

  FlashPart part_;
  Chance chance_;
  std::vector<std::uint8_t> bytes_;
  std::vector<Unit> units_;
  std::vector<Block> blocks_;
  TornUnits torn_;
  std::vector<Region> protected_;
  FlashFaults faults_;
  std::optional<std::pair<std::uint32_t, Cut>> planned_;
  std::optional<std::pair<FlashOperation::Kind, std::uint32_t>> pending_;
  Watcher* watcher_ = nullptr;
  std::string violation_;
  FlashWear wear_;
  std::uint32_t operations_ = 0;
  std::uint32_t reads_ = 0;
  std::uint32_t busy_rarity_ = 0;
};

}  // namespace tmd::test
