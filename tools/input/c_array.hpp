// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace tmd::host::input {

/// An array of bytes in a C source.
struct CArray {
  std::string name;
  host::Bytes bytes;
};

/// True where the bytes are text; a model never is.
bool is_text(ConstBytes bytes);

/// The byte arrays of a C or C++ source, as `xxd -i`, TFLM's generators and Edge Impulse write them: any type
/// and attributes, numbers in decimal, octal or hexadecimal. Arrays of anything else are passed over. Throws
/// host::Error where an array is cut off, or its length is declared beside it (NAME_len, NAME_size) and
/// differs.
std::vector<CArray> find_c_arrays(std::string_view source);

/// The value of `#define NAME number`, or of a constant `NAME = number`.
std::optional<std::uint32_t> find_number(std::string_view source, std::string_view name);

}  // namespace tmd::host::input
