// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/progress.hpp"
#include "device/body_cipher.hpp"
#include "patch/patch_file.hpp"

namespace tmd::host::device {

/// Applies a patch through the device headers, over flash in memory, and gives the target. Signatures are
/// passed over; an encrypted body is decrypted as it streams, with `cipher`. Throws Error, naming the patch and,
/// where it is not the right one, the base.
[[nodiscard]] Bytes apply_patch(const std::filesystem::path& base_path, ConstBytes base,
                                const patch::PatchFile& patch, const ProgressHook& on_progress = {},
                                BodyCipher* cipher = nullptr);

}  // namespace tmd::host::device
