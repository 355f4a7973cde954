// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/progress.hpp"
#include "device/body_cipher.hpp"
#include "patch/patch_file.hpp"

namespace tmd::host::device {

/// Applies a patch as a device with one slot does, over flash in memory: staged, tried out, and then over its base. As
/// `apply_patch`, which calls this for such patches. One with a way back is applied as by a device with trials, which
/// looks at that too.
[[nodiscard]] Bytes apply_in_place(const std::filesystem::path& base_path, ConstBytes base,
                                   const patch::PatchFile& patch, const ProgressHook& on_progress,
                                   BodyCipher* cipher);

/// What a device with one slot holds after a patch was applied, and after its target was taken back again.
struct ThereAndBack {
  Bytes target;
  Bytes base;
};
/// Both ways of a patch that has a way back.
[[nodiscard]] ThereAndBack there_and_back(const std::filesystem::path& base_path, ConstBytes base,
                                          const patch::PatchFile& patch, BodyCipher* cipher = nullptr);

/// Throws Error where a device refused a patch, naming the patch and, where it is not the right one, the base.
void refuse_unless_ok(const std::filesystem::path& base_path, const patch::PatchFile& patch, Status status,
                      bool decrypted);

}  // namespace tmd::host::device
