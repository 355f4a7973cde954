// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "cli/command_line.hpp"
#include "device/body_cipher.hpp"

namespace tmd::host::cli {

/// Adds --decrypt: a file with the secret of the body, as --encrypt takes it.
void add_decrypting_options(Command& command, std::string& key_file);

/// The cipher that a device with this secret has; null where no file is given. Throws host::Error.
std::unique_ptr<device::BodyCipher> open_cipher(const std::string& key_file);

}  // namespace tmd::host::cli
