// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "support/flash_parts.hpp"
#include "tmd/flash.hpp"

namespace tmd::test {

/// So many bytes of one part. Several of them, one behind the other, are the flash of a device: internal and
/// external, of unlike erase and program sizes.
struct FlashChip {
  FlashPart part;
  std::uint32_t size = 0;
};

/// Where the erase blocks and program units of such flash lie. Units are counted through over all chips.
class FlashGeometry {
 public:
  struct Block {
    Region region;
    std::uint32_t unit_size;
    std::uint32_t first_unit;
    std::uint32_t chip;

    std::uint32_t units() const { return region.size / unit_size; }
    std::uint32_t unit_at(std::uint32_t address) const {
      return first_unit + (address - region.address) / unit_size;
    }
    std::uint32_t address_of(std::uint32_t unit) const {
      return region.address + (unit - first_unit) * unit_size;
    }
  };

  explicit FlashGeometry(std::vector<FlashChip> chips) : chips_(std::move(chips)) {
    for (std::uint32_t chip = 0; chip < chips_.size(); ++chip) add_chip(chip);
  }

  std::uint32_t size() const { return size_; }
  std::uint32_t units() const { return units_; }
  const std::vector<Block>& blocks() const { return blocks_; }
  std::uint32_t block_index(std::uint32_t address) const { return block_at_[address / kGrain]; }
  const Block& block(std::uint32_t address) const { return blocks_[block_index(address)]; }
  const FlashPart& part(std::uint32_t address) const { return chips_[block(address).chip].part; }
  const FlashPart& part_of(const Block& block) const { return chips_[block.chip].part; }
  const std::vector<FlashChip>& chips() const { return chips_; }

 private:
  static constexpr std::uint32_t kGrain = 256;  ///< Every erase block is a multiple of it.

  void add_chip(std::uint32_t chip) {
    const FlashPart& part = chips_[chip].part;
    for (std::uint32_t offset = 0; offset < chips_[chip].size;) {
      const std::uint32_t erase_size = part.erase_size_at(offset);
      const std::uint32_t index = static_cast<std::uint32_t>(blocks_.size());
      blocks_.push_back({{size_, erase_size}, part.program_size, units_, chip});
      block_at_.insert(block_at_.end(), erase_size / kGrain, index);
      size_ += erase_size;
      units_ += erase_size / part.program_size;
      offset += erase_size;
    }
  }

  std::vector<FlashChip> chips_;
  std::vector<Block> blocks_;
  std::vector<std::uint32_t> block_at_;
  std::uint32_t size_ = 0;
  std::uint32_t units_ = 0;
};

}  // namespace tmd::test
