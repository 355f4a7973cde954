// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/digest/crc32.hpp"
#include "tmd/flash.hpp"

namespace tmd {

/// What an update cost the flash.
struct FlashCounters {
  std::uint32_t reads = 0;
  std::uint32_t read_bytes = 0;
  std::uint32_t programs = 0;
  std::uint32_t programmed_bytes = 0;
  std::uint32_t erases = 0;
  /// Calls that broke the contract of tmd/flash.hpp: alignment, bounds, a program call over the end of an erase
  /// block, another operation, or other bytes, while one is running. They are not passed on.
  std::uint32_t violations = 0;
};

/// Wraps another flash, counts its operations and checks the library's side of the contract, but for one
/// promise: that no unit is programmed twice only the part itself can tell.
///
///     tmd::CountedFlash<MyFlash> flash(my_flash);
///     … an update …
///     printf("%u erases\n", flash.counters().erases);
template <class Flash>
class CountedFlash {
  static_assert(check_flash_policy<Flash>(), "");

 public:
  static constexpr std::uint32_t kLargestProgramUnit = largest_program_unit<Flash>();

  constexpr explicit CountedFlash(Flash& flash) : flash_(flash) {}

  std::uint32_t size() const { return flash_.size(); }
  std::uint32_t erase_size(std::uint32_t address) const { return erase_size_at(flash_, address); }
  std::uint32_t program_size(std::uint32_t address) const { return program_size_at(flash_, address); }

  Status read(std::uint32_t address, MutableBytes out) {
    if (!fits(address, static_cast<std::uint32_t>(out.size()), size())) return violation();
    ++counters_.reads;
    counters_.read_bytes += static_cast<std::uint32_t>(out.size());
    return flash_.read(address, out);
  }
  Status program(std::uint32_t address, ConstBytes bytes) {
    const std::uint32_t length = static_cast<std::uint32_t>(bytes.size());
    if (!is_in_one_block(address, length)) return violation();
    const std::uint32_t unit = program_size(address);
    if (unit == 0 || address % unit != 0 || length % unit != 0) return violation();
    const Operation operation{bytes.data(), address, length, Crc32::of(bytes)};
    if (!may_run(operation)) return violation();
    const Status status = ended(operation, flash_.program(address, bytes));
    if (status != Status::would_block) {
      ++counters_.programs;
      counters_.programmed_bytes += length;
    }
    return status;
  }
  Status erase(std::uint32_t address) {
    if (!is_in_one_block(address, 1) || address % erase_size(address) != 0) return violation();
    const Operation operation{nullptr, address, erase_size(address), 0};
    if (!may_run(operation)) return violation();
    const Status status = ended(operation, flash_.erase(address));
    if (status != Status::would_block) ++counters_.erases;
    return status;
  }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    if (!fits(address, length, size())) return violation();
    return flash_.is_blank(address, length, blank);
  }

  const FlashCounters& counters() const { return counters_; }
  void reset_counters() { counters_ = FlashCounters(); }

 private:
  /// What the driver was asked for last; the CRC of the bytes, so that a change between two calls is seen.
  struct Operation {
    const std::uint8_t* bytes = nullptr;
    std::uint32_t address = 0;
    std::uint32_t length = 0;
    std::uint32_t crc = 0;
  };

  Status violation() {
    ++counters_.violations;
    return Status::out_of_bounds;
  }

  bool is_in_one_block(std::uint32_t address, std::uint32_t length) const {
    if (length == 0 || !fits(address, length, size())) return false;
    const std::uint32_t block = erase_size(address);
    return block != 0 && length <= block - address % block && fits(address - address % block, block, size());
  }

  bool may_run(const Operation& operation) const {
    return !is_running_ || (operation.bytes == running_.bytes && operation.address == running_.address &&
                            operation.length == running_.length && operation.crc == running_.crc);
  }
  Status ended(const Operation& operation, Status status) {
    is_running_ = status == Status::would_block;
    running_ = operation;
    return status;
  }

  Flash& flash_;
  FlashCounters counters_;
  Operation running_;
  bool is_running_ = false;
};

}  // namespace tmd
