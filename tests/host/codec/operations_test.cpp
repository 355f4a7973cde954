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
  CHECK(decoded.status == tmd::Status::ready_to_finish);
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
  planned.operation.predicted = true;
  CHECK(coded_size(planned, base, target) < alone * 3 / 4);
}

TEST_CASE("rows too long to be remembered foretell one another, with ratios of their own, too") {
  std::mt19937 random(9);
  constexpr std::size_t kRow = 1000;
  constexpr std::size_t kRows = 48;
  const Bytes base = random_bytes(random, kRows * kRow);
  std::vector<int> vectors[2]{std::vector<int>(kRow), std::vector<int>(kRow)};
  for (std::vector<int>& vector : vectors) {
    for (int& element : vector) element = static_cast<int>(random() % 21) - 10;
  }
  Bytes target = base;
  std::vector<tmd::codec::Ratio> ratios(kRows);
  for (std::size_t row = 0; row < kRows; ++row) {
    ratios[row].mantissa = static_cast<std::uint32_t>(900 + random() % 100);
    const int gains[2] = {static_cast<int>(random() % 17) - 8, static_cast<int>(random() % 17) - 8};
    for (std::size_t i = 0; i < kRow; ++i) {
      const int from =
          static_cast<std::int8_t>(base[row * kRow + i]) * static_cast<int>(ratios[row].mantissa) / 1024;
      const int move = (vectors[0][i] * gains[0] + vectors[1][i] * gains[1]) / 8;
      target[row * kRow + i] = static_cast<std::uint8_t>(from + move);
    }
  }
  PlannedOperation planned = whole(OperationKind::delta8, target);
  planned.operation.scaled = true;
  planned.operation.row = kRow;
  planned.ratios = ratios;
  const std::size_t alone = coded_size(planned, base, target);
  planned.operation.predicted = true;
  planned.operation.above = kRow;
  planned.operation.filter.code = 1 << 3 | 1;
  CHECK(coded_size(planned, base, target) < alone * 17 / 20);
}

TEST_CASE("a row that foretells has sixteen elements or more") {
  std::mt19937 random(10);
  const Bytes base = random_bytes(random, 200);
  PlannedOperation planned = whole(OperationKind::delta8, base);
  planned.operation.predicted = true;
  planned.operation.filter.code = 1 << 3;
  for (const std::uint32_t row : {0U, 1U, 15U, 65536U}) {
    planned.operation.above = row;
    CHECK_THROWS(tmd::host::encode_plan({{planned}, {}}, kParameters, view(base), view(base)));
  }
  planned.operation.above = 16;
  coded_size(planned, base, base);
}

TEST_CASE("a difference of bytes may be any, whatever was predicted") {
  std::mt19937 random(2);
  const Bytes base = random_bytes(random, 3000);
  const Bytes target = random_bytes(random, 3000);
  for (const std::uint32_t stride : {0U, 1U, 85U, 86U, 128U, 129U, 256U}) {
    PlannedOperation planned = whole(OperationKind::delta8, target);
    planned.operation.stride = stride;
    planned.operation.predicted = true;
    for (const std::uint32_t row : {16U, 17U, 256U, 3000U, 65535U}) {
      planned.operation.above = row;
      planned.operation.filter.code = static_cast<std::uint8_t>((row + stride) % 32);
      CHECK(coded_size(planned, base, target) < 3450);
    }
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

TEST_CASE("weights around another zero cost what they do around 0") {
  std::mt19937 random(12);
  const auto bell = [&] { return static_cast<int>(random() % 21 + random() % 21 + random() % 21) - 30; };
  Bytes base(6000);
  Bytes target(6000);
  for (std::size_t i = 0; i < base.size(); ++i) {
    const int weight = bell();
    base[i] = static_cast<std::uint8_t>(weight);
    target[i] =
        static_cast<std::uint8_t>(i % 4 == 0 ? 0 : weight * 9 / 10 + static_cast<int>(random() % 3) - 1);
  }
  const auto moved = [](Bytes bytes, unsigned by) {
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(byte + by);
    return bytes;
  };
  for (const OperationKind kind : {OperationKind::weights8, OperationKind::delta8}) {
    PlannedOperation planned = whole(kind, target);
    planned.operation.sparse = true;
    planned.operation.scaled = kind == OperationKind::delta8;
    planned.ratios = {{922, 0}};
    const std::size_t around_0 = coded_size(planned, base, target);
    planned.operation.centred = true;
    planned.operation.centre = 131;
    const std::size_t elsewhere = coded_size(planned, moved(base, 131), moved(target, 131));
    CHECK(elsewhere <= around_0 + 3);
  }
}

TEST_CASE("averaged models and slow statistics take any bytes, too") {
  std::mt19937 random(13);
  const Bytes base = random_bytes(random, 3000);
  const Bytes target = random_bytes(random, 3000);
  for (const OperationKind kind : {OperationKind::weights8, OperationKind::delta8}) {
    PlannedOperation planned = whole(kind, target);
    planned.operation.averaged = true;
    planned.operation.slow = kind == OperationKind::delta8;
    CHECK(coded_size(planned, base, target) < 3300);
  }
  for (const OperationKind kind : {OperationKind::delta32, OperationKind::float32}) {
    PlannedOperation planned = whole(kind, target);
    planned.operation.slow = true;
    CHECK(coded_size(planned, base, target) < 3600);
  }
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

TEST_CASE("new weights that go on as those before, as over a window of time, are predicted") {
  std::mt19937 random(11);
  constexpr std::size_t kRow = 128;
  Bytes target(64 * kRow);
  for (std::size_t i = 0; i < target.size(); ++i) {
    const auto before = [&](std::size_t rows) {
      return i < rows * kRow ? 0 : static_cast<std::int8_t>(target[i - rows * kRow]);
    };
    target[i] = static_cast<std::uint8_t>(before(1) * 3 / 2 - before(2) * 3 / 4 +
                                          static_cast<int>(random() % 31) - 15);
  }
  PlannedOperation planned = whole(OperationKind::weights8, target);
  planned.operation.stride = kRow;
  const std::size_t alone = coded_size(planned, {}, target);
  planned.operation.predicted = true;
  planned.operation.filter.code = 5;
  CHECK(coded_size(planned, {}, target) < alone * 19 / 20);
  planned.operation.above = kRow;
  planned.operation.filter.code = 1 << 3 | 1;
  CHECK(coded_size(planned, {}, target) < alone * 19 / 20);
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
