// SPDX-License-Identifier: Apache-2.0
#include "base/numbers.hpp"

#include <doctest/doctest.h>

#include <array>

#include "base/bytes.hpp"
#include "base/error.hpp"

using namespace tmd::host;

TEST_CASE("numbers get a comma every three digits from the right") {
  CHECK(with_commas(0) == "0");
  CHECK(with_commas(999) == "999");
  CHECK(with_commas(1000) == "1,000");
  CHECK(with_commas(1234567) == "1,234,567");
  CHECK(with_commas(~0ULL) == "18,446,744,073,709,551,615");
}

TEST_CASE("hexadecimal goes both ways; hyphens are passed over, anything else is refused") {
  const Bytes bytes = {0x00, 0x7F, 0xAB, 0xFF};
  CHECK(to_hex(view(bytes)) == "007fabff");
  CHECK(from_hex("007fabff") == bytes);
  CHECK(from_hex("00-7F-aB-ff") == bytes);
  CHECK(from_hex("").empty());
  CHECK_THROWS_AS((void)from_hex("0"), Error);
  CHECK_THROWS_AS((void)from_hex("0g"), Error);
  CHECK_THROWS_AS((void)from_hex("0x00"), Error);
}

TEST_CASE("a whole number is decimal or 0x…, and at most the limit") {
  CHECK(to_number("42", 42) == 42);
  CHECK(to_number("0x2A", 42) == 42);
  CHECK(to_number("18446744073709551615", ~0ULL) == ~0ULL);
  for (const char* text :
       {"43", "0x2b", "", "0x", "-1", "+1", " 1", "1 ", "1.0", "many", "18446744073709551616"}) {
    CAPTURE(text);
    CHECK_THROWS_AS((void)to_number(text, 42), Error);
  }
}

TEST_CASE("a version is three numbers of at most 65,535") {
  CHECK(to_version("1.20.65535") == std::array<std::uint16_t, 3>{1, 20, 65535});
  for (const char* text : {"", "1", "1.2", "1.2.", "1.2.3.4", "1.2.65536", "1..3", "1.x.3", "-1.2.3"}) {
    CAPTURE(text);
    CHECK_THROWS_AS((void)to_version(text), Error);
  }
}
