// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "codec/script.hpp"

namespace tmd::host {

struct Plan {
  std::vector<PlannedOperation> operations;
};

/// Chooses the operations that turn `base` into `target`.
Plan make_plan(ConstBytes base, ConstBytes target, std::uint32_t hashed_slots,
               const std::function<void(double)>& progress);

}  // namespace tmd::host
