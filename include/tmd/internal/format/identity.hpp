// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/digest/crc32.hpp"
#include "tmd/internal/format/format2.hpp"

namespace tmd {

/// Tells one patch from another: a number that depends on every byte before the body. In format 2 that is the
/// CRC-32 of all of them but the manifest's own check, which says nothing that the bytes before it do not: a CRC
/// over bytes that end in their own CRC would forget them. `front` is the patch up to its body, `manifest` what it
/// was parsed to.
constexpr std::uint32_t identity_of(const ConstBytes& front, const Manifest& manifest) {
  const std::uint32_t check = manifest.version == kFormat2 ? format2::kCheckSize : 0;
  const std::uint32_t crc = Crc32::of(front.first(manifest.signed_size - check));
  return Crc32::of(front.first(manifest.body_offset).from(manifest.signed_size), crc);
}

}  // namespace tmd
