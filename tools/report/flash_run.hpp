// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "device/flash_part.hpp"
#include "patch/patch_file.hpp"

namespace tmd::host::report {

/// One erase during an update.
struct EraseEvent {
  std::uint32_t address = 0;      ///< Of the block, in flash.
  std::uint32_t patch_bytes = 0;  ///< Patch bytes that had arrived.
  bool in_journal = false;
};

/// An update as the default device half does it, on a part that is just large enough.
struct FlashRun {
  device::Part part;
  std::vector<EraseEvent> erases;
  std::uint64_t programmed_bytes = 0;
  std::uint32_t programs = 0;
  std::uint32_t self_test_bytes = 0;  ///< Kept behind the target in its slot.
  bool done = false;                  ///< False: the patch needs a key or limits that a bare device has not.
};

/// Streams the patch to a simulated device that holds `base`, in packets of 200 bytes. Nothing is left behind.
FlashRun run_on_flash(ConstBytes base, const patch::PatchFile& patch);

}  // namespace tmd::host::report
