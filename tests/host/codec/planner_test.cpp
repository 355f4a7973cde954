// SPDX-License-Identifier: Apache-2.0
#include "codec/planner.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "codec/encode_body.hpp"
#include "codec/encode_plan.hpp"
#include "codec/join_operations.hpp"
#include "codec/proposals.hpp"
#include "codec/structure_parse.hpp"
#include "codec/units.hpp"
#include "support/bytes.hpp"

namespace {

using tmd::ConstBytes;
using tmd::codec::OperationKind;
using tmd::host::Operations;
using tmd::test::Bytes;
using tmd::test::random_bytes;
using tmd::test::view;

std::size_t patch_size(const Bytes& base, const Bytes& target) {
  const tmd::host::EncodedBody body = tmd::host::encode_body(view(base), view(target));
  const tmd::host::DecodedBody again = tmd::host::decode_body(view(base), body.parameters, view(body.bytes),
                                                              static_cast<std::uint32_t>(target.size()));
  REQUIRE(again.status == tmd::Status::ready_to_finish);
  REQUIRE(again.target == target);
  return body.bytes.size();
}
/// Whether every copy copies what is there, and all together make up the target.
void check_exact(const Operations& operations, const Bytes& base, const Bytes& target) {
  std::uint32_t at = 0;
  for (const auto& planned : operations) {
    const tmd::codec::Operation& operation = planned.operation;
    const ConstBytes goal = view(target).slice(at, operation.length);
    if (operation.kind == OperationKind::copy_base)
      CHECK(equal_bytes(view(base).slice(operation.source, operation.length), goal));
    if (operation.kind == OperationKind::copy_target) {
      CHECK(operation.source < at);
      CHECK(equal_bytes(view(target).slice(operation.source, operation.length), goal));
    }
    at += operation.length;
  }
  CHECK(at == target.size());
}

/// Whether a proposal begins with such an operation, for an int8 tensor of this shape that is all of a file.
template <class Is>
bool proposes(const Bytes& base, const Bytes& target, const std::vector<std::uint32_t>& shape, Is is) {
  tmd::host::ModelRegion region;
  region.length = static_cast<std::uint32_t>(target.size());
  region.type = tmd::host::ElementType::int8;
  region.shape = shape;
  const std::vector<tmd::host::ModelRegion> regions{region};
  tmd::host::Unit unit;
  unit.range.length = region.length;
  unit.aligned = true;
  unit.region = 0;
  const std::vector<Operations> found = tmd::host::Proposals(view(base), view(target), regions).of(unit, 0);
  return std::any_of(found.begin(), found.end(),
                     [&](const Operations& operations) { return is(operations.front().operation); });
}

}  // namespace

TEST_CASE("a parse copies only what agrees, however many places it was told of") {
  std::mt19937 random(6);
  const Bytes base = random_bytes(random, 5000);
  const Bytes target = random_bytes(random, 400);
  std::vector<std::uint32_t> hints(300);
  for (std::size_t i = 0; i < hints.size(); ++i) hints[i] = static_cast<std::uint32_t>(7 * i + 1);
  const tmd::host::StructureParser parser(view(base), view(target), {});
  tmd::host::ParserState state;
  state.kind = OperationKind::literal;
  state.shift = 4321;
  state.distance = 100;
  check_exact(parser.parse(0, 400, hints, state, 4321, tmd::host::StructurePrices()), base, target);
}

TEST_CASE("records in another order, each with a number that changed, cost little more than the numbers") {
  std::mt19937 random(7);
  Bytes base;
  std::vector<Bytes> records;
  for (unsigned i = 0; i < 40; ++i) {
    records.push_back(random_bytes(random, 90));
    base.insert(base.end(), records.back().begin(), records.back().end());
  }
  Bytes target;
  for (unsigned i = 40; i-- > 0;) {
    records[i][3] = static_cast<std::uint8_t>(random());
    target.insert(target.end(), records[i].begin(), records[i].end());
  }
  CHECK(patch_size(base, target) < 40 * 9);
}

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

