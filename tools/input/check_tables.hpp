// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "input/input.hpp"
#include "model/check.hpp"

namespace tmd::host::input {

/// The check for models that are plain tables of a compiled firmware, or bytes of an unknown form: a patch
/// carries other values, anything else is the code's business. Where the firmware states the digest of its code or the
/// room of a slot, these count, not the base.
model::CheckReport check_tables(const Input& base, const Input& target, const model::CheckOptions& options,
                                const model::FirmwareFacts& firmware = {});

/// Adds what two exports compile into the firmware in different ways: each is a reason for a firmware update.
void add_compiled_in(model::CheckReport& report, const Input& base, const Input& target);

}  // namespace tmd::host::input
