// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/digest/crc32.hpp"
#include "tmd/flash.hpp"
#include "tmd/internal/store/snapshot.hpp"

namespace tmd {

/// Where the two slots and the journal lie, as flash offsets. Each consists of whole erase blocks; none overlaps
/// another. A product keeps its layout over firmware releases: docs/releases.md.
///
///     constexpr tmd::Layout kLayout = {{0x00000, 96 * 1024}, {0x18000, 96 * 1024}, {0x30000, 32 * 1024}};
///
/// The journal has at least two erase blocks. How large it is decides how exactly an update resumes after a
/// power cut: docs/porting.md has the sum. A store that is given a journal of its own leaves the third region
/// out.
struct Layout {
  Region slot_a;
  Region slot_b;
  Region journal;

  constexpr const Region& slot(SlotId id) const { return id == SlotId::a ? slot_a : slot_b; }

  /// What the snapshot keeps of it, to notice firmware with other slots.
  constexpr std::uint32_t fingerprint() const {
    std::uint8_t bytes[16] = {};
    store_le32(bytes, slot_a.address);
    store_le32(bytes + 4, slot_a.size);
    store_le32(bytes + 8, slot_b.address);
    store_le32(bytes + 12, slot_b.size);
    return Crc32::of(ConstBytes(bytes));
  }
};

/// True where both slots consist of whole erase blocks of this flash and do not overlap.
template <class Flash>
[[nodiscard]] bool has_sound_slots(const Flash& flash, const Layout& layout) {
  return is_whole_blocks(flash, layout.slot_a) && is_whole_blocks(flash, layout.slot_b) &&
         !layout.slot_a.overlaps(layout.slot_b);
}

}  // namespace tmd
