// SPDX-License-Identifier: Apache-2.0
#include "tmd/flash/flash_port.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <type_traits>

#include "support/slow_ram.hpp"
#include "tmd/flash/counted_flash.hpp"

using namespace tmd;

namespace {

using LongFlash = test::SlowRam<4096, 1024, 4>;
using Ram = LongFlash::Ram;
using Counted = CountedFlash<LongFlash>;

const std::uint8_t kUnit[4] = {1, 2, 3, 4};
const std::uint8_t kOther[4] = {5, 6, 7, 8};
const std::uint8_t kThird[4] = {9, 10, 11, 12};

}  // namespace

TEST_CASE("a port ends the running operation, with its own arguments, before it begins another") {
  LongFlash inner;
  inner.calls = 3;
  Counted counted(inner);
  FlashPort<Counted> port(counted);
  CHECK(port.program(0, kUnit) == Status::would_block);
  Status status = Status::would_block;
  while (status == Status::would_block) status = port.program(8, kOther);
  CHECK(status == Status::ok);
  CHECK(verify_programmed(port, 0, kUnit) == Status::ok);
  CHECK(verify_programmed(port, 8, kOther) == Status::ok);
  CHECK(counted.counters().violations == 0);
  CHECK(port.settle() == Status::ok);
}

TEST_CASE("an operation that another owner ended is not begun again when its own asks for the answer") {
  LongFlash inner;
  inner.calls = 2;
  Counted counted(inner);
  FlashPort<Counted> port(counted);
  Status status = Status::ok;
  const auto until_done = [&](auto&& call) {
    while ((status = call()) == Status::would_block) {
    }
    return status;
  };
  // Three owners: one is interrupted by another, that one by the third, which is ended by the first.
  CHECK(port.program(0, kUnit) == Status::would_block);
  CHECK(until_done([&] { return port.settle(); }) == Status::ok);
  CHECK(port.program(2048, kOther) == Status::would_block);
  CHECK(until_done([&] { return port.settle(); }) == Status::ok);
  CHECK(port.program(3072, kThird) == Status::would_block);
  CHECK(until_done([&] { return port.settle(); }) == Status::ok);
  CHECK(port.program(0, kUnit) == Status::ok);
  CHECK(port.program(2048, kOther) == Status::ok);
  CHECK(port.program(3072, kThird) == Status::ok);
  CHECK(counted.counters().programs == 3);
  // So is one that waits for an erase.
  CHECK(port.erase(1024) == Status::would_block);
  CHECK(until_done([&] { return port.settle(); }) == Status::ok);
  CHECK(port.program(2048 + 8, kOther) == Status::would_block);
  CHECK(until_done([&] { return port.settle(); }) == Status::ok);
  CHECK(port.program(3072 + 8, kThird) == Status::would_block);
  CHECK(until_done([&] { return port.settle(); }) == Status::ok);
  CHECK(port.erase(1024) == Status::ok);
  CHECK(port.program(2048 + 8, kOther) == Status::ok);
  CHECK(port.program(3072 + 8, kThird) == Status::ok);
  CHECK(counted.counters().erases == 1);
  // An answer is given once, and only for as long as nothing else happened in its block.
  CHECK(port.erase(0) == Status::would_block);
  CHECK(until_done([&] { return port.settle(); }) == Status::ok);
  CHECK(until_done([&] { return port.program(8, kUnit); }) == Status::ok);
  CHECK(until_done([&] { return port.erase(0); }) == Status::ok);
  CHECK(counted.counters().erases == 3);
  CHECK(inner.data()[8] == 0xFF);
  // Also a bad one.
  CHECK(port.program(2048, kUnit) == Status::would_block);
  CHECK(until_done([&] { return port.settle(); }) == Status::ok);
  CHECK(port.program(2048, kUnit) == Status::program_failed);
  CHECK(until_done([&] { return port.program(2048, kUnit); }) == Status::program_failed);
  CHECK(counted.counters().violations == 0);
}

