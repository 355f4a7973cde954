// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <cstdint>

#include "codec/trial_cost.hpp"
#include "support/bytes.hpp"

namespace tmd::test {

/// Every copy copies what is there, and all together make up the target.
inline void check_exact(const host::Operations& operations, const Bytes& base, const Bytes& target) {
  std::uint32_t at = 0;
  for (const auto& planned : operations) {
    const codec::Operation& operation = planned.operation;
    const ConstBytes goal = view(target).slice(at, operation.length);
    if (operation.kind == codec::OperationKind::copy_base)
      CHECK(equal_bytes(view(base).slice(operation.source, operation.length), goal));
    if (operation.kind == codec::OperationKind::copy_target) {
      CHECK(operation.source < at);
      CHECK(equal_bytes(view(target).slice(operation.source, operation.length), goal));
    }
    at += operation.length;
  }
  CHECK(at == target.size());
}

}  // namespace tmd::test
