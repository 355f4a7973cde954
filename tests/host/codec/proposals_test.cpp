// SPDX-License-Identifier: Apache-2.0
#include "codec/proposals.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "support/bytes.hpp"

namespace {

using tmd::codec::OperationKind;
using tmd::host::Operations;
using tmd::test::Bytes;
using tmd::test::random_bytes;
using tmd::test::view;

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

TEST_CASE("runs of many lengths are proposed where there are such, and nothing is proposed twice") {
  std::mt19937 random(19);
  const Bytes base = random_bytes(random, 900);
  const auto deltas_in_pieces = [&](std::uint32_t run) {
    Bytes target = base;
    for (std::uint32_t i = 0; i < target.size(); ++i) {
      if (i % (run + 1) == 0) target[i] = static_cast<std::uint8_t>(target[i] + 9);
    }
    std::vector<tmd::host::ModelRegion> regions(1);
    regions[0].length = static_cast<std::uint32_t>(target.size());
    tmd::host::Unit unit;
    unit.range.length = regions[0].length;
    unit.aligned = true;
    unit.region = 0;
    std::vector<std::size_t> pieces;
    for (const Operations& operations : tmd::host::Proposals(view(base), view(target), regions).of(unit, 0)) {
      const tmd::codec::Operation& first = operations.front().operation;
      if (first.kind == OperationKind::delta8 && !first.scaled && !first.sparse)
        pieces.push_back(operations.size());
    }
    return pieces;
  };
  CHECK(deltas_in_pieces(8) == std::vector<std::size_t>{1});
  CHECK(deltas_in_pieces(20) == std::vector<std::size_t>{86, 1});
  CHECK(deltas_in_pieces(200) == std::vector<std::size_t>{10, 9, 1});  // The last run has 95 bytes.
}

TEST_CASE(
    "where time is short, powers of two are strides of arrays whose shape nobody knows, and of no others") {
  const auto likely = [](const std::vector<std::uint32_t>& shape, int region) {
    std::vector<tmd::host::ModelRegion> regions(1);
    regions[0].length = 2048;
    regions[0].shape = shape;
    tmd::host::Unit unit;
    unit.range.length = 2048;
    unit.region = region;
    return tmd::host::Proposals({}, {}, regions).likely_strides(unit);
  };
  const std::vector<std::uint32_t> powers{2, 4, 8, 16, 32, 64, 128};
  CHECK(likely({}, -1) == powers);
  CHECK(likely({}, 0) == powers);
  CHECK(likely({16, 8, 16}, 0) == std::vector<std::uint32_t>{2, 4, 8, 16, 128});
  CHECK(likely({2, 31, 33}, 0) == std::vector<std::uint32_t>{3, 11, 33});
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