TEST_CASE("an answer waits for its owner while others work on; what need not be kept makes room first") {
  LongFlash inner;
  Counted counted(inner);
  FlashPort<Counted> port(counted);
  const std::uint8_t before[4] = {};
  for (const std::uint32_t at : {0U, 256U, 264U, 2048U + 256, 3072U + 256})
    CHECK(port.program(at, before) == Status::ok);
  inner.calls = 1;
  const auto end = [&] {
    while (port.settle() == Status::would_block) {
    }
  };
  // A bad one, which does not lie in flash.
  CHECK(port.program(0, kUnit) == Status::would_block);
  end();
  for (std::uint32_t at = 1024; at < 1024 + 40; at += 4) {
    CHECK(port.program(at, kOther) == Status::would_block);
    end();
    CHECK(port.program(at, kOther) == Status::ok);
  }
  // Whoever fills his memory anew has given up what was programmed from it; an erase may be done twice.
  for (std::uint32_t at = 1024 + 512; at < 4096; at += 1024) {
    CHECK(port.program(at, kOther) == Status::would_block);
    end();
  }
  CHECK(port.erase(1024) == Status::would_block);
  end();
  CHECK(port.program(2048 + 8, kThird) == Status::would_block);
  end();
  CHECK(port.program(0, kUnit) == Status::program_failed);
  CHECK(port.program(2048 + 8, kThird) == Status::ok);
  // Of five that were given up the last three are known.
  const std::uint8_t memory[5][4] = {{1}, {2}, {3}, {4}, {5}};
  const std::uint32_t given_up[] = {256, 1024 + 256, 2048 + 256, 3072 + 256, 264};
  (void)port.program(given_up[1], before);
  end();
  (void)port.program(given_up[1], before);
  for (unsigned i = 0; i < 5; ++i) {
    CHECK(port.program(given_up[i], memory[i]) == Status::would_block);
    end();
  }
  for (unsigned last = 2; last < 5; ++last)
    CHECK(port.program(given_up[last], memory[last]) == Status::program_failed);
  CHECK(port.program(given_up[1], memory[1]) == Status::would_block);
}

TEST_CASE(
    "where a good answer had to make room, what was programmed is found in flash, not programmed again") {
  LongFlash inner;
  inner.calls = 1;
  Counted counted(inner);
  FlashPort<Counted> port(counted);
  std::uint8_t memory[5][4] = {{1}, {2}, {3}, {4}, {5}};
  for (std::uint32_t i = 0; i < 5; ++i) {
    CHECK(port.program(64 * i + 1024 * (i % 4), memory[i]) == Status::would_block);
    while (port.settle() == Status::would_block) {
    }
  }
  for (std::uint32_t i = 0; i < 5; ++i) CHECK(port.program(64 * i + 1024 * (i % 4), memory[i]) == Status::ok);
  CHECK(counted.counters().programs == 5);
  // Other bytes in the same place are not.
  memory[0][3] = 1;
  CHECK(port.program(0, memory[0]) == Status::would_block);
}

TEST_CASE("what may be begun between two calls is bounded; one operation always may") {
  LongFlash inner;
  Counted counted(inner);
  FlashPort<Counted> port(counted);
  port.allow(8);
  CHECK(port.program(0, kUnit) == Status::ok);
  CHECK(port.program(4, kUnit) == Status::ok);
  CHECK(port.program(8, kUnit) == Status::would_block);
  port.allow(8);
  CHECK(port.program(8, kUnit) == Status::ok);
  CHECK(port.erase(1024) == Status::would_block);
  port.allow(8);
  CHECK(port.erase(1024) == Status::ok);
  CHECK(port.program(12, kUnit) == Status::would_block);
  port.allow(2);
  CHECK(port.program(12, kUnit) == Status::ok);
  port.allow(0);
  for (std::uint32_t at = 16; at < 64; at += 4) CHECK(port.program(at, kUnit) == Status::ok);
}

TEST_CASE("a port is no copy of another, and needs no code to be initialised") {
  static_assert(!std::is_copy_constructible<FlashPort<Ram>>::value, "");
  static_assert(std::is_trivially_destructible<FlashPort<Ram>>::value, "");
  static constexpr FlashPort<Ram> port;
  CHECK_FALSE(port.is_attached());
}
