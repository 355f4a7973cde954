// SPDX-License-Identifier: Apache-2.0
#include "codec/join_operations.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <random>

#include "host/codec/exact_operations.hpp"
#include "support/bytes.hpp"

namespace {

using tmd::codec::OperationKind;
using tmd::host::Operations;
using tmd::test::Bytes;
using tmd::test::check_exact;
using tmd::test::random_bytes;
using tmd::test::view;

}  // namespace

TEST_CASE("small changes side by side share operations, where that is cheaper") {
  std::mt19937 random(8);
  const Bytes base = random_bytes(random, 4000);
  Bytes target = base;
  Operations apart;
  std::uint32_t at = 0;
  const auto add = [&](OperationKind kind, std::uint32_t length) {
    apart.push_back(tmd::host::simple_operation(kind, length, at));
    at += length;
  };
  add(OperationKind::copy_base, 2000);
  for (unsigned i = 0; i < 20; ++i) {
    target[at] = static_cast<std::uint8_t>(target[at] + 1);
    add(OperationKind::literal, 1);
    add(OperationKind::copy_base, 7);
  }
  add(OperationKind::copy_base, 4000 - at);
  const Operations joined = tmd::host::join_operations(apart, view(base), view(target), 1024);
  check_exact(joined, base, target);
  const auto price = [&](const Operations& operations) {
    auto body = std::make_unique<tmd::host::AnyBody>();
    body->begin(1024, 4000, 4000);
    return tmd::host::cost_of(*body, operations, view(base), view(target));
  };
  CHECK(price(joined) * 3 < price(apart) * 2);
}

TEST_CASE("in a hurry, large arrays are not sought for neighbours to join") {
  std::mt19937 random(18);
  const Bytes base = random_bytes(random, 30000);
  const Bytes target = random_bytes(random, 30000);
  Operations apart;
  for (std::uint32_t at = 0; at < 30000; at += 10)
    apart.push_back(tmd::host::simple_operation(OperationKind::literal, 10, at));
  const auto joined = [&](tmd::host::Effort effort) {
    return tmd::host::join_operations(apart, view(base), view(target), 1024, effort).size();
  };
  CHECK(joined(tmd::host::Effort::quick) == apart.size());
  CHECK(joined(tmd::host::Effort::standard) < apart.size());
}
