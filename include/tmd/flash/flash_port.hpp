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

  constexpr FlashPort() = default;
  constexpr explicit FlashPort(Flash& flash) : flash_(&flash) {}
  FlashPort(const FlashPort&) = delete;
  FlashPort& operator=(const FlashPort&) = delete;

  constexpr void attach(Flash& flash) { flash_ = &flash; }
  constexpr bool is_attached() const { return flash_ != nullptr; }
  Flash& driver() { return *flash_; }
  const Flash& driver() const { return *flash_; }

  std::uint32_t size() const { return flash_->size(); }
  std::uint32_t erase_size(std::uint32_t address) const { return erase_size_at(*flash_, address); }
  std::uint32_t program_size(std::uint32_t address) const { return program_size_at(*flash_, address); }

  Status read(std::uint32_t address, MutableBytes out) { return flash_->read(address, out); }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    return flash_->is_blank(address, length, blank);
  }

  /// From now on operations worth `work` bytes of programming may be begun until the next call of this; an erase
  /// is worth them all. One is always allowed. 0: no bound.
  void allow(std::uint32_t work) {
    allowance_ = work;
    spent_ = 0;
  }

  /// Ends the operation that is running, if one is: ok, or would_block. What it was worth is its owner's matter,
  /// who may have given it up.
  [[nodiscard]] Status settle() {
    if (running_ == Running::nothing) return Status::ok;
    return ask() == Status::would_block ? Status::would_block : Status::ok;
  }

  /// Whether an operation is running, and how many were begun so far. An owner that was told would_block sees by
  /// both whether its operation is the one that runs still, or was ended when another owner settled it: then it
  /// must not be asked for again, and reading back tells what it was worth.
  bool is_running() const { return running_ != Running::nothing; }
  std::uint32_t begun() const { return begun_; }

  /// As the policy's. would_block also where another operation is still running, or nothing more may be begun
  /// in this call: ask again, with the same arguments. The block at its first address.
  [[nodiscard]] Status erase(std::uint32_t address) {
    return start(Running::erase, address, ConstBytes(), allowance_);
  }
  /// `bytes` must stay as they are until the answer is another one than would_block.
  [[nodiscard]] Status program(std::uint32_t address, const ConstBytes& bytes) {
    return start(Running::program, address, bytes, static_cast<std::uint32_t>(bytes.size()));
  }

 private:
  enum class Running : std::uint8_t { nothing, erase, program };

  Status start(Running kind, std::uint32_t address, const ConstBytes& bytes, std::uint32_t work) {
    const bool same = kind == running_ && address == address_ && bytes.data() == bytes_.data() &&
                      bytes.size() == bytes_.size();
    if (!same) {
      const Status status = settle();
      if (status != Status::ok) return status;
      if (allowance_ != 0 && spent_ != 0 && !fits(spent_, work, allowance_)) return Status::would_block;
      spent_ += work;
      ++begun_;
      running_ = kind;
      address_ = address;
      bytes_ = bytes;
    }
    return ask();
  }

  Status ask() {
    const Status status =
        running_ == Running::erase ? flash_->erase(address_) : flash_->program(address_, bytes_);
    if (status != Status::would_block) running_ = Running::nothing;
    return status;
  }

  Flash* flash_ = nullptr;
  Running running_ = Running::nothing;
  std::uint32_t allowance_ = 0;
  std::uint32_t spent_ = 0;
  std::uint32_t begun_ = 0;
  std::uint32_t address_ = 0;
  ConstBytes bytes_;
};

}  // namespace tmd
