// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>

#include "base/bytes.hpp"

namespace tmd::host::input {

/// Bytes by address, as they come from records in any order.
class FlashPieces {
 public:
  /// Throws host::Error where the bytes contradict what stands there already, or are too many.
  void add(std::uint64_t address, ConstBytes bytes);
  /// All of them. Throws host::Error where there are none, or a gap.
  host::Bytes joined() const;

 private:
  std::map<std::uint64_t, host::Bytes> pieces_;  ///< Apart from each other.
  std::size_t size_ = 0;
};

}  // namespace tmd::host::input
