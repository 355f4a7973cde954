// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <nlohmann/json.hpp>

#include "device/kept_log.hpp"

namespace tmd::host::cli {

/// The audit log that a device kept, an entry a line.
void print_log(std::FILE* out, const device::KeptLog& log);

/// The same for programs; numbers of 32 bits that are checks or names as eight hexadecimal digits.
nlohmann::ordered_json log_json(const device::KeptLog& log);

}  // namespace tmd::host::cli
