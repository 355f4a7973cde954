// SPDX-License-Identifier: Apache-2.0
// What operations that an honest planner does not make read and write.
#include "tmd/internal/codec/operation_codec.hpp"

#include <doctest/doctest.h>

#include "device/internal/codec/forged_body.hpp"
#include "support/bytes.hpp"

using namespace tmd;
using namespace tmd::test;
using codec::OperationKind;

TEST_CASE("a copy of what the target was written over is malformed") {
  const Bytes base = random_bytes(300, 1);
  const Bytes target(base.begin() + 100, base.begin() + 300);
  Forger forger(base, target);
  REQUIRE(forger.add(OperationKind::copy_base, 200, 100) == Status::ok);
  const Bytes body = forger.finish();
  CHECK(decoded(base, body, 200, ~std::size_t{0}, 100).status == Status::ready_to_finish);
  const Decoded behind = decoded(base, body, 200, ~std::size_t{0}, 101);
  CHECK(behind.status == Status::body_malformed);
  CHECK(behind.target.empty());
}

TEST_CASE("a literal byte whose place in the base is gone is no copy, and is decoded all the same") {
  const Bytes base = random_bytes(300, 1);
  const Bytes target = random_bytes(200, 2);
  const Bytes nothing;
  Forger forger(nothing, target);
  REQUIRE(forger.add(OperationKind::literal, 200, 0) == Status::ok);
  // Nothing of the base is left to expect a byte from: as for who has none.
  const Decoded all_gone = decoded(base, forger.finish(), 200, ~std::size_t{0}, 300);
  CHECK(all_gone.status == Status::ready_to_finish);
  CHECK(all_gone.target == target);
}

TEST_CASE("a copy from the target goes on into what it writes itself") {
  Bytes target = random_bytes(5, 3);
  while (target.size() < 200) target.push_back(target[target.size() - 5]);
  const Bytes nothing;
  Forger forger(nothing, target);
  REQUIRE(forger.add(OperationKind::literal, 5, 0) == Status::ok);
  REQUIRE(forger.add(OperationKind::copy_target, 195, 0) == Status::ok);
  const Decoded repeated = decoded(nothing, forger.finish(), 200);
  CHECK(repeated.status == Status::ready_to_finish);
  CHECK(repeated.target == target);
}
