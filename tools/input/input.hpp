// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "codec/model_regions.hpp"
#include "model/model_format.hpp"

namespace tmd::host::input {

/// What a file turned out to be.
enum class InputKind {
  tflite,        ///< A TFLite model as it is.
  c_array,       ///< A C or C++ source with the model as an array of bytes.
  edge_impulse,  ///< An Edge Impulse C++ library export, folder or .zip.
  elf,           ///< A section or symbol of a compiled firmware.
  raw,           ///< Bytes of no known form.
};

/// Which part of the input is meant where it has several.
struct InputChoice {
  std::string section;  ///< Of an ELF file: ".model".
  std::string symbol;   ///< Of an ELF file or a C source: "g_weights".
  std::vector<std::string>
      code;  ///< Of an ELF file: sections or functions that read the model; empty: all code and constant data.
  std::vector<std::string> may_differ;  ///< Of an ELF file: sections or symbols that are no part of that.
  bool raw = false;                     ///< Take the file's bytes whatever they are.
};

/// A model as devices hold it in flash, and what its wrapping said about it.
struct Input {
  InputKind kind = InputKind::raw;
  host::Bytes bytes;
  std::string part;                                     ///< Name of the array, section or symbol, or empty.
  std::uint32_t arena_bytes = 0;                        ///< What the export says, 0: nothing.
  std::optional<std::array<std::uint8_t, 16>> family;   ///< UUID derived from the project.
  std::optional<std::array<std::uint16_t, 3>> version;  ///< Major, minor, patch.
  std::map<std::string, std::string> compiled_in;  ///< What an export compiles into the firmware, by name.
  std::vector<host::ModelRegion> regions;  ///< Its arrays, where the wrapping says it, and the bytes do not.
  std::optional<model::RecognisedFormat> format;  ///< Where the wrapping says it, and the bytes do not.
  host::Bytes code_digest;  ///< SHA-256 of the code that reads an ELF file's part, and its data; else empty.
};

/// "a TFLite model", "a C array", …
std::string_view to_string(InputKind kind);

}  // namespace tmd::host::input
