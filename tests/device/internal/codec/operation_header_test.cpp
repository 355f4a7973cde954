// SPDX-License-Identifier: Apache-2.0
// Operations that no honest planner makes: what the decoder says to them before it has read or written anything.
#include "tmd/internal/codec/operation_header.hpp"

#include <doctest/doctest.h>

#include "device/internal/codec/forged_body.hpp"
#include "support/bytes.hpp"

using namespace tmd;
using namespace tmd::test;
using codec::OperationKind;

namespace {

/// So, and before a byte of that operation was written: `done` bytes were before it.
bool is_refused_at_once(const Bytes& base, const Bytes& body, std::uint32_t target_length,
                        std::size_t done = 0) {
  const Decoded result = decoded(base, body, target_length, done);
  return result.status == Status::body_malformed && result.target.size() == done;
}

}  // namespace

TEST_CASE("an operation that goes on beyond the target is malformed") {
  const Bytes base = random_bytes(300, 1);
  const Bytes target = random_bytes(200, 2);
  for (const OperationKind kind : {OperationKind::literal, OperationKind::copy_base}) {
    Forger forger(base, target);
    REQUIRE(forger.add(kind, 200, 0) == Status::ok);
    const Bytes body = forger.finish();
    CHECK(decoded(base, body, 200).status == Status::ready_to_finish);
    CHECK(is_refused_at_once(base, body, 199));
    CHECK(is_refused_at_once(base, body, 1));
  }
}

TEST_CASE("a copy from beyond the base is malformed") {
  const Bytes base = random_bytes(300, 1);
  const Bytes target(base.begin() + 100, base.begin() + 300);
  Forger forger(base, target);
  REQUIRE(forger.add(OperationKind::copy_base, 200, 100) == Status::ok);
  const Bytes body = forger.finish();
  CHECK(decoded(base, body, 200).status == Status::ready_to_finish);
  CHECK(is_refused_at_once(Bytes(base.begin(), base.begin() + 299), body, 200));
  CHECK(is_refused_at_once({}, body, 200));
}

TEST_CASE("a copy of what is not written yet is malformed") {
  const Bytes nothing;
  const Bytes target = random_bytes(200, 2);
  for (const std::uint32_t source : {100U, 101U, 150U, 0x80000000U, 0xFFFFFFFFU}) {
    CAPTURE(source);
    Forger forger(nothing, target);
    REQUIRE(forger.add(OperationKind::literal, 100, 0) == Status::ok);
    // The encoder refuses as well, but only once these bits are written.
    REQUIRE(forger.add_header(OperationKind::copy_target, 50, source) == Status::body_malformed);
    CHECK(is_refused_at_once(nothing, forger.finish(), 200, 100));
  }
}
