// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace board {

/// The peripheral register at this address.
inline volatile std::uint32_t& word(std::uintptr_t address) {
  return *reinterpret_cast<volatile std::uint32_t*>(address);
}

}  // namespace board
