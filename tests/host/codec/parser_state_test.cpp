// SPDX-License-Identifier: Apache-2.0
#include "codec/parser_state.hpp"

#include <doctest/doctest.h>

using namespace tmd::host;
using tmd::codec::OperationKind;

namespace {

ParserState state_at(OperationKind kind, std::uint32_t shift, std::uint32_t distance) {
  ParserState state;
  state.kind = kind;
  state.shift = shift;
  state.distance = distance;
  return state;
}

}  // namespace

TEST_CASE("a state is new once in a round, and differs by kind, shift and distance") {
  ParserStateSet seen;
  for (int round = 0; round < 3; ++round) {
    CHECK(seen.add(state_at(OperationKind::literal, 0, 0)));
    CHECK_FALSE(seen.add(state_at(OperationKind::literal, 0, 0)));
    CHECK(seen.add(state_at(OperationKind::copy_base, 0, 0)));
    CHECK(seen.add(state_at(OperationKind::literal, 1, 0)));
    CHECK(seen.add(state_at(OperationKind::literal, 0, 1)));
    CHECK_FALSE(seen.add(state_at(OperationKind::literal, 0, 1)));
    seen.clear();
  }
}

TEST_CASE("as many states as a parse keeps are all told apart") {
  ParserStateSet seen;
  for (std::uint32_t i = 0; i < 511; ++i) CHECK(seen.add(state_at(OperationKind::copy_base, i << 20, 0)));
  for (std::uint32_t i = 0; i < 511; ++i)
    CHECK_FALSE(seen.add(state_at(OperationKind::copy_base, i << 20, 0)));
}
