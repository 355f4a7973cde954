// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sizing/device_costs.hpp"

namespace tmd::host::sizing {

/// What updates in place take, of a model of which every block changes. Sizes in bytes.
struct OneSlotCosts {
  std::uint32_t slot_size = 0;
  std::uint32_t ring_size = 0;     ///< The spare blocks.
  std::uint32_t journal_size = 0;  ///< The smallest one that such an update gets by with.
  std::uint32_t staging_size = 0;
  std::uint32_t reversible_staging_size =
      0;                         ///< Where patches bring a way back, about as long as the way there.
  std::uint64_t flash_size = 0;  ///< All of these.
  std::uint32_t code = 0;
  std::uint32_t ram = 0;
  std::uint32_t erases = 0;  ///< Of an update, in all four.
  std::uint64_t programmed_bytes = 0;
  std::uint32_t updates_until_worn =
      0;  ///< Of 10,000 erases that a block bears; the worst of slot, ring and journal.
  double update_seconds = 0;
  double seconds_without_model = 0;  ///< Of these: while the model is being overwritten.
};

/// The choice's erase blocks, spare blocks (2 to 4), model and patch; the update is rehearsed with the device's own
/// code over flash in memory. RAM and code are those that bench/firmware measured on a Cortex-M4. Throws host::Error
/// where no device can be like this.
OneSlotCosts one_slot_costs(const DeviceChoice& choice, std::uint32_t spare);

}  // namespace tmd::host::sizing
