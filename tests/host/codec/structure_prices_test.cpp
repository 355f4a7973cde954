// SPDX-License-Identifier: Apache-2.0
#include "codec/structure_prices.hpp"

#include <doctest/doctest.h>

#include "codec/trial_cost.hpp"
#include "support/bytes.hpp"

using namespace tmd::host;
using tmd::codec::OperationKind;
using tmd::test::Bytes;
using tmd::test::random_bytes;
using tmd::test::view;

namespace {

/// Prices after a plan of operations of 100 bytes was counted, all of this kind and from this base offset less target
/// offset.
StructurePrices after(OperationKind kind, std::uint32_t shift_to, const Bytes& base, const Bytes& target) {
  StructurePrices prices;
  std::uint32_t shift = 0, distance = 0;
  OperationKind previous = OperationKind::copy_base;
  for (std::uint32_t at = 0; at + 100 <= target.size(); at += 100)
    prices.count(simple_operation(kind, 100, at + shift_to).operation, at, shift, distance, previous,
                 view(base), view(target));
  prices.settle();
  return prices;
}
const Bytes kBase = random_bytes(3000, 1);

}  // namespace

TEST_CASE("what was seen gets cheaper, what was not gets dearer") {
  const StructurePrices first;
  const StructurePrices prices = after(OperationKind::literal, 0, kBase, random_bytes(2000, 2));
  CHECK(prices.kind(OperationKind::literal, OperationKind::literal) <
        first.kind(OperationKind::literal, OperationKind::literal));
  CHECK(prices.kind(OperationKind::literal, OperationKind::copy_base) >
        first.kind(OperationKind::literal, OperationKind::copy_base));
}

TEST_CASE("a place costs more the further it is from where it would be, and its own bits besides") {
  const StructurePrices prices =
      after(OperationKind::copy_base, 0, kBase, Bytes(kBase.begin(), kBase.begin() + 2000));
  CHECK(prices.place(false, 0) < prices.place(false, 10));
  CHECK(prices.place(false, 10) < prices.place(false, 100000));
  CHECK(prices.place(false, 100000) > 16 * 65536);
  CHECK(prices.place(false, 5) == prices.place(false, static_cast<std::uint32_t>(-5)));
}

TEST_CASE("a place moves with the plan: where all operations go on at their shift only the first one pays") {
  StructurePrices prices;
  std::uint32_t shift = 0, distance = 0;
  OperationKind previous = OperationKind::literal;
  prices.count(simple_operation(OperationKind::copy_base, 10, 700).operation, 500, shift, distance, previous,
               view(kBase), view(kBase));
  CHECK(shift == 200);
  CHECK(previous == OperationKind::copy_base);
  prices.count(simple_operation(OperationKind::copy_target, 10, 300).operation, 510, shift, distance,
               previous, view(kBase), view(kBase));
  CHECK(distance == 210);
  CHECK(shift == 200);
}

TEST_CASE("bytes that agree with the base get cheap, others by what they are and where in a word") {
  const StructurePrices agreeing =
      after(OperationKind::literal, 0, kBase, Bytes(kBase.begin(), kBase.begin() + 2000));
  CHECK(agreeing.expected_byte(true) < 65536 / 4);
  CHECK(agreeing.other_byte(0, 7, true) > 65536 * 6);
  Bytes words = random_bytes(2000, 3);
  for (std::size_t i = 3; i < words.size(); i += 4) words[i] = 0x3F;
  const StructurePrices of_words = after(OperationKind::literal, 0, Bytes(), words);
  CHECK(of_words.unguided_byte(3, 0x3F) < of_words.unguided_byte(2, 0x3F));
}

TEST_CASE("a length grows in price at powers of two, and not between") {
  const StructurePrices prices;
  for (const std::uint32_t length : {3U, 5U, 100U, 1000U})
    CHECK(prices.growth(OperationKind::literal, length) == 0);
  CHECK(prices.growth(OperationKind::literal, 1024) > 0);
}
