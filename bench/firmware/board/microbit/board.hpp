// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nvmc_flash.hpp"
#include "tmd/internal/store/layout.hpp"

// BBC micro:bit 1: the nRF51's own flash, behind its controller.
namespace board {

constexpr const char* kName = "microbit (Cortex-M0)";

/// As memory.ld says.
constexpr tmd::Layout kLayout = {{0x1C000, 72 * 1024}, {0x2E000, 72 * 1024}, {0x18000, 16 * 1024}};
using Flash = NvmcFlash;

inline Flash& flash() {
  static Flash flash;
  return flash;
}

/// The image that was loaded brought the model: it lies in slot A.
inline tmd::Status program_factory_model() {
  return tmd::Status::ok;
}

}  // namespace board
