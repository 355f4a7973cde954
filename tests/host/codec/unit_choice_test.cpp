// SPDX-License-Identifier: Apache-2.0
#include "codec/unit_choice.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "codec/within_window.hpp"
#include "support/bytes.hpp"

namespace {

using tmd::codec::OperationKind;
using tmd::host::Alignment;
using tmd::host::AnyBody;
using tmd::host::kImpossible;
using tmd::host::ModelRegion;
using tmd::host::Operations;
using tmd::host::simple_operation;
using tmd::host::Unit;
using tmd::test::Bytes;
using tmd::test::random_bytes;
using tmd::test::view;

constexpr std::uint32_t kUnitLength = 4096;

/// Arrays of int8 weights, and a decoder that has produced nothing of the second one yet.
struct WeightsUnit {
  explicit WeightsUnit(const tmd::host::EncodeOptions& wanted = {},
                       tmd::host::Effort effort = tmd::host::Effort::small,
                       std::uint32_t length = kUnitLength)
      : base(random_bytes(length, 5)), target(base), options(wanted), body(std::make_unique<AnyBody>()) {
    options.effort = effort;
    body->window = options.window;
    body->begin(tmd::codec::DefaultConfig::kCounters, length, length);
    regions[0].length = length;
    regions[0].type = tmd::host::ElementType::int8;
    regions[0].shape = {length / 64, 64};
  }
  tmd::host::Trials trials() const { return {view(base), view(target), options.effort}; }
  Operations cheapest(const Unit& unit) const {
    const tmd::host::Trials judge = trials();
    return tmd::host::UnitChoice(view(base), view(target), regions, judge, options).cheapest(unit, *body);
  }

  Bytes base;
  Bytes target;
  tmd::host::EncodeOptions options;
  std::vector<ModelRegion> regions{1};
  std::unique_ptr<AnyBody> body;
};

}  // namespace

TEST_CASE("a unit that the base has is one copy of it") {
  const WeightsUnit weights;
  const Operations chosen = weights.cheapest(Unit{Alignment{0, kUnitLength, 0}, true, 0});
  REQUIRE(chosen.size() == 1);
  CHECK(chosen.front().operation.kind == OperationKind::copy_base);
  CHECK(chosen.front().operation.source == 0);
  CHECK(chosen.front().operation.length == kUnitLength);
}

TEST_CASE("what is written over before it could be copied is said anew, the rest is still copied") {
  tmd::host::EncodeOptions in_place;
  in_place.window = {256, 2, 1};
  WeightsUnit weights(in_place);
  // All moves up by more than the spare block behind the one that is written: of each block some bytes are gone.
  constexpr std::uint32_t kShift = 300;
  std::rotate(weights.target.begin(), weights.target.end() - kShift, weights.target.end());
  tmd::host::CostSink sink;
  REQUIRE(play(*weights.body, sink, simple_operation(OperationKind::copy_base, kShift, kUnitLength - kShift),
               view(weights.base), view(weights.target)) == tmd::Status::ok);
  const Alignment moved{kShift, kUnitLength - kShift, 0};
  const Operations copy = {simple_operation(OperationKind::copy_base, moved.length, moved.base)};
  REQUIRE_FALSE(reads_within(in_place.window, copy, kShift));

  const Operations chosen = weights.cheapest(Unit{moved, true, 0});
  CHECK(reads_within(in_place.window, chosen, kShift));
  CHECK(weights.trials().price(*weights.body, chosen, ~0U) != kImpossible);
  CHECK(std::any_of(chosen.begin(), chosen.end(), [](const tmd::host::PlannedOperation& planned) {
    return planned.operation.kind == OperationKind::copy_base;
  }));
}

TEST_CASE("what is chosen costs no more than any way that was proposed") {
  std::mt19937 random(8);
  WeightsUnit weights;
  for (std::uint8_t& weight : weights.target) weight = static_cast<std::uint8_t>(weight + random() % 5);
  const Unit unit{Alignment{0, kUnitLength, 0}, true, 0};
  const std::vector<Operations> proposed =
      tmd::host::Proposals(view(weights.base), view(weights.target), weights.regions).of(unit, 0);
  const std::uint64_t price = weights.trials().price(*weights.body, weights.cheapest(unit), ~0U);
  REQUIRE(proposed.size() > 3);
  for (const std::uint64_t other : weights.trials().prices(*weights.body, proposed, ~0U))
    CHECK(price <= other);
}