TEST_CASE("a planner in a hurry makes a body that is right, and not much larger") {
  std::mt19937 random(10);
  const Bytes base = random_bytes(random, 4000);
  Bytes target = base;
  for (unsigned i = 0; i < 60; ++i) target[random() % target.size()] = static_cast<std::uint8_t>(random());
  target.erase(target.begin() + 1000, target.begin() + 1100);
  tmd::host::EncodeOptions options;
  options.effort = tmd::host::Effort::quick;
  const tmd::host::EncodedBody quick = tmd::host::encode_body(view(base), view(target), options);
  const tmd::host::DecodedBody again = tmd::host::decode_body(view(base), quick.parameters, view(quick.bytes),
                                                              static_cast<std::uint32_t>(target.size()));
  CHECK(again.status == tmd::Status::ready_to_finish);
  CHECK(again.target == target);
  CHECK(quick.bytes.size() * 4 < patch_size(base, target) * 5);
}

TEST_CASE("in a hurry, large arrays are not sought for neighbours to join, nor unlike files for strings") {
  std::mt19937 random(18);
  const Bytes base = random_bytes(random, 20000);
  const Bytes target = random_bytes(random, 20000);
  Operations apart;
  for (std::uint32_t at = 0; at < 20000; at += 10)
    apart.push_back(tmd::host::simple_operation(OperationKind::literal, 10, at));
  const auto joined = [&](tmd::host::Effort effort) {
    return tmd::host::join_operations(apart, view(base), view(target), 1024, effort).size();
  };
  CHECK(joined(tmd::host::Effort::quick) == apart.size());
  CHECK(joined(tmd::host::Effort::standard) < apart.size());

  tmd::host::EncodeOptions options;
  options.effort = tmd::host::Effort::quick;
  CHECK(tmd::host::encode_body(view(base), view(target), options).bytes.size() < 20000 + 40);
}

TEST_CASE("where bytes are all that counts, the parse keeps more states, and takes the cheaper of both") {
  std::mt19937 random(19);
  Bytes base;
  for (unsigned i = 0; i < 60; ++i) {
    const Bytes record = random_bytes(random, 10 + random() % 30);
    for (unsigned k = 0; k < 3; ++k) base.insert(base.end(), record.begin(), record.end());
  }
  Bytes target = base;
  for (unsigned i = 0; i < 80; ++i) target[random() % target.size()] = static_cast<std::uint8_t>(random());
  std::rotate(target.begin(), target.begin() + 700, target.begin() + 1500);
  tmd::host::EncodeOptions options;
  options.effort = tmd::host::Effort::small;
  CHECK(tmd::host::encode_body(view(base), view(target), options).bytes.size() <= patch_size(base, target));
  const tmd::host::StructureParser parser(view(base), view(target), {});
  const auto size = static_cast<std::uint32_t>(target.size());
  for (const bool wide : {false, true})
    check_exact(parser.parse(0, size, {}, {}, 0, tmd::host::StructurePrices(), wide), base, target);
}

TEST_CASE("rows that a layer keeps when it gets another one are compared with what they were") {
  std::mt19937 random(9);
  const Bytes base = random_bytes(random, 600);
  Bytes target = base;
  for (std::uint8_t& byte : target) byte = static_cast<std::uint8_t>(byte + 1 + random() % 3);
  const Bytes row = random_bytes(random, 100);
  target.insert(target.end(), row.begin(), row.end());
  tmd::host::ModelRegion before;
  before.length = 600;
  before.type = tmd::host::ElementType::int8;
  before.shape = {6, 100};
  tmd::host::ModelRegion after = before;
  after.length = 700;
  after.shape = {7, 100};
  const auto units = tmd::host::split_into_units(view(base), view(target), {before}, {after}, {0});
  REQUIRE(units.size() == 2);
  CHECK(units[0].aligned);
  CHECK(units[0].range.base == 0);
  CHECK(units[0].range.length == 600);
  CHECK_FALSE(units[1].aligned);
  CHECK(units[1].range.target == 600);
}

