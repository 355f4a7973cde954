// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/any_limits.hpp"
#include "device/body_cipher.hpp"
#include "device/cut_flash.hpp"
#include "device/file_flash.hpp"
#include "tmd/config.hpp"
#include "tmd/flash/counted_flash.hpp"

namespace tmd::host::device {

/// The flash of a simulated device: counted, and with the power cut in the middle of one operation.
using SimulatedFlash = CutFlash<CountedFlash<FileFlash>>;

/// The library's defaults, as a device has them; only that signatures and limits are not a simulation's matter, and
/// that the manifest's buffer is as long as the patch wants it.
template <std::uint32_t kManifestBuffer>
struct SimulatedConfig : DefaultConfig<SimulatedFlash> {
  static constexpr bool kFormat1 = true;
  using Authentication = IgnoreSignatures;
  using Cipher = CallersCipher;
  using Limits = AnyLimits;
  static constexpr std::uint32_t kManifestSize = kManifestBuffer;
  static constexpr std::uint32_t kFactsSize = 0;
};

/// Calls `run` with the configuration of a firmware that takes a manifest of so many bytes. The first buffer is the
/// decoder's own memory: neither the updater nor its checkpoints are larger than with the library's default. The last
/// one is about the longest that any firmware can have; it refuses what is longer.
template <class Run>
auto with_config_for(std::uint32_t manifest_size, Run&& run) {
  constexpr std::uint32_t kNoCost = sizeof(DefaultConfig<SimulatedFlash>::Decoder);
  if (manifest_size <= kNoCost) return run(SimulatedConfig<kNoCost>{});
  if (manifest_size <= 0x4000) return run(SimulatedConfig<0x4000>{});
  return run(SimulatedConfig<0xE000>{});
}

}  // namespace tmd::host::device
