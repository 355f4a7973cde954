// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "input/c_array.hpp"

namespace tmd::host::input {

/// True where a source is a weights.h as NNoM's scripts write it: it names that library, or has its macros for kernels
/// and biases.
bool is_nnom(std::string_view source);

/// The kernels and biases of a weights.h, one after the other as in the file: a table that firmware may keep
/// in flash, and a model for the codec. `name` is the file's. Throws host::Error where there are none, or
/// where one of them cannot be read; other arrays (shifts, buffers) belong to the code and are passed over.
host::Bytes nnom_weights(const CSource& source, const std::string& name);

}  // namespace tmd::host::input