TEST_CASE("where many weights are zero, one proposal is to ask for that first") {
  std::mt19937 random(11);
  const Bytes base = random_bytes(random, 800);
  const auto proposes_sparse = [&](unsigned kept_of_eight) {
    Bytes target = base;
    for (std::size_t i = 0; i < target.size(); ++i) {
      if (i % 8 >= kept_of_eight) target[i] = 0;
    }
    return proposes(base, target, {8, 100}, [](const auto& operation) { return operation.sparse; });
  };
  CHECK(proposes_sparse(4));
  CHECK_FALSE(proposes_sparse(8));
}

TEST_CASE("weights in a file that is no model are treated as weights") {
  std::mt19937 random(12);
  const auto uses = [](const Bytes& base, const Bytes& target, const char* word) {
    const tmd::host::EncodedBody body = tmd::host::encode_body(view(base), view(target));
    for (const tmd::host::ExplainedRegion& region : body.explanation) {
      if (region.operation.find(word) != std::string::npos) return true;
    }
    return false;
  };
  const Bytes base = random_bytes(random, 4096);
  Bytes pruned = base;
  for (std::uint8_t& byte : pruned) {
    if (static_cast<std::int8_t>(byte) > -80 && static_cast<std::int8_t>(byte) < 80)
      byte = 0;
    else
      byte = static_cast<std::uint8_t>(byte + random() % 3);
  }
  CHECK(uses(base, pruned, "sparse"));

  Bytes trained = base;
  int gain = 0;
  for (std::size_t i = 0; i < trained.size(); ++i) {
    if (i % 64 == 0) gain = static_cast<int>(random() % 9) - 4;
    trained[i] = static_cast<std::uint8_t>(trained[i] + gain * static_cast<int>(i * i % 64 % 7));
  }
  CHECK(uses(base, trained, "predicted"));
}

TEST_CASE("weights of few values are not taken apart because their strings recur") {
  std::mt19937 random(12);
  const auto ternary = [&random] {
    Bytes weights(12000);
    for (std::uint8_t& weight : weights) {
      const auto number = static_cast<std::uint32_t>(random() % 10);
      weight = static_cast<std::uint8_t>(number < 6 ? 0 : number < 8 ? 1 : -1);
    }
    return weights;
  };
  const Bytes base = ternary();
  // 1.371 bits a weight are their entropy: 2,056 bytes.
  CHECK(patch_size(base, ternary()) < 2100);
}

TEST_CASE("a file that no model explains is cut as finely as its arrays want it") {
  std::mt19937 random(14);
  Bytes target;
  while (target.size() < 60000) {
    const std::uint32_t values = target.size() / 1024 % 2 == 0 ? 3 : 200;
    for (unsigned i = 0; i < 1024; ++i) target.push_back(static_cast<std::uint8_t>(random() % values));
  }
  const Bytes base;
  const tmd::host::EncodeOptions options;
  const tmd::host::EncodedBody body = tmd::host::encode_body(view(base), view(target), options);
  const std::uint32_t counters = tmd::codec::counter_count(body.parameters);
  const tmd::host::Plan coarse = tmd::host::make_plan(view(base), view(target), counters, options);
  CHECK(tmd::host::encode_plan(coarse, body.parameters, view(base), view(target), {}).bytes.size() * 99 /
            100 >
        body.bytes.size());
}

TEST_CASE("pieces that a long file was planned in are one operation where they are alike") {
  std::mt19937 random(13);
  const auto operations = [](std::size_t values, std::mt19937& from) {
    Bytes target(40000);
    for (std::uint8_t& byte : target) byte = static_cast<std::uint8_t>(37 * (from() % values));
    const Bytes base;
    const tmd::host::EncodedBody body = tmd::host::encode_body(view(base), view(target));
    return tmd::host::decode_body(view(base), body.parameters, view(body.bytes), 40000).operations.size();
  };
  CHECK(operations(60, random) == 1);
}

TEST_CASE("in a long file of weights without a model, each stretch is coded in its own way") {
  std::mt19937 random(14);
  Bytes target = random_bytes(random, 32768);
  constexpr std::size_t kRow = 128;
  for (std::size_t i = 0; i < 32768; ++i) {
    const int before = static_cast<std::int8_t>(target[target.size() - kRow]);
    target.push_back(static_cast<std::uint8_t>(before * 3 / 4 + static_cast<int>(random() % 31) - 15));
  }
  // Five bits of an element of the second half are news.
  CHECK(patch_size({}, target) < 32768 + 32768 * 11 / 16);
}

