// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "device/file_flash.hpp"
#include "report/flash_run.hpp"

namespace tmd::host::report {

/// Flash that tells a run of what is done to it.
class WatchedFlash {
 public:
  static constexpr std::uint32_t kLargestProgramUnit = kMaxProgramSize;

  WatchedFlash(device::FileFlash& flash, FlashRun& run) : flash_(flash), run_(run) {}

  std::uint32_t size() const { return flash_.size(); }
  std::uint32_t erase_size() const { return flash_.erase_size(); }
  std::uint32_t program_size() const { return flash_.program_size(); }
  Status read(std::uint32_t address, MutableBytes out) { return flash_.read(address, out); }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    return flash_.is_blank(address, length, blank);
  }
  Status program(std::uint32_t address, ConstBytes bytes) {
    ++run_.programs;
    run_.programmed_bytes += bytes.size();
    return flash_.program(address, bytes);
  }
  Status erase(std::uint32_t address) {
    run_.erases.push_back({address, moment});
    return flash_.erase(address);
  }
  /// Forgets what was done until now: the boot of a new device.
  void start() {
    run_.erases.clear();
    run_.programs = 0;
    run_.programmed_bytes = 0;
  }

  std::uint64_t moment = 0;  ///< Now, on the run's axis.

 private:
  device::FileFlash& flash_;
  FlashRun& run_;
};

}  // namespace tmd::host::report
