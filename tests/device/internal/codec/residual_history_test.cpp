// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/codec/residual_history.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace tmd::codec;

namespace {

Operation operation_of(OperationKind kind) {
  Operation operation{};
  operation.kind = kind;
  return operation;
}
ResidualHistory forgotten() {
  ResidualHistory history{};
  history.forget();
  return history;
}
unsigned place_after(const Operation& operation, std::uint32_t difference, unsigned times) {
  ResidualHistory history = forgotten();
  for (unsigned i = 0; i < times; ++i) history.remember(operation, 0, difference);
  Contexts contexts;
  return history.symbol(operation, 0, 0, 0, contexts).place;
}
/// Where the places of a kind end in the prior table.
unsigned end_of(OperationKind kind) {
  return kind == OperationKind::delta8     ? table::kWeights
         : kind == OperationKind::weights8 ? table::kWord
         : kind == OperationKind::delta32  ? table::kWord + 2 * 65
                                           : table::kWhole;
}

}  // namespace

TEST_CASE("small sizes are themselves, larger ones half powers of two, at most 63") {
  for (std::uint32_t i = 0; i < 4; ++i) CHECK(quantised(i) == static_cast<std::int32_t>(i));
  CHECK(quantised(5) == 4);
  CHECK(quantised(6) == 5);
  CHECK(quantised(8) == 6);
  CHECK(quantised(11) == 6);
  CHECK(quantised(12) == 7);
  CHECK(quantised(0xFFFFFFFF) == 63);
  for (std::uint32_t i = 0; i < 100000; ++i)
    if (quantised(i) > quantised(i + 1)) FAIL_CHECK(i);
  CHECK(signed_quantised(0U - 12) == -7);
  CHECK(signed_quantised(12) == 7);
  CHECK(signed_quantised(0x80000000) == -quantised(0x80000000));
}

TEST_CASE("the last two differences are remembered by their sizes, until an operation starts") {
  ResidualHistory history = forgotten();
  const Operation operation = operation_of(OperationKind::delta8);
  history.remember(operation, 0, 12);
  history.remember(operation, 0, 0U - 3);
  CHECK(history.last() == 0xFD);
  CHECK(history.before_last() == 7);
  history.remember_size(9);
  CHECK(history.last() == 9);
  CHECK(history.before_last() == 0xFD);
  history.forget();
  CHECK(history.last() == 0);
  CHECK(history.before_last() == 0);
}

TEST_CASE("large differences lead to other statistics than small ones, the first of them at once") {
  const Operation operation = operation_of(OperationKind::delta8);
  CHECK(place_after(operation, 0, 0) == table::kDelta);
  CHECK(place_after(operation, 0, 100) == table::kDelta);
  CHECK(place_after(operation, 60, 1) > place_after(operation, 2, 1));
  CHECK(place_after(operation, 60, 1) == place_after(operation, 60, 100));
  CHECK(place_after(operation, 2, 1) == place_after(operation, 2, 100));
  // One of another size among many hardly counts.
  ResidualHistory history = forgotten();
  for (int i = 0; i < 50; ++i) history.remember(operation, 0, 60);
  history.remember(operation, 0, 0);
  Contexts contexts;
  CHECK(history.symbol(operation, 0, 0, 0, contexts).place > place_after(operation, 2, 1));
}

TEST_CASE("no difference leads out of the places of its kind") {
  std::mt19937 random(1);
  for (const OperationKind kind :
       {OperationKind::delta8, OperationKind::weights8, OperationKind::delta32, OperationKind::float32}) {
    for (const bool scaled : {false, true}) {
      Operation operation = operation_of(kind);
      operation.scaled = scaled && may(kind, 0);
      ResidualHistory history = forgotten();
      for (int i = 0; i < 3000; ++i) {
        const std::uint32_t source = static_cast<std::uint32_t>(random());
        Contexts contexts;
        const Symbol symbol =
            history.symbol(operation, source, random() % 8, static_cast<std::int32_t>(random()), contexts);
        const unsigned places = (2U << symbol.class_bits) + (symbol.has_sign ? 1U : 0U);
        if (symbol.place + places > end_of(kind))
          FAIL_CHECK("kind " << static_cast<int>(kind) << ": " << symbol.place);
        if (contexts.count > kHashedModels) FAIL_CHECK("models");
        history.remember(operation, source, static_cast<std::uint32_t>(random()) >> random() % 32);
      }
    }
  }
}

TEST_CASE("how many models there are, and how fast they learn, is the operation's to say") {
  ResidualHistory history = forgotten();
  Contexts contexts;
  Operation operation = operation_of(OperationKind::delta8);
  (void)history.symbol(operation, 0, 0, 0, contexts);
  CHECK(contexts.count == kHashedModels);
  CHECK(contexts.rates == kUsualRates.of);
  operation.averaged = operation.slow = true;
  (void)history.symbol(operation, 0, 0, 0, contexts);
  CHECK(contexts.count == 2);
  CHECK(contexts.averaged);
  CHECK(contexts.rates == kSlowRates.of);
  (void)history.symbol(operation_of(OperationKind::weights8), 0, 0, 0, contexts);
  CHECK(contexts.count == 2);
  CHECK_FALSE(contexts.averaged);
  CHECK(contexts.rates == kSteadyRates.of);
}
