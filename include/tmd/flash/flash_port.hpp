// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/flash.hpp"

namespace tmd {

/// The one way to a flash driver: at most one operation runs at a time, it is asked for until the driver has
/// answered, and how much is begun between two calls of the application is bounded. Slots, journal and staging
/// areas on one flash share one port. It is a Flash policy itself.
///
///     static tmd::FlashPort<MyFlash> port(my_flash);
///     static tmd::FlashJournal<MyFlash> journal(port, {0x30000, 0x8000});
///
/// Statically initialised, without start-up code: all zero until `attach` where it is default-constructed.
template <class Flash>
class FlashPort {
  static_assert(check_flash_policy<Flash>(), "");

 public:
  static constexpr std::uint32_t kLargestProgramUnit = largest_program_unit<Flash>();

  constexpr FlashPort() : has_lost_answer_(0), allowance_(0) {}
  constexpr explicit FlashPort(Flash& flash) : flash_(&flash), has_lost_answer_(0), allowance_(0) {}
  FlashPort(const FlashPort&) = delete;
  FlashPort& operator=(const FlashPort&) = delete;

  constexpr void attach(Flash& flash) { flash_ = &flash; }
  constexpr bool is_attached() const { return flash_ != nullptr; }
  Flash& driver() { return *flash_; }
  const Flash& driver() const { return *flash_; }

  std::uint32_t size() const { return flash_->size(); }
  std::uint32_t erase_size(std::uint32_t address) const { return erase_size_at(*flash_, address); }
  std::uint32_t program_size(std::uint32_t address) const { return program_size_at(*flash_, address); }

  Status read(std::uint32_t address, const MutableBytes& out) { return flash_->read(address, out); }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    return flash_->is_blank(address, length, blank);
  }

  /// From now on operations worth `work` bytes of programming may be begun until the next call of this; an erase
  /// is worth them all. One is always allowed. 0: no bound.
  void allow(std::uint32_t work) {
    allowance_ = work & 0x7FFFFFFFU;
    spent_ = 0;
  }

  /// Ends the operation that is running, if one is: ok, or would_block. Its owner gets the answer when it asks for
  /// the operation again, which is not begun a second time; or has given it up.
  [[nodiscard]] Status settle() {
    if (running_.kind == Kind::nothing) return Status::ok;
    Operation operation = running_;
    operation.answer = ask();
    if (operation.answer == Status::would_block) return operation.answer;
    keep_answer(operation);
    return Status::ok;
  }

  /// As the policy's. would_block also where another operation is still running, or nothing more may be begun
  /// in this call: ask again, with the same arguments. The block at its first address.
  [[nodiscard]] Status erase(std::uint32_t address) {
    return start(Operation{Kind::erase, Status::ok, 0, address, nullptr}, allowance_);
  }
  /// At most 65,535 bytes, else out_of_bounds. They must stay as they are until the answer is another one than
  /// would_block.
  [[nodiscard]] Status program(std::uint32_t address, const ConstBytes& bytes) {
    if (bytes.size() > 0xFFFF) return Status::out_of_bounds;
    const std::uint16_t size = static_cast<std::uint16_t>(bytes.size());
    return start(Operation{Kind::program, Status::ok, size, address, bytes.data()}, size);
  }

 private:
  enum class Kind : std::uint8_t { nothing, erase, program };
  struct Operation {
    Kind kind = Kind::nothing;
    Status answer = Status::ok;  ///< What the driver said, once `settle` has ended it.
    std::uint16_t size = 0;
    std::uint32_t address = 0;
    const std::uint8_t* bytes = nullptr;

    constexpr bool operator==(const Operation& other) const {
      return kind == other.kind && address == other.address && bytes == other.bytes && size == other.size;
    }
  };
  Status start(const Operation& operation, std::uint32_t work) {
    if (!(operation == running_)) {
      for (Operation& ended : ended_) {
        if (!(operation == ended)) continue;
        ended.kind = Kind::nothing;
        return ended.answer;
      }
      const Status status = settle();
      if (status != Status::ok) return status;
      if (allowance_ != 0 && spent_ != 0 && !fits(spent_, work, allowance_)) return Status::would_block;
      // What others gave up may have taken the place of the answer: what was programmed is there.
      if (has_lost_answer_ != 0 && operation.kind == Kind::program &&
          verify_programmed(*this, operation.address, ConstBytes(operation.bytes, operation.size)) ==
              Status::ok)
        return Status::ok;
      spent_ += work;
      forget_answers(operation);
      running_ = operation;
    }
    return ask();
  }

  /// In the place of what nobody waits for, of an erase, which may be done twice, or of the oldest, which in most
  /// cases was given up.
  void keep_answer(const Operation& operation) {
    Operation* place = ended_;
    for (Operation& ended : ended_) {
      if (ended.kind <= place->kind) place = &ended;
    }
    if (place->kind == Kind::program) has_lost_answer_ = 1;
    for (; place != ended_; --place) *place = place[-1];
    *place = operation;
  }
  /// An answer is worth something for as long as nothing else happens in its erase block, and its owner has not filled
  /// the memory anew that the bytes were in.
  void forget_answers(const Operation& operation) {
    const Region block = erase_block_at(*flash_, operation.address);
    for (Operation& ended : ended_) {
      const bool is_refilled = ended.bytes != nullptr && ended.bytes == operation.bytes;
      if (is_refilled || ended.address - block.address < block.size) ended.kind = Kind::nothing;
    }
  }

  Status ask() {
    const Status status = running_.kind == Kind::erase
                              ? flash_->erase(running_.address)
                              : flash_->program(running_.address, ConstBytes(running_.bytes, running_.size));
    if (status != Status::would_block) running_.kind = Kind::nothing;
    return status;
  }

  Flash* flash_ = nullptr;
  std::uint32_t has_lost_answer_ : 1;  ///< Of programming, whose owner may wait for it still.
  std::uint32_t allowance_ : 31;
  std::uint32_t spent_ = 0;
  Operation running_;
  /// What `settle` ended. Three: one of the store and its updater, one of a staging area and one of a history on the
  /// same port.
  Operation ended_[3];
};

}  // namespace tmd
