// SPDX-License-Identifier: Apache-2.0
#include "codec/operation_player.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <stdexcept>

TEST_CASE("more counters than a patch may count on are refused, not written behind their place") {
  constexpr std::uint32_t kMost = tmd::codec::DefaultConfig::kCounters;
  const auto body = std::make_unique<tmd::host::AnyBody>();
  CHECK_NOTHROW(body->begin(kMost, 100, 100));
  CHECK_THROWS_AS(body->begin(kMost + 1, 100, 100), std::logic_error);
}
