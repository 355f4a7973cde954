// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/flash.hpp"
#include "tmd/internal/store/snapshot.hpp"
#include "tmd/journal/record.hpp"

namespace tmd {

/// Where the two slots and the journal lie in flash. Each begins and ends at an erase block; none overlaps
/// another.
///
///     constexpr tmd::Layout kLayout = {{0x00000, 96 * 1024}, {0x18000, 96 * 1024}, {0x30000, 32 * 1024}};
///
/// The journal has at least two erase blocks. How large it is decides how exactly an update resumes after a
/// power cut: docs/porting.md has the sum.
struct Layout {
  Region slot_a;
  Region slot_b;
  Region journal;
};

/// ok, or invalid_layout where the regions (slot A, slot B, journal) are misaligned, overlap, leave the flash,
/// or are too small to work.
template <class Flash>
[[nodiscard]] Status check_layout(const Flash& flash, const Region (&regions)[3]) {
  const std::uint32_t block = flash.erase_size();
  const std::uint32_t unit = flash.program_size();
  if (unit == 0 || kMaxProgramSize % unit != 0 || block == 0 || block % unit != 0)
    return Status::invalid_layout;
  for (unsigned i = 0; i < 3; ++i) {
    const Region& region = regions[i];
    if (region.address % block != 0 || region.size % block != 0 || region.size == 0 ||
        !fits(region.address, region.size, flash.size()))
      return Status::invalid_layout;
    for (unsigned j = 0; j < i; ++j) {
      if (region.overlaps(regions[j])) return Status::invalid_layout;
    }
  }
  // Each bank must hold a few snapshots and the gaps that power cuts leave between them.
  const std::uint32_t bank = regions[2].size / block / 2 * block;
  const std::uint32_t snapshot = record_layout::total_size(sizeof(Snapshot), record_layout::alignment(unit));
  return bank >= 3 * (snapshot + record_layout::kChunk) ? Status::ok : Status::invalid_layout;
}
template <class Flash>
[[nodiscard]] Status check_layout(const Flash& flash, const Layout& layout) {
  return check_layout(flash, {layout.slot_a, layout.slot_b, layout.journal});
}

}  // namespace tmd
