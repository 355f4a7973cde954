// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>

#include "model/firmware_facts.hpp"
#include "model/limits_json.hpp"
#include "read_or_refuse.hpp"

/// Whatever a header holds: it is read, or refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  read_or_refuse([&] { return tmd::host::model::read_limits_header(text, "limits.hpp"); });
  read_or_refuse([&] { return tmd::host::model::read_limits_json(text, "limits.json"); });
  return 0;
}