TEST_CASE(
    "with little time, too, a way that can be tuned is not given up for pieces that are hardly cheaper") {
  std::mt19937 random(8);
  WeightsUnit weights({}, tmd::host::Effort::quick);
  // Each column moves by a step of its own, and all of them now and then by one more; a run of bytes stays.
  constexpr std::uint32_t kRun = 160;
  std::uint8_t steps[64];
  for (std::uint8_t& step : steps) step = static_cast<std::uint8_t>(random() % 24);
  for (std::uint32_t i = 0; i < kUnitLength - kRun; ++i)
    weights.target[i] = static_cast<std::uint8_t>(weights.target[i] + steps[i % 64] + random() % 3);
  const Operations chosen = weights.cheapest(Unit{Alignment{0, kUnitLength, 0}, true, 0});
  CHECK(chosen.size() == 1);
}

TEST_CASE("with little time, too, zeros are asked for where they lie behind what a short sample shows") {
  constexpr std::uint32_t kLongUnit = 65536;
  std::mt19937 random(8);
  WeightsUnit weights({}, tmd::host::Effort::quick, kLongUnit);
  for (std::uint32_t i = 0; i < kLongUnit; ++i) {
    const bool is_pruned = i >= kLongUnit / 6 && random() % 4 != 0;
    if (is_pruned) weights.base[i] = 0;
    weights.target[i] =
        is_pruned ? std::uint8_t{0} : static_cast<std::uint8_t>(weights.base[i] + random() % 40);
  }
  const Operations chosen = weights.cheapest(Unit{Alignment{0, kLongUnit, 0}, true, 0});
  REQUIRE(chosen.size() == 1);
  CHECK(chosen.front().operation.sparse);
}

TEST_CASE("with little time, too, rows above foretell where a sample of a few rows does not show it") {
  constexpr std::uint32_t kRow = 2048;
  constexpr std::uint32_t kRows = 48;
  std::mt19937 random(8);
  WeightsUnit weights({}, tmd::host::Effort::quick, kRow * kRows);
  weights.regions[0].shape = {kRows, kRow};
  std::vector<int> moves(kRow);
  for (std::uint32_t i = 0; i < kRow * kRows; ++i) {
    const std::uint32_t row = i / kRow;
    // The first rows move by chance alone, those behind all in the same way, a little more or less.
    const bool by_chance = row < 5;
    if (by_chance || row == 5) moves[i % kRow] = static_cast<int>(random() % 41) - 20;
    const int more = by_chance ? 0 : static_cast<int>(random() % 3) - 1;
    weights.target[i] = static_cast<std::uint8_t>(weights.target[i] + moves[i % kRow] + more);
  }
  const Operations chosen = weights.cheapest(Unit{Alignment{0, kRow * kRows, 0}, true, 0});
  REQUIRE(chosen.size() == 1);
  CHECK(chosen.front().operation.above == kRow);
}

TEST_CASE("with little time, too, the stride is found at which weights resemble each other") {
  constexpr std::uint32_t kColumns = 36;
  std::mt19937 random(9);
  WeightsUnit weights({}, tmd::host::Effort::quick, 58 * kColumns * 8);
  weights.regions[0].shape = {8, 58 * kColumns};
  int moves[kColumns];
  for (int& move : moves) move = static_cast<int>(random() % 61) - 30;
  for (std::uint32_t i = 0; i < weights.target.size(); ++i)
    weights.target[i] =
        static_cast<std::uint8_t>(weights.target[i] + moves[i % kColumns] + static_cast<int>(random() % 3));
  const auto length = static_cast<std::uint32_t>(weights.target.size());
  const Operations chosen = weights.cheapest(Unit{Alignment{0, length, 0}, true, 0});
  REQUIRE(chosen.size() == 1);
  CHECK(chosen.front().operation.stride % kColumns == 0);
  CHECK(chosen.front().operation.stride != 0);
}
