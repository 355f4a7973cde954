// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tmd/config.hpp"

namespace tmd::host::sizing {

/// What most parts promise of an erase block.
inline constexpr double kRatedCycles = 10000;

/// A device and an update of it, as far as costs depend on them. Sizes in bytes.
struct DeviceChoice {
  std::uint32_t erase_size = 4096;
  std::uint32_t program_size = 4;
  std::uint32_t model_size = 0;  ///< The largest that will ever be shipped.
  std::uint32_t patch_size = 0;
  std::uint32_t page = 256;  ///< kPageSize.
  std::uint32_t interval = DefaultConfig<void>::kCheckpointInterval;
  std::uint32_t journal_size = 0;              ///< 0: as recommended.
  std::string decoder = "default";             ///< Or "small".
  std::optional<double> erase_milliseconds;    ///< Of one block; else 45 ms for each 4 KB.
  std::optional<double> program_microseconds;  ///< Of one program unit; else 11 µs for each byte.
  double processor_megahertz = 64;             ///< A Cortex-M4, one instruction a cycle.
};

/// Of one erase block.
double erase_seconds(const DeviceChoice& choice);
/// Of so many bytes, in whole units.
double program_seconds(const DeviceChoice& choice, double bytes);
/// Of decoding the whole model once.
double compute_seconds(const DeviceChoice& choice);

/// What it takes.
struct DeviceCosts {
  std::uint32_t slot_size = 0;           ///< Of each of the two.
  std::uint32_t least_journal_size = 0;  ///< With less the library refuses the layout.
  std::uint32_t journal_size = 0;        ///< The choice, or what is recommended: exact, and gentle.
  bool resumes_exactly = false;          ///< After a cut nothing is sent again but what lay in RAM.
  std::uint64_t flash_size = 0;          ///< Slots and journal.
  std::uint32_t updater_ram = 0;
  std::uint32_t store_ram = 0;
  std::uint32_t stack = 0;
  std::uint32_t code = 0;
  std::uint32_t slot_erases = 0;
  std::uint32_t journal_erases = 0;
  std::uint32_t updates_until_worn = 0;  ///< Of 10,000 erases that a block bears.
  std::uint64_t programmed_bytes = 0;    ///< Slot and journal.
  double erase_seconds = 0;
  double program_seconds = 0;
  double compute_seconds = 0;
  double longest_stall_seconds = 0;  ///< One erase, or one page.
};

/// RAM, code, stack and instructions are those that bench/firmware measured on a Cortex-M4; the journal's part is
/// rehearsed with the device's own journal over flash in memory. Throws host::Error where no device can be like this.
DeviceCosts device_costs(const DeviceChoice& choice);

}  // namespace tmd::host::sizing
