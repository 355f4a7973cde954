// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/flash/flash_port.hpp"

namespace tmd {
namespace staging {

/// Asks a shared port for one operation at a time and never for the same one twice: where another owner of the
/// port ended it meanwhile, that counts as ok, and the caller's reading back tells what it was worth.
class OwnOperation {
 public:
  template <class Flash>
  Status program(FlashPort<Flash>& port, std::uint32_t address, const ConstBytes& bytes) {
    if (was_ended(port)) return Status::ok;
    const std::uint32_t before = port.begun();
    return answered(port, before, port.program(address, bytes));
  }
  template <class Flash>
  Status erase(FlashPort<Flash>& port, std::uint32_t address) {
    if (was_ended(port)) return Status::ok;
    const std::uint32_t before = port.begun();
    return answered(port, before, port.erase(address));
  }
  /// The next call is for another operation. The port must have been settled.
  void forget() { waits_ = false; }

 private:
  template <class Flash>
  bool was_ended(const FlashPort<Flash>& port) {
    if (!waits_ || (port.is_running() && port.begun() == number_)) return false;
    waits_ = false;
    return true;
  }
  template <class Flash>
  Status answered(const FlashPort<Flash>& port, std::uint32_t before, Status status) {
    if (status != Status::would_block) {
      waits_ = false;
    } else if (port.begun() != before) {
      waits_ = true;
      number_ = port.begun();
    }
    return status;
  }

  std::uint32_t number_ = 0;
  bool waits_ = false;  ///< The port's operation with this number is ours, and had not ended.
};

}  // namespace staging
}  // namespace tmd
