// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tmd/bytes.hpp"

namespace tmd::host {

using Bytes = std::vector<std::uint8_t>;

inline ConstBytes view(const Bytes& bytes) {
  return ConstBytes(bytes.data(), bytes.size());
}

inline std::string_view as_text(ConstBytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline std::string_view as_text(const Bytes& bytes) {
  return as_text(view(bytes));
}

inline void append_le32(Bytes& out, std::uint32_t value) {
  out.resize(out.size() + 4);
  store_le32(out.data() + out.size() - 4, value);
}

inline Bytes to_bytes(ConstBytes view) {
  return Bytes(view.begin(), view.end());
}

}  // namespace tmd::host
