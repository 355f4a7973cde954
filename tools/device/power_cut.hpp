// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>

namespace tmd::host::device {

/// Thrown out of a flash operation: power went. No code runs after a cut, and everything that a device holds in RAM
/// is to be thrown away. The device headers are exception neutral.
class PowerCut : public std::exception {
 public:
  const char* what() const noexcept override { return "the power was cut"; }
};

}  // namespace tmd::host::device
