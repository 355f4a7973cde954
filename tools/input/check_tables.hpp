// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "input/input.hpp"
#include "model/check.hpp"

namespace tmd::model {

/// The check for models that are plain tables of a compiled firmware, or bytes of an unknown form: a patch
/// carries other values, anything else is the code's business.
CheckReport check_tables(const Input& base, const Input& target, const CheckOptions& options);

}  // namespace tmd::model
