// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "system/faults/workload.hpp"
#include "tmd/internal/journal/banks.hpp"

namespace tmd::faults {

// What a workload must know of the builds without knowing the library's code behind them.

/// Numbers that all builds share: small, so that a few kilobytes meet every boundary.
constexpr std::uint32_t kPageSize = 512;
constexpr std::uint32_t kCheckpointInterval = 64;
constexpr std::uint8_t kTrialBoots = 3;
constexpr std::uint8_t kMostAttempts = 8;

/// RAM of the decoder, for which patches are made.
std::uint32_t decoder_size();
constexpr bool takes_signed_only(Build build) {
  return build == Build::checked || build == Build::memory;
}
/// At each boot the active model's digest is read.
constexpr bool checks_at_boot(Build build) {
  return build == Build::checked || build == Build::memory;
}
/// The fleet's signature over a manifest.
Bytes signature_over(const Bytes& manifest);
/// The patch's number for `Updater::resume`.
std::uint32_t identity_of_patch(const Bytes& patch);
/// The smallest that a store accepts.
std::uint32_t least_journal_bytes(const Setup& setup);
/// How large a journal of this setup is; it has whole erase blocks.
std::uint32_t journal_bytes(const Setup& setup);
/// Program calls for the longest record of the log, the updater's state, in rows of this program unit.
std::uint32_t longest_record_calls(std::uint32_t program_unit);
detail::Banks journal_banks(const Workload& work, const test::SimulatedFlash& flash);
/// Whether the flash journal uses the erase block at this address: of unequal ones some may be left over.
bool is_used_by_journal(const Workload& work, const test::SimulatedFlash& flash, std::uint32_t address);

}  // namespace tmd::faults
