// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "device/body_cipher.hpp"

namespace tmd::cli {

/// Adds --decrypt: a file with the secret of the body, as --encrypt takes it.
void add_decrypting_options(CLI::App& command, std::string& key_file);

/// The cipher that a device with this secret has; null where no file is given. Throws host::Error.
std::unique_ptr<host::BodyCipher> open_cipher(const std::string& key_file);

}  // namespace tmd::cli
