// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/status.hpp"

namespace tmd {

/// The value of manifest entry 0x17: u16 schema, varint bytes of the companion data at the model's end.
struct CompanionEntry {
  std::uint16_t schema = 0;
  std::uint32_t size = 0;
};

/// ok; malformed_manifest, also where they are longer than the model.
[[nodiscard]] inline Status parse_companion(ConstBytes value, std::uint32_t model_length,
                                            CompanionEntry& entry) {
  ByteReader reader(value);
  entry.schema = reader.u16();
  entry.size = reader.varint();
  return reader.failed() || entry.size > model_length ? Status::malformed_manifest : Status::ok;
}

}  // namespace tmd
