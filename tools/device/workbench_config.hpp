// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/progress.hpp"
#include "device/any_limits.hpp"
#include "device/body_cipher.hpp"
#include "device/file_flash.hpp"
#include "tmd/config.hpp"

namespace tmd::host::device {

struct ReportingObserver {
  const ProgressHook* hook = nullptr;
  void on_progress(std::uint32_t written, std::uint32_t total) {
    if (hook != nullptr && *hook) (*hook)(written, total);
  }
  void on_end(Status) {}
};

/// A device that takes any patch: no checkpoints, a large page, and room for the longest manifest.
struct WorkbenchConfig : DefaultConfig<FileFlash> {
  static constexpr bool kFormat1 = true;
  using Authentication = IgnoreSignatures;
  using Cipher = CallersCipher;
  using Limits = AnyLimits;
  using Observer = ReportingObserver;
  static constexpr std::uint32_t kPageSize = 4096;
  static constexpr std::uint32_t kManifestSize = 0xE000;
  static constexpr std::uint32_t kCheckpointInterval = 0;
  static constexpr std::uint32_t kWorkPerCall = 0;
  static constexpr std::uint32_t kFactsSize = 0;
  static constexpr std::uint8_t kTrialBoots = 0;
};

}  // namespace tmd::host::device
