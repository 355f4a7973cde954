// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tmd/internal/store/layout.hpp"

namespace tmd::host::report {

/// A region of the device's flash.
struct FlashArea {
  std::string name;
  Region region;
  std::string holds;
  std::uint64_t used = 0;  ///< Bytes of target and self-test in it.
};

/// One erase during an update.
struct EraseEvent {
  std::uint32_t address = 0;  ///< Of the block, in flash.
  std::uint64_t moment = 0;   ///< On the run's axis.
};

/// An update as the default device half does it, on a part whose slots are just large enough.
struct FlashRun {
  std::vector<FlashArea> areas;  ///< One behind the other, from the flash's first byte to its last.
  std::uint32_t erase_size = 0;
  std::string axis;                            ///< What moments count: bytes of what.
  std::uint64_t length = 0;                    ///< The update's last moment.
  std::optional<std::uint64_t> no_model_from;  ///< From this moment to the end there was no model to run.
  std::vector<EraseEvent> erases;
  std::uint64_t programmed_bytes = 0;
  std::uint32_t programs = 0;
  std::uint32_t self_test_bytes = 0;  ///< Kept behind the target in its slot.
  bool done = false;                  ///< False: the patch needs a key or limits that a bare device has not.

  std::uint32_t flash_size() const { return areas.empty() ? 0 : areas.back().region.end(); }
};

}  // namespace tmd::host::report
