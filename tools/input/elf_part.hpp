// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "input/input.hpp"

namespace tmd::host::input {

bool is_elf(ConstBytes file);

/// Takes a section or symbol out of a compiled firmware (32 or 64 bits), with the SHA-256 of the code that
/// reads it: for each chosen section or function, by rising address, u32 address, u32 size and its bytes.
/// Throws host::Error, naming `name`, where the choice names nothing that has bytes.
Input load_elf_part(const host::Bytes& file, const std::string& name, const InputChoice& choice);

}  // namespace tmd::host::input
