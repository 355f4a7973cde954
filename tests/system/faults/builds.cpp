// SPDX-License-Identifier: Apache-2.0
#include "system/faults/builds.hpp"

#include <algorithm>

#include "system/faults/device_of.hpp"
#include "tmd/internal/format/identity.hpp"

namespace tmd::faults {

std::uint32_t decoder_size() {
  return sizeof(CommonConfig::Decoder);
}

Bytes signature_over(const Bytes& manifest) {
  std::uint8_t bytes[32];
  sign(view(manifest), bytes);
  return Bytes(bytes, bytes + sizeof(bytes));
}

std::uint32_t identity_of_patch(const Bytes& patch) {
  Manifest manifest;
  (void)parse_manifest<true>(view(patch), manifest);
  return identity_of(view(patch), manifest);
}

}  // namespace tmd::faults
