// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "input/input.hpp"

namespace tmd::host::input {

/// Finds the model in a file or folder by what is in it, not by its name: a TFLite model, an array of a C source, a
/// part of an ELF file, an Edge Impulse export, or one of these packed by gzip or as Intel HEX, S-records or UF2.
/// Bytes of no known form are taken as they are. Throws host::Error, naming the path, where it cannot be read, holds
/// several models and none is chosen, or is empty, text or something else that is no model: the message says what it
/// looks like.
Input load_input(const std::filesystem::path& path, const InputChoice& choice = {});

/// The same of what a device may have, or not: /dev/null is no model.
Input load_base(const std::filesystem::path& path, const InputChoice& choice = {});

/// What was read, and of which kind it turned out to be.
struct ReadFile {
  InputKind kind;
  std::filesystem::path name;
};

/// Throws host::Error where `choice` names a part and none of these files is of a kind that has such parts: it would be
/// passed over in silence.
void check_part_is_there(const std::vector<ReadFile>& files, const InputChoice& choice);

/// The same for base and target. Throws host::Error also where one is a TFLite model and the other is some other kind
/// of file: one of them is not what was meant. No model at all goes with everything, and so does what is taken with
/// --raw.
void check_same_kind(const Input& base, const std::filesystem::path& base_name, const Input& target,
                     const std::filesystem::path& target_name, const InputChoice& choice);

}  // namespace tmd::host::input
