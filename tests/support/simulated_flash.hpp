// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/busy_driver.hpp"
#include "support/flash_cells.hpp"
#include "support/flash_faults.hpp"
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

/// Flash as it fails: any geometry, strict about its contract, torn by power cuts, rotting, lying and wearing
/// on request. Copying it copies its contents: a test can try many ways to fail from one state. A Flash policy
/// (tmd/flash.hpp).
class SimulatedFlash {
 public:
  static constexpr std::uint32_t kLargestProgramUnit = 512;

  explicit SimulatedFlash(std::vector<FlashChip> chips, std::uint64_t seed = 1)
      : cells_(std::move(chips), seed), erases_(cells_.geometry().blocks().size()) {}
  explicit SimulatedFlash(const FlashPart& part, std::uint32_t size, std::uint64_t seed = 1)
      : SimulatedFlash(std::vector<FlashChip>{{part, size}}, seed) {}

  // ---- the policy ----

  std::uint32_t size() const { return cells_.size(); }
  std::uint32_t erase_size(std::uint32_t address) const { return geometry().block(address).region.size; }
  std::uint32_t program_size(std::uint32_t address) const { return geometry().block(address).unit_size; }

  Status read(std::uint32_t address, MutableBytes out) {
    const std::uint32_t length = static_cast<std::uint32_t>(out.size());
    if (!fits(address, length, size())) return violate("read out of bounds");
    await_running(address);
    const std::uint32_t number = reads_++;
    if (faults_.strikes(FaultKind::read_once, number)) return Status::read_failed;
    if (faults_.strikes(FaultKind::reads_refused, number)) faults_.refuse_reads();
    if (faults_.refuses_reads()) return Status::read_failed;
    if (faults_.strikes(FaultKind::read_lost, number)) faults_.lose(unit_in({address, length}, number));
    if (faults_.is_lost({address, length})) return Status::read_failed;
    return cells_.read(address, out) ? Status::ok : Status::read_failed;
  }

