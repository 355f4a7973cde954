// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/flash.hpp"

namespace tmd {

/// What an update cost the flash.
struct FlashCounters {
  std::uint32_t reads = 0;
  std::uint32_t read_bytes = 0;
  std::uint32_t programs = 0;
  std::uint32_t programmed_bytes = 0;
  std::uint32_t erases = 0;
  /// Calls that broke the contract of tmd/flash.hpp (alignment, bounds); they are not passed on.
  std::uint32_t violations = 0;
};

/// Wraps another flash, counts its operations and checks the library's side of the contract.
///
///     tmd::CountedFlash<MyFlash> flash(my_flash);
///     … an update …
///     printf("%u erases\n", flash.counters().erases);
template <class Flash>
class CountedFlash {
  static_assert(check_flash_policy<Flash>(), "");

 public:
  explicit CountedFlash(Flash& flash) : flash_(flash) {}

  std::uint32_t size() const { return flash_.size(); }
  std::uint32_t erase_size() const { return flash_.erase_size(); }
  std::uint32_t program_size() const { return flash_.program_size(); }

  Status read(std::uint32_t address, MutableBytes out) {
    if (!fits(address, static_cast<std::uint32_t>(out.size()), size())) return violation();
    ++counters_.reads;
    counters_.read_bytes += static_cast<std::uint32_t>(out.size());
    return flash_.read(address, out);
  }
  Status program(std::uint32_t address, ConstBytes bytes) {
    const std::uint32_t length = static_cast<std::uint32_t>(bytes.size());
    if (!fits(address, length, size()) || length == 0) return violation();
    if (address % program_size() != 0 || length % program_size() != 0) return violation();
    const Status status = flash_.program(address, bytes);
    if (status != Status::would_block) {
      ++counters_.programs;
      counters_.programmed_bytes += length;
    }
    return status;
  }
  Status erase(std::uint32_t address) {
    if (!fits(address, erase_size(), size()) || address % erase_size() != 0) return violation();
    const Status status = flash_.erase(address);
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
  Status violation() {
    ++counters_.violations;
    return Status::out_of_bounds;
  }

  Flash& flash_;
  FlashCounters counters_;
};

}  // namespace tmd