TEST_CASE("bytes that resemble no bytes of the base are coded without it") {
  std::mt19937 random(15);
  Bytes base(8192);
  Bytes target(8192);
  for (std::size_t i = 0; i < base.size(); ++i) {
    base[i] = static_cast<std::uint8_t>(random() % 12 * 21);
    target[i] = static_cast<std::uint8_t>(random() % 12 * 21);
  }
  CHECK(patch_size(base, target) <= patch_size({}, target) + 8);
}

TEST_CASE("clustered weights of a model are literals, others are not") {
  std::mt19937 random(13);
  const Bytes base = random_bytes(random, 2048);
  const auto proposes_literals = [&](unsigned values) {
    Bytes target(2048);
    for (std::uint8_t& byte : target) byte = static_cast<std::uint8_t>(random() % values * 255 / values);
    return proposes(base, target, {16, 128},
                    [](const auto& operation) { return operation.kind == OperationKind::literal; });
  };
  CHECK(proposes_literals(16));
  CHECK_FALSE(proposes_literals(255));
}

TEST_CASE("a layer over a window that was made one dimension is tried at the window's width") {
  const auto strides_tried = [](const std::vector<std::uint32_t>& shape) {
    tmd::host::ModelRegion region;
    region.length = 1;
    for (const std::uint32_t size : shape) region.length *= size;
    region.type = tmd::host::ElementType::int8;
    region.shape = shape;
    const std::vector<tmd::host::ModelRegion> regions{region};
    tmd::host::Unit unit;
    unit.range.length = region.length;
    unit.region = 0;
    std::vector<std::uint32_t> strides;
    for (const auto& mode : tmd::host::Proposals({}, {}, regions).prediction_modes(unit))
      strides.push_back(mode.stride);
    return strides;
  };
  const auto has = [](const std::vector<std::uint32_t>& strides, std::uint32_t stride) {
    return std::find(strides.begin(), strides.end(), stride) != strides.end();
  };
  CHECK(has(strides_tried({24, 58 * 36}), 36));
  CHECK(has(strides_tried({24, 58 * 36}), 58));
  CHECK_FALSE(has(strides_tried({24, 58 * 36}), 35));
  CHECK(has(strides_tried({8, 3, 3, 40}), 120));
}

TEST_CASE("unsigned weights are coded around what stands for 0") {
  std::mt19937 random(16);
  const Bytes base = random_bytes(random, 4096);
  const Bytes target = random_bytes(random, 4096);
  tmd::host::ModelRegion region;
  region.length = 4096;
  region.type = tmd::host::ElementType::int8;
  region.centre = 121;
  region.shape = {16, 256};
  const std::vector<tmd::host::ModelRegion> regions{region};
  tmd::host::Unit unit;
  unit.range.length = region.length;
  unit.aligned = true;
  unit.region = 0;
  unsigned centred = 0;
  for (const Operations& operations : tmd::host::Proposals(view(base), view(target), regions).of(unit, 0)) {
    for (const auto& planned : operations) {
      const tmd::codec::Operation& operation = planned.operation;
      if (!tmd::codec::may(operation.kind, tmd::codec::kCentred)) continue;
      CHECK(operation.centre == 121);
      ++centred;
    }
  }
  CHECK(centred > 2);
}

TEST_CASE("a mode is for what goes element by element, and only bytes follow") {
  Operations operations{tmd::host::simple_operation(OperationKind::copy_base, 8, 0),
                        tmd::host::simple_operation(OperationKind::delta8, 8, 8),
                        tmd::host::simple_operation(OperationKind::float32, 8, 16)};
  operations = tmd::host::with_mode(operations, {32, true});
  CHECK(operations[0].operation.stride == 0);
  CHECK(operations[1].operation.stride == 32);
  CHECK(operations[1].operation.predicted);
  CHECK(operations[2].operation.stride == 32);
  CHECK_FALSE(operations[2].operation.predicted);
}
