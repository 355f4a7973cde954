// SPDX-License-Identifier: Apache-2.0
#include "codec/trials.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "support/bytes.hpp"

namespace {

using tmd::codec::OperationKind;
using tmd::host::AnyBody;
using tmd::host::Effort;
using tmd::host::Operations;
using tmd::host::simple_operation;
using tmd::host::Trials;
using tmd::test::Bytes;
using tmd::test::random_bytes;
using tmd::test::view;

constexpr std::uint32_t kLength = 4096;

/// A decoder before its first operation, and the ways to write the target that a test asks about.
struct Choice {
  explicit Choice(std::uint32_t length = kLength)
      : base(length), target(length), start(std::make_unique<AnyBody>()) {
    std::mt19937 random(11);
    base = target = random_bytes(random, length);
    target[5] ^= 1;
    start->begin(tmd::codec::DefaultConfig::kCounters, length, length);
  }
  Trials trials(Effort effort) const { return Trials(view(base), view(target), effort); }
  Operations way(OperationKind kind) const {
    return {simple_operation(kind, static_cast<std::uint32_t>(target.size()), 0)};
  }

  Bytes base;
  Bytes target;
  std::unique_ptr<AnyBody> start;
};

}  // namespace

TEST_CASE("the way that costs least is found, and each costs what it costs alone") {
  const Choice choice;
  const Trials trials = choice.trials(Effort::small);
  const std::vector<Operations> ways = {choice.way(OperationKind::weights8),
                                        choice.way(OperationKind::delta8),
                                        choice.way(OperationKind::literal)};
  const std::vector<std::uint64_t> prices = trials.prices(*choice.start, ways, ~0U);
  REQUIRE(prices.size() == ways.size());
  for (std::size_t i = 0; i < ways.size(); ++i) CHECK(prices[i] == trials.price(*choice.start, ways[i], ~0U));
  CHECK(trials.cheapest(*choice.start, ways, ~0U) == 1);
  CHECK(prices[1] * 20 < prices[0]);
}

TEST_CASE("a trial plays as much as it is told to, and leaves the decoder where it was") {
  const Choice choice;
  const Trials trials = choice.trials(Effort::small);
  const Operations whole = choice.way(OperationKind::weights8);
  const std::uint64_t quarter = trials.price(*choice.start, whole, kLength / 4);
  const std::uint64_t all = trials.price(*choice.start, whole, ~0U);
  CHECK(quarter * 3 < all);
  CHECK(quarter * 5 > all);
  CHECK(choice.start->produced() == 0);
}

TEST_CASE("of many ways the cheapest is found in rounds, by a little of each and more of the better ones") {
  Choice choice;
  // A first look misleads: what the base says of the rest shows behind it.
  for (std::uint32_t i = 0; i < 300; ++i) choice.target[i] = random_bytes(1, i)[0];
  std::vector<Operations> ways(12, choice.way(OperationKind::weights8));
  for (std::uint32_t i = 0; i < 12; ++i) ways[i].front().operation.stride = i;
  ways[7] = choice.way(OperationKind::delta8);
  const Trials trials = choice.trials(Effort::small);
  CHECK(trials.cheapest_in_rounds(*choice.start, ways, 1024, ~0U) == 7);
  CHECK(trials.cheapest_in_rounds(*choice.start, ways, ~0U, ~0U) ==
        trials.cheapest(*choice.start, ways, ~0U));
  // Of equal ones the first.
  const std::vector<Operations> alike(12, choice.way(OperationKind::delta8));
  CHECK(trials.cheapest_in_rounds(*choice.start, alike, 512, ~0U) == 0);
}

TEST_CASE("the cheapest few of many ways come cheapest first, of equal ones those before") {
  const Choice choice;
  const Trials trials = choice.trials(Effort::small);
  const std::vector<Operations> ways = {
      choice.way(OperationKind::weights8), choice.way(OperationKind::delta8),
      choice.way(OperationKind::weights8), choice.way(OperationKind::copy_base),
      choice.way(OperationKind::weights8)};
  CHECK(trials.cheapest_few(*choice.start, ways, 4, 4) == std::vector<std::size_t>{3, 1, 0, 2});
  CHECK(trials.cheapest_few(*choice.start, ways, 4, 9).size() == ways.size());
}

TEST_CASE("what cannot be played is dearer than anything") {
  const Choice choice;
  Operations outside = choice.way(OperationKind::delta8);
  outside.front().operation.source = 1;
  CHECK(choice.trials(Effort::standard).price(*choice.start, outside, ~0U) == tmd::host::kImpossible);
}

TEST_CASE("what is mixed counts as a percent larger, unless bytes are all that counts") {
  const Choice choice;
  const Operations mixed = choice.way(OperationKind::delta8);
  const std::uint64_t bits = choice.trials(Effort::small).price(*choice.start, mixed, ~0U);
  const std::uint64_t with_work = choice.trials(Effort::standard).price(*choice.start, mixed, ~0U);
  CHECK(with_work == bits + bits / 1024 * 10);
  Operations averaged = mixed;
  averaged.front().operation.averaged = true;
  CHECK(choice.trials(Effort::small).price(*choice.start, averaged, ~0U) ==
        choice.trials(Effort::standard).price(*choice.start, averaged, ~0U));
}

TEST_CASE("literals that are mixed count as larger, too, unless bytes are all that counts") {
  const Choice choice;
  const Operations mixed = choice.way(OperationKind::literal);
  const std::uint64_t weighed = choice.trials(Effort::standard).price(*choice.start, mixed, ~0U);
  const std::uint64_t bits = choice.trials(Effort::small).price(*choice.start, mixed, ~0U);
  CHECK(weighed == bits + bits / 1024 * 10);
}

TEST_CASE("of a large target less of each candidate is played, and in a hurry less still") {
  const Choice small;
  const Choice large(4U << 20);
  const auto played = [](const Choice& choice, Effort effort) {
    const std::vector<Operations> ten(10, choice.way(OperationKind::weights8));
    return choice.trials(effort).sample(ten, 1, ~0U);
  };
  CHECK(played(small, Effort::standard) == 256 * kLength / 100);
  CHECK(played(large, Effort::standard) == 5 * (4U << 20) / 100);
  CHECK(played(large, Effort::quick) == (4U << 20) / 100);
  CHECK(played(large, Effort::small) == 11 * (4U << 20) / 100);
  const std::vector<Operations> one = {small.way(OperationKind::weights8)};
  CHECK(small.trials(Effort::standard).sample(one, 1, 1000) == 1000);
  // However little time there is, a choice is not made by a glance.
  const std::vector<Operations> many(100000, small.way(OperationKind::weights8));
  CHECK(small.trials(Effort::quick).sample(many, 1, ~0U) == Trials::kLeastSample);
  CHECK(small.trials(Effort::quick).sample(many, 1, ~0U, 3000) == 3000);
  CHECK(small.trials(Effort::quick).sample(many, 1, 1000, 3000) == 1000);
}
