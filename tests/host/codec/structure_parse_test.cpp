// SPDX-License-Identifier: Apache-2.0
#include "codec/structure_parse.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "host/codec/exact_operations.hpp"
#include "support/bytes.hpp"

namespace {

using tmd::codec::OperationKind;
using tmd::test::Bytes;
using tmd::test::check_exact;
using tmd::test::random_bytes;
using tmd::test::view;

/// Prices after many copies, each from another place, and many long literals of what the base has: a single byte that
/// differs, at the place where the decoder is, is as dear as it can be.
tmd::host::StructurePrices without_single_bytes(const Bytes& zeros) {
  tmd::host::StructurePrices prices;
  std::uint32_t shift = 0, distance = 0;
  for (unsigned i = 0; i < 20000; ++i) {
    const OperationKind kind = i % 2 == 0 ? OperationKind::copy_base : OperationKind::literal;
    OperationKind previous = kind;
    prices.count(tmd::host::simple_operation(kind, 100, i % 4 / 2 * 8).operation, 0, shift, distance,
                 previous, view(zeros), view(zeros));
    prices.count(tmd::host::simple_operation(kind, 100, 16 + i % 4 / 2 * 8).operation, 0, shift, distance,
                 previous, view(zeros), view(zeros));
  }
  prices.settle();
  return prices;
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

TEST_CASE("with more states, too, a parse makes up the target exactly") {
  std::mt19937 random(19);
  Bytes base;
  for (unsigned i = 0; i < 60; ++i) {
    const Bytes record = random_bytes(random, 10 + random() % 30);
    for (unsigned k = 0; k < 3; ++k) base.insert(base.end(), record.begin(), record.end());
  }
  Bytes target = base;
  for (unsigned i = 0; i < 80; ++i) target[random() % target.size()] = static_cast<std::uint8_t>(random());
  std::rotate(target.begin(), target.begin() + 700, target.begin() + 1500);
  const tmd::host::StructureParser parser(view(base), view(target), {});
  const auto size = static_cast<std::uint32_t>(target.size());
  for (const bool wide : {false, true})
    check_exact(parser.parse(0, size, {}, {}, 0, tmd::host::StructurePrices(), wide), base, target);
}

TEST_CASE("behind a long copy a byte that differs is said however dear it is") {
  const Bytes base(500, 0);
  Bytes target(401, 0);
  target[300] = 200;
  const tmd::host::StructureParser parser(view(base), view(target), {});
  const auto size = static_cast<std::uint32_t>(target.size());
  check_exact(parser.parse(0, size, {}, {}, 0, without_single_bytes(base)), base, target);
}
