// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "model/firmware_facts.hpp"

/// Whatever a header holds: it is read, or refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    (void)tmd::host::model::read_limits_header(std::string(reinterpret_cast<const char*>(data), size),
                                               "limits.hpp");
  } catch (const tmd::host::Error&) {
  }
  return 0;
}