  Status program(std::uint32_t address, ConstBytes bytes) {
    return answer({FlashOperation::Kind::program, address, bytes}, &SimulatedFlash::check_program);
  }
  Status erase(std::uint32_t address) {
    return answer({FlashOperation::Kind::erase, address, {}}, &SimulatedFlash::check_erase);
  }

  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    if (!fits(address, length, size())) return violate("blank check out of bounds");
    await_running(address);
    if (faults_.refuses_reads()) return Status::read_failed;
    blank = cells_.is_blank(address, length);
    return Status::ok;
  }

  // ---- power ----

  /// Called before each operation; may copy this flash and tear the copy. Not copied along.
  using Watcher = std::function<void(const SimulatedFlash&, const FlashOperation&)>;
  void watch(Watcher* watcher) { watcher_ = watcher; }

  /// Power goes in the operation with this number (from 0, counted since the last `reset_operations`).
  void cut_at(std::uint32_t operation, Cut cut) { planned_ = {operation, cut}; }

  /// Leaves behind what a cut in this operation leaves. A block that does not erase is not erased in part either.
  void tear(const FlashOperation& operation, Cut cut) {
    const bool erases = operation.kind == FlashOperation::Kind::erase;
    if (!erases || !is_worn(operation.address)) cells_.tear(operation, cut);
    driver_of(operation.address).forget();
  }

  /// Power is back: what is unstable is drawn anew; nothing is planned any more. An operation that ran while
  /// nobody waited for it was cut.
  void reboot() {
    planned_.reset();
    for (BusyDriver& driver : drivers_) {
      if (driver.is_running()) tear(driver.operation(), {CutPosition::whole_call, Torn::mixture});
      driver.forget();
    }
    faults_.restart();
    cells_.reboot();
  }

  // ---- rot, lies and wear ----

  FlashFaults& faults() { return faults_; }
  const FlashFaults& faults() const { return faults_; }
  std::uint32_t reads() const { return reads_; }
  void rot(Rot rot) {
    if (rot.bit == Rot::kWholeUnit)
      cells_.lose(rot.address);
    else
      cells_.flip(rot.address, rot.bit);
  }
  void wear_out(std::uint32_t address, bool silently) {
    faults_.wear_out(geometry().block_index(address), silently);
  }
  bool is_worn(std::uint32_t address) const { return faults_.is_worn(geometry().block_index(address)); }
  /// One call for an operation in `rarity` (0: none) answers `would_block`, before it began or while it runs.
  void be_busy(std::uint32_t rarity) {
    for (BusyDriver& driver : drivers_) driver.be_busy(rarity);
  }
  /// Each chip has a driver of its own, which knows nothing of the others.
  void drive_apart() { drivers_.resize(geometry().chips().size(), drivers_[0]); }

  // ---- what the tests look at ----

  /// Regions that must not be changed before the next restart: a change is a violation.
  void protect(std::vector<Region> regions) { protected_ = std::move(regions); }
  /// The first breach of the contract, or empty.
  const std::string& violation() const { return violation_; }
  /// Looks whether the bytes of a running operation are still there: between the library's calls.
  void check_promises() {
    for (const BusyDriver& driver : drivers_) {
      if (!driver.is_pending()) continue;
      if (const std::string what = driver.breach(); !what.empty()) (void)violate(what);
    }
  }
  const FlashWear& wear() const { return wear_; }
  std::uint32_t erases_of(std::uint32_t address) const { return erases_[geometry().block_index(address)]; }
  std::uint32_t operations() const { return operations_; }
  void reset_operations() { operations_ = 0; }
  void reset_reads() { reads_ = 0; }
  const FlashGeometry& geometry() const { return cells_.geometry(); }
  const FlashPart& part(std::uint32_t address) const { return geometry().part(address); }
  bool is_programmed(std::uint32_t address) const {
    return cells_.unit_at(address) == FlashCells::Unit::programmed;
  }
  /// Contents put there at the factory, without any counting.
  void install(std::uint32_t address, ConstBytes bytes) { cells_.put(address, bytes); }
  void reseed(std::uint64_t seed) { cells_.reseed(seed); }
  /// Of all that decides what will be read.
  void hash_into(ImageHash& hash) const { cells_.hash_into(hash); }

 private:
  Status violate(const std::string& what) {
    if (violation_.empty()) violation_ = what;
    return Status::out_of_bounds;
  }
  bool refuse(const std::string& what) {
    (void)violate(what);
    return false;
  }

  Status answer(const FlashOperation& operation, bool (SimulatedFlash::*check)(const FlashOperation&)) {
    BusyDriver& driver = driver_of(operation.address);
    if (const std::string what = driver.breach(operation); !what.empty()) (void)violate(what);
    if (!driver.is_pending() && !(this->*check)(operation))
      return operation.kind == FlashOperation::Kind::erase ? Status::erase_failed : Status::program_failed;
    if (driver.puts_off(operation, cells_.chance())) return Status::would_block;
    const Status status = driver.is_done() ? driver.result() : perform(operation);
    driver.forget();
    return status;
  }

  /// One of the units that a read touches: another for each number.
  Region unit_in(Region read, std::uint32_t number) const {
    const FlashGeometry::Block& block = geometry().block(read.address);
    const std::uint32_t first = block.unit_at(read.address);
    const std::uint32_t count = block.unit_at(read.end() - 1) - first + 1;
    return {block.address_of(first + number % count), block.unit_size};
  }

  /// A read waits for what is running: its effect is there, its answer still to come.
  void await_running(std::uint32_t address) {
    if (std::none_of(drivers_.begin(), drivers_.end(),
                     [](const BusyDriver& each) { return each.is_pending(); }))
      return;
    check_promises();
    BusyDriver& driver = driver_of(address);
    if (driver.is_running()) driver.end(perform(driver.operation()));
  }
  BusyDriver& driver_of(std::uint32_t address) {
    return drivers_.size() == 1 || address >= size() ? drivers_[0] : drivers_[geometry().block(address).chip];
  }

  Status perform(const FlashOperation& operation) {
    announce(operation);
    if (faults_.strikes(FaultKind::writes_refused, operations_)) faults_.refuse_writes();
    if (faults_.refuses_writes()) {
      ++operations_;
      return operation.kind == FlashOperation::Kind::erase ? Status::erase_failed : Status::program_failed;
    }
    return operation.kind == FlashOperation::Kind::erase ? perform_erase(operation)
                                                         : perform_program(operation);
  }

  Status perform_program(const FlashOperation& operation) {
    const std::uint32_t number = operations_++;
    ++wear_.programs;
    wear_.programmed_bytes += operation.bytes.size();
    const Region place = {operation.address, static_cast<std::uint32_t>(operation.bytes.size())};
    if (faults_.strikes(FaultKind::refused, number) || !faults_.programs(place)) {
      cells_.tear(operation, {CutPosition::whole_call, Torn::mixture});
      return Status::program_failed;
    }
    const bool over = !geometry().part(operation.address).rewritable &&
                      (is_worn(operation.address) || !is_fresh(operation));
    if (over && !cells_.put_over(operation.address, operation.bytes)) return Status::program_failed;
    if (!over) cells_.put(operation.address, operation.bytes);
    if (faults_.strikes(FaultKind::lie, number)) {
      const std::uint32_t at = cells_.chance().below(static_cast<std::uint32_t>(operation.bytes.size()));
      cells_.flip(operation.address + at, cells_.chance().below(8));
    }
    return Status::ok;
  }

  Status perform_erase(const FlashOperation& operation) {
    const std::uint32_t index = geometry().block_index(operation.address);
    ++wear_.erases;
    ++erases_[index];
    const std::uint32_t number = operations_++;
    if (faults_.strikes(FaultKind::erase_refused, number)) {
      cells_.tear(operation, {CutPosition::whole_call, Torn::mixture});
      return Status::erase_failed;
    }
    if (faults_.strikes(FaultKind::worn, number)) faults_.wear_out(index, false);
    if (faults_.strikes(FaultKind::worn_silently, number)) faults_.wear_out(index, true);
    if (faults_.is_worn(index)) {
      if (!faults_.is_silent()) return Status::erase_failed;
      cells_.trust(index);
      return Status::ok;
    }
    cells_.blank(geometry().blocks()[index]);
    return Status::ok;
  }

  void announce(const FlashOperation& operation) {
    Rot rot;
    if (faults_.rots(operations_, rot)) this->rot(rot);
    if (watcher_ != nullptr) (*watcher_)(*this, operation);
    if (!planned_ || planned_->first != operations_) return;
    tear(operation, planned_->second);
    throw PowerCut{};
  }

  /// No unit of it rotted since it was erased.
  bool is_fresh(const FlashOperation& operation) const {
    for (std::uint32_t at = 0; at < operation.bytes.size(); at += program_size(operation.address)) {
      const FlashCells::Unit unit = cells_.unit_at(operation.address + at);
      if (unit == FlashCells::Unit::spoiled || unit == FlashCells::Unit::lost) return false;
    }
    return true;
  }

  bool check_program(const FlashOperation& operation) {
    const std::uint32_t length = static_cast<std::uint32_t>(operation.bytes.size());
    if (!fits(operation.address, length, size()) || length == 0) return refuse("program out of bounds");
    const FlashGeometry::Block& block = geometry().block(operation.address);
    if (operation.address % block.unit_size != 0 || length % block.unit_size != 0)
      return refuse("program misaligned");
    if (is_protected(operation.address, length)) return refuse("a protected region is programmed");
    if (geometry().part_of(block).rewritable) return true;
    if (operation.address + length > block.region.end())
      return refuse("a program call crosses an erase block");
    const std::uint32_t index = geometry().block_index(operation.address);
    if (cells_.is_doubtful(index)) return refuse("a block is programmed whose erase was interrupted");
    // A driver that did not notice said that it was erased.
    if (faults_.is_silent() && faults_.is_worn(index)) return true;
    for (std::uint32_t at = operation.address; at < operation.address + length; at += block.unit_size) {
      const FlashCells::Unit unit = cells_.unit_at(at);
      if (unit == FlashCells::Unit::programmed) return refuse("a unit is programmed twice");
      if (unit != FlashCells::Unit::torn) continue;
      if (!cells_.torn_may_look_blank(at)) return refuse("a torn unit is programmed");
      ++wear_.blind_programs;
    }
    return true;
  }
  bool check_erase(const FlashOperation& operation) {
    if (!fits(operation.address, 1, size())) return refuse("erase out of bounds");
    const FlashGeometry::Block& block = geometry().block(operation.address);
    if (operation.address != block.region.address) return refuse("erase misaligned");
    if (geometry().part_of(block).rewritable) return refuse("memory is erased that has no erase blocks");
    if (is_protected(block.region.address, block.region.size)) return refuse("a protected region is erased");
    return true;
  }
  bool is_protected(std::uint32_t address, std::uint32_t length) const {
    return std::any_of(protected_.begin(), protected_.end(), [&](const Region& region) {
      return region.overlaps(Region{address, length});
    });
  }

  FlashCells cells_;
  std::vector<std::uint32_t> erases_;  ///< Of each block.
  std::vector<Region> protected_;
  FlashFaults faults_;
  std::optional<std::pair<std::uint32_t, Cut>> planned_;
  std::vector<BusyDriver> drivers_ = std::vector<BusyDriver>(1);
  Watcher* watcher_ = nullptr;
  std::string violation_;
  FlashWear wear_;
  std::uint32_t operations_ = 0;
  std::uint32_t reads_ = 0;
};

}  // namespace tmd::test
