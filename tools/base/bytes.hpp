// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "tmd/bytes.hpp"

namespace tmd::host {

using Bytes = std::vector<std::uint8_t>;

inline ConstBytes view(const Bytes& bytes) {
  return ConstBytes(bytes.data(), bytes.size());
}

inline Bytes to_bytes(ConstBytes view) {
  return Bytes(view.begin(), view.end());
}

}  // namespace tmd::host
