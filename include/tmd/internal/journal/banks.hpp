// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/flash/flash_port.hpp"
#include "tmd/internal/journal/row.hpp"

namespace tmd::detail {

/// How the flash journal's region is used: two banks of whole erase blocks, rows of one size.
struct Banks {
  Region bank[2] = {};
  RowSize row;

  /// Splits a region where its halves are nearest in size; blocks that the second bank does not need to be as
  /// large as the first are left unused. False where the region is not two banks of whole blocks.
  template <class Flash>
  bool split(const FlashPort<Flash>& port, const Region& region) {
    if (!is_whole_blocks(port, region)) return false;
    const std::uint32_t unit = port.program_size(region.address);
    row.bytes = unit < sizeof(Row) ? sizeof(Row) : unit;
    bank[0] = bank[1] = Region{region.address, 0};
    for (std::uint32_t at = region.address; at < region.end();) {
      const std::uint32_t block = port.erase_size(at);
      // A program call stays within one block.
      if (block % row.call() != 0) return false;
      if (bank[1].size == 0 && 2 * bank[0].size + block < region.size) {
        bank[0].size += block;
        bank[1].address += block;
      } else if (bank[1].size < bank[0].size) {
        bank[1].size += block;
      }
      at += block;
    }
    return bank[1].size != 0;
  }

  /// Whether each bank has room for so many states of this size, in both their copies.
  bool hold(std::uint32_t states, std::uint32_t state_size) const {
    const std::uint32_t room = states * row.state_room(state_size);
    return room <= bank[0].size && room <= bank[1].size;
  }
};

}  // namespace tmd::detail
