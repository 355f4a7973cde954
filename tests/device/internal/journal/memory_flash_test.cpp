// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/journal/memory_flash.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "support/bytes.hpp"

using namespace tmd;
using namespace tmd::test;
using tmd::detail::MemoryFlash;

namespace {

/// As FRAM or an EEPROM is.
struct Memory {
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(256, 0xFF);
  Status answer = Status::ok;
  std::uint32_t size() const { return static_cast<std::uint32_t>(bytes.size()); }
  Status read(std::uint32_t address, MutableBytes out) {
    copy_bytes(ConstBytes(bytes.data() + address, out.size()), out);
    return answer;
  }
  Status write(std::uint32_t address, ConstBytes from) {
    copy_bytes(from, MutableBytes(bytes.data() + address, from.size()));
    return answer;
  }
};
struct LargeItems : Memory {
  static constexpr std::uint32_t kItemSize = 64;
};
struct WithoutWrite {
  std::uint32_t size() const { return 0; }
  Status read(std::uint32_t, MutableBytes) { return Status::ok; }
};

}  // namespace

TEST_CASE("an item is a program unit, and at least 32 bytes an erase block") {
  CHECK(MemoryFlash<Memory>::program_size() == 16);
  CHECK(MemoryFlash<Memory>::erase_size() == 32);
  CHECK(MemoryFlash<LargeItems>::program_size() == 64);
  CHECK(MemoryFlash<LargeItems>::erase_size() == 64);
  CHECK(check_flash_policy<MemoryFlash<Memory>>());
  CHECK(detail::IsMemory<Memory>::value);
  CHECK_FALSE(detail::IsMemory<WithoutWrite>::value);
}

TEST_CASE("erasing a block writes zeros there and nowhere else") {
  Memory memory;
  MemoryFlash<Memory> flash(memory);
  CHECK(flash.size() == 256);
  REQUIRE(flash.program(0, view(Bytes(96, 0x5A))) == Status::ok);
  REQUIRE(flash.erase(32) == Status::ok);
  for (std::size_t i = 0; i < 96; ++i) CHECK(memory.bytes[i] == (i >= 32 && i < 64 ? 0x00 : 0x5A));
}

TEST_CASE("all zeros and all ones are blank, nothing else is, a mixture of both least of all") {
  Memory memory;
  MemoryFlash<Memory> flash(memory);
  const auto is_blank = [&](std::uint32_t address, std::uint32_t length) {
    bool blank = false;
    REQUIRE(flash.is_blank(address, length, blank) == Status::ok);
    return blank;
  };
  CHECK(is_blank(0, 256));
  REQUIRE(flash.erase(32) == Status::ok);
  CHECK(is_blank(32, 32));
  CHECK(is_blank(40, 5));
  CHECK_FALSE(is_blank(16, 32));
  memory.bytes[200] = 0x5A;
  CHECK_FALSE(is_blank(192, 64));
  CHECK(is_blank(201, 55));
  memory.bytes[100] = 0x00;
  CHECK_FALSE(is_blank(96, 32));
}

TEST_CASE("what the memory answers is passed on") {
  Memory memory;
  MemoryFlash<Memory> flash(memory);
  memory.answer = Status::read_failed;
  bool blank = false;
  std::uint8_t out[4] = {};
  CHECK(flash.is_blank(0, 8, blank) == Status::read_failed);
  CHECK(flash.read(0, MutableBytes(out)) == Status::read_failed);
  CHECK(flash.erase(0) == Status::read_failed);
}
