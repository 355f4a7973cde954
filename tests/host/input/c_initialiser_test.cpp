// SPDX-License-Identifier: Apache-2.0
#include "input/c_initialiser.hpp"

#include <doctest/doctest.h>

#include "input/c_tokens.hpp"
#include "support/input_files.hpp"

using namespace tmd::host::input;
using tmd::test::contains;

namespace {

/// The list that these braces hold; behind them stands another word.
CInitialiser list_of(const std::string& braces) {
  const std::vector<CToken> before = c_tokens("");
  const CTypes types(before);
  const CConstants constants(before);
  CExpression expression(types, constants);
  return read_initialiser(c_tokens(braces + " behind"), 0, expression);
}
std::string fault_of(const std::string& braces) {
  return list_of(braces).fault;
}

/// The bytes of these values, or why they are none.
std::string bytes_or_fault(const std::vector<CValue>& values, CType type) {
  std::string fault;
  const auto bytes = bytes_of_values(values, type, fault);
  return bytes ? std::string(bytes->begin(), bytes->end()) : fault;
}

}  // namespace

TEST_CASE("a list is read to its closing brace, with a comma behind its last value or without") {
  for (const char* braces : {"{1, 2 + 3, -4}", "{1, 5, -4,}"}) {
    CAPTURE(braces);
    const CInitialiser found = list_of(braces);
    CHECK(found.fault.empty());
    CHECK(found.values == std::vector<CValue>{1, 5, -4});
    CHECK(found.row == 0);
    CHECK(found.end == c_tokens(braces).size());
    CHECK_FALSE(found.cut_off);
  }
  CHECK(list_of("{}").values.empty());
  CHECK(list_of("{1, 2").cut_off);
  CHECK(list_of("{{1, 2}, {3").cut_off);
}

TEST_CASE("rows have braces of their own and one length") {
  const CInitialiser found = list_of("{{1, 2, 3}, {4, 5, 6}}");
  CHECK(found.values == std::vector<CValue>{1, 2, 3, 4, 5, 6});
  CHECK(found.row == 3);
  CHECK(contains(fault_of("{{1, 2}, {4}}"), "rows of different lengths"));
  CHECK(contains(fault_of("{{4}, {1, 2}}"), "rows of different lengths"));
  CHECK(contains(fault_of("{{1}, 2}"), "values beside rows of values"));
  CHECK(contains(fault_of(std::string(10, '{') + std::string(10, '}')), "nested too deeply"));
}

TEST_CASE("what is no list of integers says what stands there, and where") {
  CHECK(contains(fault_of("{[3] = 1}"), "values for named places (line 1)"));
  CHECK(contains(fault_of("{1,\n.a = 1}"), "values for named places (line 2)"));
  CHECK(contains(fault_of("{1\n2}"), "'2' behind a value (line 2)"));
  CHECK(contains(fault_of("{N}"), "'N'"));
}

TEST_CASE("values become little-endian integers of their type") {
  CHECK(bytes_or_fault({0x4241, -1}, {2, false}) == "AB\xFF\xFF");
  CHECK(bytes_or_fault({0x44434241}, {4, false}) == "ABCD");
}

TEST_CASE(
    "a byte of a signed type may be written as its unsigned value, and the other way round; no larger") {
  for (const CValue value : {CValue{-128}, CValue{255}})
    CHECK(bytes_or_fault({value}, {1, false}).size() == 1);
  for (const CValue value : {CValue{-129}, CValue{256}})
    CHECK(bytes_or_fault({1, value}, {1, false}) == "value 2 of it does not fit 8 bits");
  CHECK(bytes_or_fault({65536}, {2, false}) == "value 1 of it does not fit 16 bits");
}
