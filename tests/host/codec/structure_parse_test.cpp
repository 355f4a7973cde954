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
