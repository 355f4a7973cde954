// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/transfer/order.hpp"

#include <doctest/doctest.h>

#include "support/bytes.hpp"

using namespace tmd;
using namespace tmd::test;
using transfer::Order;

namespace {

constexpr std::uint8_t kTag = 7;
const Bytes kMeant = {1, 2, 3, 4, 5, 6, 7, 8};

/// A byte for each number of the answer: kind, tag, of what, status.
Bytes answer_of(Order& order) {
  Bytes out(transfer::kLeastMessage);
  out.resize(order.answer(MutableBytes(out.data(), out.size())));
  return out;
}
Bytes result(std::uint8_t tag, transfer::Kind of, Status status) {
  return {0x83, tag, static_cast<std::uint8_t>(of), static_cast<std::uint8_t>(status)};
}

}  // namespace

TEST_CASE("a confirm says which model it means, an abort nothing; what is no order is passed over") {
  Order order;
  CHECK_FALSE(order.is_begun());
  CHECK_FALSE(order.has_answer());
  order.take(transfer::Kind::confirm, kTag, view(kMeant).first(7));
  order.take(transfer::Kind::abort, kTag, view(kMeant));
  CHECK_FALSE(order.is_begun());
  order.take(transfer::Kind::confirm, kTag, view(kMeant));
  CHECK(order.is_begun());
  CHECK(order.kind() == transfer::Kind::confirm);
  CHECK(equal_bytes(order.model().view(), view(kMeant)));
  Order other;
  other.take(transfer::Kind::abort, kTag, ConstBytes());
  CHECK(other.is_begun());
  CHECK(other.kind() == transfer::Kind::abort);
}

TEST_CASE(
    "a confirm of another model is no repetition, whatever its tag: the answer before was not meant for it") {
  const Bytes other = {9, 2, 3, 4, 5, 6, 7, 8};
  Order order;
  order.take(transfer::Kind::confirm, kTag, view(kMeant));
  order.note(Status::ok);
  order.take(transfer::Kind::confirm, kTag, view(kMeant));
  CHECK_FALSE(order.is_begun());
  order.take(transfer::Kind::confirm, kTag, view(other));
  REQUIRE(order.is_begun());
  CHECK(equal_bytes(order.model().view(), view(other)));
  // While that one goes on, one that comes late is no other.
  order.take(transfer::Kind::confirm, kTag, view(kMeant));
  CHECK(equal_bytes(order.model().view(), view(other)));
}

TEST_CASE("an order is carried out once, and its answer said as often as it is repeated") {
  Order order;
  order.take(transfer::Kind::abort, kTag, ConstBytes());
  order.note(Status::wrong_state);
  for (int repeats = 0; repeats < 3; ++repeats) {
    CHECK_FALSE(order.is_begun());
    REQUIRE(order.has_answer());
    CHECK(answer_of(order) == result(kTag, transfer::Kind::abort, Status::wrong_state));
    CHECK_FALSE(order.has_answer());
    order.take(transfer::Kind::abort, kTag, ConstBytes());
  }
  order.take(transfer::Kind::abort, kTag + 1, ConstBytes());
  CHECK(order.is_begun());
}

TEST_CASE("while an order goes on the answer waits for its end, until it is asked for again") {
  Order order;
  order.take(transfer::Kind::confirm, kTag, view(kMeant));
  order.note(Status::would_block);
  CHECK(order.is_begun());
  CHECK_FALSE(order.has_answer());
  for (int repeats = 0; repeats < 3; ++repeats) order.take(transfer::Kind::confirm, kTag, view(kMeant));
  REQUIRE(order.has_answer());
  CHECK(answer_of(order) == result(kTag, transfer::Kind::confirm, Status::would_block));
  CHECK_FALSE(order.has_answer());
  order.note(Status::ok);
  REQUIRE(order.has_answer());
  CHECK(answer_of(order) == result(kTag, transfer::Kind::confirm, Status::ok));
  CHECK_FALSE(order.has_answer());
}

TEST_CASE("one order at a time: another one that comes meanwhile is not heard") {
  Order order;
  order.take(transfer::Kind::confirm, kTag, view(kMeant));
  order.note(Status::would_block);
  order.take(transfer::Kind::abort, kTag, ConstBytes());
  CHECK(order.kind() == transfer::Kind::confirm);
  order.note(Status::ok);
  CHECK(answer_of(order) == result(kTag, transfer::Kind::confirm, Status::ok));
}
