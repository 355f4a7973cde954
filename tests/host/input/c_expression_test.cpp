// SPDX-License-Identifier: Apache-2.0
#include "input/c_expression.hpp"

#include <doctest/doctest.h>

#include "input/c_tokens.hpp"

using namespace tmd::host::input;

namespace {

/// What an expression is worth behind these declarations, as text; "?" and the reason where it is nothing.
std::string value(const std::string& expression, const std::string& declarations = "") {
  const std::vector<CToken> before = c_tokens(declarations);
  const CTypes types(before);
  const CConstants constants(before);
  CExpression reader(types, constants);
  const std::vector<CToken> tokens = c_tokens(expression);
  std::size_t at = 0;
  const std::optional<CValue> found = reader.take(tokens, at);
  if (!found) return "?" + reader.fault();
  if (at != tokens.size()) return "up to " + std::to_string(at);
  const bool negative = *found < 0;
  return (negative ? "-" : "") + std::to_string(static_cast<unsigned long long>(negative ? -*found : *found));
}
bool is_nothing(const std::string& expression, const std::string& declarations = "") {
  const std::string found = value(expression, declarations);
  return found.size() > 1 && found[0] == '?';
}

}  // namespace

TEST_CASE("numbers in every base, with their suffixes") {
  CHECK(value("42") == "42");
  CHECK(value("0x2A") == "42");
  CHECK(value("052") == "42");
  CHECK(value("0b101010") == "42");
  CHECK(value("1'000'000u") == "1000000");
  CHECK(value("42UL") == "42");
  CHECK(value("'A'") == "65");
  CHECK(value("0xFFFFFFFFFFFFFFFF") == "18446744073709551615");
}

TEST_CASE("operators bind as in C") {
  CHECK(value("2 + 3 * 4") == "14");
  CHECK(value("(2 + 3) * 4") == "20");
  CHECK(value("20 - 5 - 3") == "12");
  CHECK(value("1 << 2 + 1") == "8");
  CHECK(value("7 & 3 | 8") == "11");
  CHECK(value("6 ^ 3 & 1") == "7");
  CHECK(value("-7 / 2") == "-3");
  CHECK(value("-7 % 4") == "-3");
  CHECK(value("~5 + 1") == "-5");
  CHECK(value("- - 5") == "5");
}

TEST_CASE("names stand for what the source says, one in the other too") {
  CHECK(value("N + 1", "#define N 5\n") == "6");
  CHECK(value("B", "#define A 5\n#define B (A * 2)\n") == "10");
  CHECK(value("kStep", "enum { kStep = 3 };") == "3");
  CHECK(is_nothing("N"));
  CHECK(is_nothing("N", "#define N N\n"));
  CHECK(is_nothing("A", "#define A B\n#define B A\n"));
  CHECK(is_nothing("N", "#define N 5\n#define N 6\n"));
}

TEST_CASE("casts wrap as their types do") {
  CHECK(value("(uint8_t)-1") == "255");
  CHECK(value("(int8_t)0x1FF") == "-1");
  CHECK(value("(uint16_t)65537") == "1");
  CHECK(value("(u8)300", "typedef unsigned char u8;") == "44");
}

TEST_CASE("what is no constant, or has no value in C, is nothing, with a reason") {
  for (const char* expression :
       {"1 / 0", "1 % 0", "1 << 200", "1 << -1", "1.5", "f(3)", "+", "(1", "", "0x", "08"}) {
    CAPTURE(expression);
    CHECK(is_nothing(expression));
  }
}

TEST_CASE("an expression ends where it ends, and no depth of brackets is the program's end") {
  CHECK(value("1, 2") == "up to 1");
  CHECK(value("1 }") == "up to 1");
  CHECK(is_nothing(std::string(100000, '(') + "1"));
  CHECK(is_nothing(std::string(100000, '-') + "1"));
}
