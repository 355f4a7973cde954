// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "tmd/bytes.hpp"

namespace tmd::host::input {

/// What a file is, by its content.
enum class FileLook {
  empty,
  elf,
  zip,
  tflite,
  gzip,
  uf2,
  intel_hex,
  s_record,
  text,   ///< Text of any other kind: perhaps a C source, else no model.
  other,  ///< Something known that is no model: a picture, a patch, another archive.
  binary  ///< Bytes that nothing here knows: perhaps plain weights.
};

FileLook look_at(ConstBytes file);

/// "an HTML page; …": what a file that is text or `other` looks like, and where it helps what to do. Never empty for
/// these two.
std::string_view description_of(ConstBytes file);

/// True where the bytes are text in UTF-8 or a similar encoding; a model never is.
bool is_text(ConstBytes bytes);

}  // namespace tmd::host::input
