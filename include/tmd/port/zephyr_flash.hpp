// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <zephyr/drivers/flash.h>
#include <zephyr/storage/flash_map.h>
#if __has_include(<zephyr/version.h>)
#include <zephyr/version.h>
#else
#include <version.h>
#endif

#include <cstdint>

#include "tmd/flash.hpp"
#include "tmd/port/bus.hpp"

namespace tmd {
namespace port {

/// One fixed partition of a Zephyr board: nRF52, nRF53, nRF54L (RRAM), STM32, and every other part that Zephyr has a
/// flash driver for. Sizes, the write block and the erased value (0x00 on STM32L0 and L1, PSoC 6, XMC4) come from the
/// device tree through the driver. Offsets are the partition's own.
///
/// Wants CONFIG_FLASH_MAP, CONFIG_FLASH_PAGE_LAYOUT and CONFIG_REQUIRES_FULL_LIBCPP. Calls may sleep: not from an
/// interrupt, and from one thread (docs/integration.md). Where the radio owns the flash (nRF5x) Zephyr's driver waits
/// for a slot between radio events. `kLargestUnit`: bytes of the largest write block, 256 or 512 on some parts.
///
///     static tmd::port::ZephyrFlash<> flash;
///     status = flash.open(FIXED_PARTITION_ID(models_partition));
template <std::uint32_t kLargestUnit = 32>
class ZephyrFlash {
 public:
  static constexpr std::uint32_t kLargestProgramUnit = kLargestUnit;

  /// Before anything else. ok; not_found: no such partition, or its driver is not ready; invalid_layout: a write block
  /// above `kLargestUnit`, or pages that can't be asked for.
  [[nodiscard]] Status open(std::uint8_t partition_id) {
    if (flash_area_open(partition_id, &area_) != 0) return Status::not_found;
    device_ = flash_area_get_device(area_);
    if (device_ == nullptr || !device_is_ready(device_)) return Status::not_found;
    program_size_ = static_cast<std::uint32_t>(flash_area_align(area_));
    erased_ = flash_area_erased_val(area_);
    return program_size_ <= kLargestUnit && erase_size(0) != 0 ? Status::ok : Status::invalid_layout;
  }

  std::uint32_t size() const { return static_cast<std::uint32_t>(area_->fa_size); }
  /// 0 where the driver has no page there.
  std::uint32_t erase_size(std::uint32_t address) const {
    flash_pages_info page = {};
    const off_t offset = area_->fa_off + static_cast<off_t>(address);
    if (flash_get_page_info_by_offs(device_, offset, &page) != 0) return 0;
    return static_cast<std::uint32_t>(page.size);
  }
  std::uint32_t program_size(std::uint32_t /*address*/) const { return program_size_; }

  Status read(std::uint32_t address, MutableBytes out) {
    if (!is_inside(address, out.size(), size())) return Status::out_of_bounds;
    const int error = flash_area_read(area_, static_cast<off_t>(address), out.data(), out.size());
    return error == 0 ? Status::ok : Status::read_failed;
  }
  Status program(std::uint32_t address, ConstBytes bytes) {
    if (!is_inside(address, bytes.size(), size())) return Status::out_of_bounds;
    const int error = flash_area_write(area_, static_cast<off_t>(address), bytes.data(), bytes.size());
    return error == 0 ? Status::ok : Status::program_failed;
  }
  Status erase(std::uint32_t address) {
    const std::uint32_t length = erase_size(address);
    if (length == 0 || !is_inside(address, length, size())) return Status::out_of_bounds;
#if KERNEL_VERSION_NUMBER >= 0x30700
    // Parts without erase (RRAM, MRAM) are filled with the erased value.
    const int error = flash_area_flatten(area_, static_cast<off_t>(address), length);
#else
    const int error = flash_area_erase(area_, static_cast<off_t>(address), length);
#endif
    return error == 0 ? Status::ok : Status::erase_failed;
  }
  Status is_blank(std::uint32_t address, std::uint32_t length, bool& blank) {
    return reads_as(*this, address, length, erased_, blank);
  }

 private:
  const flash_area* area_ = nullptr;
  const device* device_ = nullptr;
  std::uint32_t program_size_ = 0;
  std::uint8_t erased_ = 0xFF;
};

}  // namespace port
}  // namespace tmd
