// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

namespace tmd::faults {

/// An invariant that did not hold.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void require(bool holds, const std::string& what) {
  if (!holds) throw Failure(what);
}

/// So many of them are told; all are counted.
constexpr std::size_t kFailuresKept = 20;

}  // namespace tmd::faults
