// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// What the build puts into the program's image: see make_cases.cpp.
extern "C" {
struct PatchCase {
  const char* name;
  const std::uint8_t* base;
  const std::uint8_t* target;
  const std::uint8_t* body;
  std::uint32_t base_size;
  std::uint32_t target_size;
  std::uint32_t body_size;
  std::uint32_t parameters;  ///< Of the codec, as in the patch's header.
};
extern const PatchCase patch_cases[];
extern const std::uint32_t patch_case_count;
}
