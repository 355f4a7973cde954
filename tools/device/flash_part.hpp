// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "device/file_flash.hpp"
#include "tmd/internal/codec/read_window.hpp"
#include "tmd/internal/store/boot_steps.hpp"
#include "tmd/internal/store/layout.hpp"
#include "tmd/model_store.hpp"

namespace tmd::host::device {

/// A part with two slots and a journal behind them, and the journal of an audit log if there is one. In bytes.
struct Part {
  std::uint32_t slot_size = 0;     ///< A multiple of `erase_size`.
  std::uint32_t journal_size = 0;  ///< A multiple of `erase_size`, at least two blocks.
  std::uint32_t erase_size = 4096;
  std::uint32_t program_size = 4;
  std::uint32_t log_size = 0;  ///< A multiple of `erase_size`, at least two blocks; 0: no audit log is kept.

  FlashGeometry geometry() const {
    return {2 * slot_size + journal_size + log_size, erase_size, program_size};
  }
  Region log_region() const { return {2 * slot_size + journal_size, log_size}; }
  Layout layout() const { return {{0, slot_size}, {slot_size, slot_size}, {2 * slot_size, journal_size}}; }
};

/// The smallest slot, in whole erase blocks, that holds a model of this length.
std::uint32_t slot_for(std::uint32_t length, std::uint32_t erase_size);

/// A part for updates in place: slot, ring of spare blocks, journal and staging area, one behind the other.
struct OneSlotPart {
  Layout layout;
  Region staging;
  FlashGeometry geometry;
};
/// Blocks and spares are the window's; every size is rounded up to whole blocks.
OneSlotPart one_slot_part(const codec::ReadWindow& window, std::uint32_t model_bytes,
                          std::uint32_t journal_bytes, std::uint32_t staging_bytes,
                          std::uint32_t program_size);

/// What firmware knows of a model that it left the factory with.
FactoryModel factory_model(ConstBytes model);

/// Programs a model at the start of slot A, as a factory does. Throws Error where it does not fit.
void program_factory_model(FileFlash& flash, const Part& part, ConstBytes model);

/// Throws Error for a flash image that a device does not boot from: what it found, and what to do.
[[noreturn]] void refuse_image(const FileFlash& flash, Status status);

/// Throws Error where a flash image holds another model than this one.
void require_model(const ActiveModel& active, const std::filesystem::path& path, ConstBytes model);

}  // namespace tmd::host::device
