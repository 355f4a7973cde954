// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "device/file_flash.hpp"
#include "tmd/internal/store/boot_steps.hpp"
#include "tmd/internal/store/layout.hpp"

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

/// What firmware knows of a model that it left the factory with.
FactoryModel factory_model(ConstBytes model);

/// Programs a model at the start of slot A, as a factory does. Throws Error where it does not fit.
void program_factory_model(FileFlash& flash, const Part& part, ConstBytes model);

}  // namespace tmd::host::device
