// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "cli/command_line.hpp"
#include "device/body_cipher.hpp"
#include "patch/patch_file.hpp"

namespace tmd::host::cli {

/// Adds --decrypt: a file with the secret of the body, as --encrypt takes it.
void add_decrypting_options(Command& command, std::string& key_file);

/// The cipher that a device with this secret has; null where no file is given. Throws host::Error, and UsageError where
/// the patch is not encrypted: who gives a secret expects one that is.
std::unique_ptr<device::BodyCipher> open_cipher(const std::string& key_file, const patch::PatchFile& patch);

}  // namespace tmd::host::cli
