// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace tmd::host::input {

/// An array of integers in a C or C++ source, as its bytes lie in a little-endian processor's memory.
struct CArray {
  std::string name;
  host::Bytes bytes;
  bool is_text = false;  ///< A string of readable characters: a name, no weights.
};

/// What a source has for arrays.
struct CSource {
  std::vector<CArray> arrays;
  /// Arrays that may hold a model but cannot be read, each with the reason and for people.
  std::vector<std::string> not_understood;
};

/// The arrays of a C or C++ source: `unsigned char x[] = {…}` with any attributes, tables of wider integers, string
/// literals, std::array, std::to_array, initialisers without `=`, casts and calculations. Arrays of floats, structures
/// and pointers are passed over. Nothing is guessed: what depends on the preprocessor, on another file or on a type
/// that the source does not say, and an array whose declared length (NAME_len, NAME_size) differs, is reported. Takes
/// any text.
CSource read_c_source(std::string_view source);

/// The value of `#define NAME number`, or of a constant `NAME = number`.
std::optional<std::uint32_t> find_number(std::string_view source, std::string_view name);

}  // namespace tmd::host::input
