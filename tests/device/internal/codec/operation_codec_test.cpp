// SPDX-License-Identifier: Apache-2.0
// Operations that no honest planner makes: what the decoder says to them before it has read or written anything.
#include "tmd/internal/codec/operation_codec.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "codec/encode_body.hpp"
#include "codec/operation_player.hpp"
#include "codec/range_encoder.hpp"
#include "codec/trial_cost.hpp"
#include "support/bytes.hpp"

using namespace tmd;
using namespace tmd::test;
using codec::OperationKind;

namespace {

constexpr std::uint8_t kParameters = 24;

/// A body written by somebody who claims other lengths than the manifest has, or whom no check stops.
class Forger {
 public:
  Forger(const Bytes& base, const Bytes& target) : base_(base), target_(target) {
    body_->begin(codec::counter_count(kParameters), static_cast<std::uint32_t>(base.size()),
                 static_cast<std::uint32_t>(target.size()));
  }
  /// The whole operation, or what of its header is written until the encoder itself refuses it.
  Status add(OperationKind kind, std::uint32_t length, std::uint32_t source) {
    return host::play(*body_, encoder_, host::simple_operation(kind, length, source), view(base_),
                      view(target_));
  }
  Bytes finish() { return encoder_.finish(); }

 private:
  const Bytes& base_;
  const Bytes& target_;
  std::unique_ptr<host::AnyBody> body_ = std::make_unique<host::AnyBody>();
  host::RangeEncoder encoder_;
};

Status decoded(const Bytes& base, const Bytes& body, std::uint32_t target_length) {
  return host::decode_body(view(base), kParameters, view(body), target_length).status;
}

}  // namespace

TEST_CASE("an operation that goes on beyond the target is malformed") {
  const Bytes base = random_bytes(300, 1);
  const Bytes target = random_bytes(200, 2);
  for (const OperationKind kind : {OperationKind::literal, OperationKind::copy_base}) {
    Forger forger(base, target);
    REQUIRE(forger.add(kind, 200, 0) == Status::ok);
    const Bytes body = forger.finish();
    CHECK(decoded(base, body, 200) == Status::ready_to_finish);
    CHECK(decoded(base, body, 199) == Status::body_malformed);
    CHECK(decoded(base, body, 1) == Status::body_malformed);
  }
}

TEST_CASE("a copy from beyond the base is malformed") {
  const Bytes base = random_bytes(300, 1);
  const Bytes target(base.begin() + 100, base.begin() + 300);
  Forger forger(base, target);
  REQUIRE(forger.add(OperationKind::copy_base, 200, 100) == Status::ok);
  const Bytes body = forger.finish();
  CHECK(decoded(base, body, 200) == Status::ready_to_finish);
  CHECK(decoded(Bytes(base.begin(), base.begin() + 299), body, 200) == Status::body_malformed);
  CHECK(decoded({}, body, 200) == Status::body_malformed);
}

TEST_CASE("a copy of what is not written yet is malformed") {
  const Bytes nothing;
  const Bytes target = random_bytes(200, 2);
  for (const std::uint32_t source : {100U, 101U, 150U, 0x80000000U, 0xFFFFFFFFU}) {
    CAPTURE(source);
    Forger forger(nothing, target);
    REQUIRE(forger.add(OperationKind::literal, 100, 0) == Status::ok);
    // The encoder refuses as well, but only once these bits are written.
    REQUIRE(forger.add(OperationKind::copy_target, 50, source) == Status::body_malformed);
    CHECK(decoded(nothing, forger.finish(), 200) == Status::body_malformed);
  }
}
