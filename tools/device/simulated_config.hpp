// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/any_limits.hpp"
#include "device/body_cipher.hpp"
#include "device/cut_flash.hpp"
#include "device/file_flash.hpp"
#include "tmd/config.hpp"

namespace tmd::host::device {

/// The flash of a simulated device: counted, and with the power cut in the middle of one operation.
using SimulatedFlash = CutFlash<CountedFlash<FileFlash>>;

/// The library's defaults, as a device has them; only that signatures and limits are not a simulation's matter.
struct SimulatedConfig : DefaultConfig<SimulatedFlash> {
  static constexpr bool kFormat1 = true;
  using Authentication = IgnoreSignatures;
  using Cipher = CallersCipher;
  using Limits = AnyLimits;
  static constexpr std::uint32_t kFactsSize = 0;
};

}  // namespace tmd::host::device
