// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "model/firmware_facts.hpp"
#include "model/limits_json.hpp"

/// Whatever a header holds: it is read, or refused.
namespace {

template <class Read>
void read_or_refuse(Read read) {
  try {
    (void)read();
  } catch (const tmd::host::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  read_or_refuse([&] { return tmd::host::model::read_limits_header(text, "limits.hpp"); });
  read_or_refuse([&] { return tmd::host::model::read_limits_json(text, "limits.json"); });
  return 0;
}
