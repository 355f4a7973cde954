// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "model/model.hpp"
#include "tmd/bytes.hpp"

namespace tmd::host::model {

/// A model, or why there is none.
struct ParseResult {
  std::optional<Model> model;
  std::string error;  ///< What is wrong where, in one line that follows a file's name and a colon.

  explicit operator bool() const { return model.has_value(); }
};

/// True where the bytes carry TFLite's file identifier.
bool is_tflite(ConstBytes file);

/// Reads a TFLite file of schema version 3. The file is not trusted: whatever it holds ends in a model whose
/// every index and range is valid, or in an error; time and memory are bounded by a multiple of its size.
/// `file` must be aligned as `new` aligns.
ParseResult parse(ConstBytes file);

/// The buffers and tensors of a file that need not be a sound model: what leads outside it is left out, down to a model
/// with nothing in it. There are no operators. For the codec, to which a damaged file is one like any other.
/// `file` must be aligned as `new` aligns.
Model readable_tensors(ConstBytes file);

/// The same as parse; throws host::Error that begins with `name`.
Model parse_or_throw(ConstBytes file, const std::string& name);

}  // namespace tmd::host::model
