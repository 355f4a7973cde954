// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/store/slot_writer.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "support/bytes.hpp"
#include "tmd/flash/counted_flash.hpp"
#include "tmd/flash/ram_flash.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

using Ram = RamFlash<16384, 1024, 4>;
using Flash = CountedFlash<Ram>;
constexpr Region kSlot = {4096, 4096};

/// A writer with a page of `kPage` bytes over a slot that holds something else.
template <std::uint32_t kPage>
struct Bench {
  std::unique_ptr<Ram> ram = std::make_unique<Ram>();
  Flash flash{*ram};
  FlashPort<Flash> port{flash};
  SlotWriter<Flash, kPage> writer;

  explicit Bench(const Bytes& before = random_bytes(kSlot.size, 99)) {
    REQUIRE(ram->program(kSlot.address, view(before)) == Status::ok);
  }
  Status put_all(const Bytes& bytes) {
    for (const std::uint8_t byte : bytes) {
      if (writer.room() == 0) {
        const Status status = until_done([&] { return writer.flush(port); });
        if (status != Status::ok) return status;
      }
      writer.put(byte);
    }
    return until_done([&] { return writer.flush(port); });
  }
  bool holds(const Bytes& bytes, std::uint32_t offset = 0) const {
    return equal_bytes(ConstBytes(ram->data() + kSlot.address + offset, bytes.size()), view(bytes));
  }
};

}  // namespace

TEST_CASE("a slot is erased block by block as it is entered, and no further") {
  const Bytes before = random_bytes(kSlot.size, 99);
  const Bytes target = random_bytes(2100, 1);
  Bench<256> bench(before);
  bench.writer.begin(kSlot, 0, 0, 0);
  REQUIRE(bench.put_all(target) == Status::ok);
  CHECK(bench.holds(target));
  CHECK(bench.writer.position() == 2100);
  CHECK(bench.writer.durable() == 2100);
  CHECK(bench.flash.counters().erases == 3);
  CHECK(bench.holds(Bytes(before.begin() + 3072, before.end()), 3072));
}

TEST_CASE("bytes are read back from the page and from flash, across their boundary") {
  const Bytes target = random_bytes(700, 2);
  Bench<256> bench;
  bench.writer.begin(kSlot, 0, 0, 0);
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (bench.writer.room() == 0) REQUIRE(bench.writer.flush(bench.port) == Status::ok);
    bench.writer.put(target[i]);
  }
  CHECK(bench.writer.durable() == 512);
  for (const std::uint32_t offset : {0U, 500U, 511U, 512U, 600U}) {
    Bytes out(90);
    REQUIRE(bench.writer.read(bench.port, offset, MutableBytes(out.data(), out.size())) == Status::ok);
    CHECK(equal_bytes(view(out), view(target).slice(offset, 90)));
  }
}

TEST_CASE("what is durable is not written again") {
  const Bytes target = random_bytes(2048, 3);
  Bench<256> bench(target);
  bench.writer.begin(kSlot, 0, 1500, 0);
  REQUIRE(bench.put_all(target) == Status::program_failed);  // behind it the block is not blank
  CHECK(bench.flash.counters().erases == 0);
  CHECK(bench.writer.durable() == 1500);
}

TEST_CASE("a settled block that a page covers whole is compared and left alone; another one is not") {
  const Bytes target = random_bytes(4096, 4);
  for (const std::uint32_t settled : {0U, 2048U, 4096U}) {
    Bench<1024> bench(target);
    bench.writer.begin(kSlot, 0, 0, settled);
    REQUIRE(bench.put_all(target) == Status::ok);
    CHECK(bench.flash.counters().erases == 4 - settled / 1024);
    CHECK(bench.holds(target));
  }
  Bytes other = target;
  other[1500] ^= 1;
  Bench<1024> bench(other);
  bench.writer.begin(kSlot, 0, 0, 4096);
  REQUIRE(bench.put_all(target) == Status::ok);
  CHECK(bench.flash.counters().erases == 1);
  CHECK(bench.holds(target));
  // A page that covers a part of a block says nothing about the rest of it.
  Bench<256> small(target);
  small.writer.begin(kSlot, 0, 0, 4096);
  REQUIRE(small.put_all(target) == Status::ok);
  CHECK(small.flash.counters().erases == 4);
}

TEST_CASE("the last bytes are padded to a program unit, and not counted") {
  Bench<256> bench;
  bench.writer.begin(kSlot, 0, 0, 0);
  REQUIRE(bench.put_all(random_bytes(13, 5)) == Status::ok);
  CHECK(bench.writer.durable() == 13);
  CHECK(bench.holds(Bytes(3, 0xFF), 13));
}

TEST_CASE("it starts at any block, and takes no more than the page holds") {
  Bench<256> bench;
  bench.writer.begin(kSlot, 1024, 0, 0);
  CHECK(bench.writer.position() == 1024);
  for (int i = 0; i < 300; ++i) bench.writer.put(0x5A);
  CHECK(bench.writer.room() == 0);
  CHECK(bench.writer.position() == 1024 + 256);
  REQUIRE(bench.writer.flush(bench.port) == Status::ok);
  CHECK(bench.holds(Bytes(256, 0x5A), 1024));
  CHECK(bench.flash.counters().erases == 1);
}

TEST_CASE("an erase and a program are a call each where so much work is allowed") {
  Bench<256> bench;
  bench.writer.begin(kSlot, 0, 0, 0);
  for (int i = 0; i < 256; ++i) bench.writer.put(1);
  bench.port.allow(256);
  CHECK(bench.writer.flush(bench.port) == Status::would_block);
  CHECK(bench.writer.durable() == 0);
  bench.port.allow(256);
  CHECK(bench.writer.flush(bench.port) == Status::ok);
  CHECK(bench.flash.counters().erases == 1);
  CHECK(bench.writer.durable() == 256);
}
