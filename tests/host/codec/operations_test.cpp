// SPDX-License-Identifier: Apache-2.0
// Single operations, coded and decoded: what each of them is for.
#include <doctest/doctest.h>

#include <cstdint>
#include <random>
#include <vector>

#include "codec/encode_body.hpp"
#include "codec/encode_plan.hpp"
#include "codec/trial_cost.hpp"
#include "support/bytes.hpp"
#include "tmd/bytes.hpp"

namespace {

using tmd::codec::OperationKind;
using tmd::host::PlannedOperation;
using tmd::test::Bytes;
using tmd::test::random_bytes;
using tmd::test::view;

constexpr std::uint8_t kParameters = 24;

/// The bytes of body that one operation takes; what it decodes to is the target again.
std::size_t coded_size(const PlannedOperation& planned, const Bytes& base, const Bytes& target) {
  tmd::host::EncodedBody body;
  REQUIRE_NOTHROW(body = tmd::host::encode_plan({{planned}, {}}, kParameters, view(base), view(target)));
  const tmd::host::DecodedBody decoded = tmd::host::decode_body(view(base), kParameters, view(body.bytes),
                                                                static_cast<std::uint32_t>(target.size()));
  CHECK(decoded.status == tmd::Status::complete);
  CHECK(decoded.target == target);
  return body.bytes.size();
}

PlannedOperation whole(OperationKind kind, const Bytes& target) {
  return tmd::host::simple_operation(kind, static_cast<std::uint32_t>(target.size()), 0);
}

/// Little-endian floats of about the size of weights, as their bits.
Bytes random_floats(std::mt19937& random, std::size_t count) {
  Bytes bytes(4 * count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto exponent = static_cast<std::uint32_t>(118 + random() % 8);
    const auto others = static_cast<std::uint32_t>(random()) & 0x807FFFFFU;
    tmd::store_le32(bytes.data() + 4 * i, exponent << 23 | others);
  }
  return bytes;
}

}  // namespace

TEST_CASE("rows that all move along one vector, each by a gain of its own, foretell one another") {
  std::mt19937 random(1);
  constexpr std::size_t kRow = 100;
  const Bytes base = random_bytes(random, 60 * kRow);
  std::vector<int> vector(kRow);
  for (int& element : vector) element = static_cast<int>(random() % 21) - 10;
  Bytes target = base;
  for (std::size_t row = 0; row < 60; ++row) {
    const int gain = static_cast<int>(random() % 17) - 8;
    for (std::size_t i = 0; i < kRow; ++i)
      target[row * kRow + i] = static_cast<std::uint8_t>(target[row * kRow + i] + vector[i] * gain / 8);
  }
  PlannedOperation planned = whole(OperationKind::delta8, target);
  planned.operation.stride = kRow;
  const std::size_t alone = coded_size(planned, base, target);
  planned.operation.follows = true;
  CHECK(coded_size(planned, base, target) < alone * 3 / 4);
}

TEST_CASE("a difference of bytes may be any, whatever was foretold") {
  std::mt19937 random(2);
  const Bytes base = random_bytes(random, 3000);
  const Bytes target = random_bytes(random, 3000);
  for (const std::uint32_t stride : {0U, 1U, 85U, 86U, 128U, 129U, 256U}) {
    PlannedOperation planned = whole(OperationKind::delta8, target);
    planned.operation.stride = stride;
    planned.operation.follows = true;
    CHECK(coded_size(planned, base, target) < 3300);
  }
}

TEST_CASE("pruned weights cost next to nothing where the small ones were taken") {
  std::mt19937 random(3);
  const Bytes base = random_bytes(random, 8000);
  Bytes target = base;
  for (std::uint8_t& byte : target) {
    const int weight = static_cast<std::int8_t>(byte);
    byte = weight > -64 && weight < 64
               ? std::uint8_t{0}
               : static_cast<std::uint8_t>(weight + static_cast<int>(random() % 3) - 1);
  }
  PlannedOperation planned = whole(OperationKind::delta8, target);
  const std::size_t dense = coded_size(planned, base, target);
  planned.operation.sparse = true;
  const std::size_t sparse = coded_size(planned, base, target);
  CHECK(sparse < dense / 2);
  CHECK(sparse < 4000 * 1.8 / 8);  // log2(3) = 1.58 bits for each that is left.
}

TEST_CASE("pruned floats may be either zero") {
  std::mt19937 random(4);
  const Bytes base = random_floats(random, 2000);
  Bytes target = base;
  for (std::size_t i = 0; i < target.size(); i += 4) {
    if (tmd::load_le32(target.data() + i) << 1 >> 24 < 122)
      tmd::store_le32(target.data() + i, static_cast<std::uint32_t>(random()) & 0x80000000U);
  }
  for (const OperationKind kind : {OperationKind::float32, OperationKind::weights32}) {
    PlannedOperation planned = whole(kind, target);
    const std::size_t dense = coded_size(planned, base, target);
    planned.operation.sparse = true;
    CHECK(coded_size(planned, base, target) < dense * 2 / 3);
  }
}

TEST_CASE("new weights may be any") {
  std::mt19937 random(5);
  const Bytes target = random_bytes(random, 4000);
  for (const bool sparse : {false, true}) {
    PlannedOperation planned = whole(OperationKind::weights8, target);
    planned.operation.sparse = sparse;
    CHECK(coded_size(planned, {}, target) < 4200);
  }
  for (const OperationKind kind : {OperationKind::weights32, OperationKind::literal}) {
    CHECK(coded_size(whole(kind, target), {}, target) < 4500);
  }
}

TEST_CASE("literals that are pairs of small weights cost little more than the weights do") {
  std::mt19937 random(6);
  // Half of the weights are 0, an eighth each 1, 2, 14 and 15: 2 bits each.
  const auto weight = [&]() -> std::uint8_t {
    constexpr std::uint8_t kWeights[] = {0, 0, 0, 0, 1, 2, 14, 15};
    return kWeights[random() % 8];
  };
  Bytes target(4000);
  for (std::uint8_t& byte : target) byte = static_cast<std::uint8_t>(weight() << 4 | weight());
  CHECK(coded_size(whole(OperationKind::literal, target), {}, target) < 4000 * 2 * 2 / 8 * 21 / 20);
}

TEST_CASE("literals of few values, as of clustered weights, cost little more than telling which") {
  std::mt19937 random(8);
  constexpr std::uint8_t kClusters[] = {140, 160, 180, 200, 220, 240, 250, 255,
                                        3,   9,   20,  33,  55,  70,  90,  120};
  Bytes target(8000);
  for (std::uint8_t& byte : target) byte = kClusters[random() % 16];
  CHECK(coded_size(whole(OperationKind::literal, target), random_bytes(random, 8000), target) <
        8000 * 4 / 8 * 11 / 10);
}

TEST_CASE("a literal's half that is the base's costs next to nothing") {
  std::mt19937 random(7);
  const Bytes base = random_bytes(random, 4000);
  Bytes target = base;
  for (std::uint8_t& byte : target) byte = static_cast<std::uint8_t>((random() & 0xF0U) | (byte & 15U));
  CHECK(coded_size(whole(OperationKind::literal, target), base, target) < 4000 / 2 * 6 / 5);
}
