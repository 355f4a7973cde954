// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tmd/bytes.hpp"
#include "tmd/digest/digest.hpp"

// What the build puts into the program's image: see make_images.cpp.
namespace images {

extern "C" {
extern const std::uint8_t base_image[];
extern const std::uint8_t base_image_end[];
extern const std::uint8_t base_digest[];
extern const std::uint8_t patch_image[];
extern const std::uint8_t patch_image_end[];
extern const std::uint8_t target_digest[];
extern const std::uint8_t windows_image[];  // only where make_images was given some
extern const std::uint8_t windows_image_end[];
}

inline tmd::ConstBytes base() {
  return tmd::ConstBytes(base_image, static_cast<std::size_t>(base_image_end - base_image));
}
inline tmd::ConstBytes patch() {
  return tmd::ConstBytes(patch_image, static_cast<std::size_t>(patch_image_end - patch_image));
}

/// Recorded gestures: for each the index of its class, then the model's input.
inline tmd::ConstBytes windows() {
  return tmd::ConstBytes(windows_image, static_cast<std::size_t>(windows_image_end - windows_image));
}

inline tmd::Digest sha256(const std::uint8_t* bytes) {
  tmd::Digest digest;
  digest.kind = tmd::DigestKind::sha256;
  for (std::size_t i = 0; i < tmd::Digest::kMaxSize; ++i) digest.bytes[i] = bytes[i];
  return digest;
}

}  // namespace images
