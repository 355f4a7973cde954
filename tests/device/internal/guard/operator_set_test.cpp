// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/guard/operator_set.hpp"

#include <doctest/doctest.h>

#include <string_view>

#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

constexpr SupportedOperator kLinked[] = {
    {3, 5, nullptr, operator_features::kInt8},  // CONV_2D
    {9, 4},                                     // FULLY_CONNECTED, anything
    {32, 1, "AUDIO"},
    {114, 1, nullptr, operator_features::kInt8 | operator_features::kFloat32}};

Status check(const Bytes& set) {
  return check_operator_set(view(set), kLinked, sizeof(kLinked) / sizeof(kLinked[0]));
}
Status check(std::string_view digits) {
  return check(hex(digits));
}

}  // namespace

TEST_CASE("an operator is there in the version that is linked, or an older one") {
  CHECK(check("") == Status::ok);
  CHECK(check("03 05") == Status::ok);
  CHECK(check("03 01 09 04") == Status::ok);
  CHECK(check("03 06") == Status::operator_missing);
  CHECK(check("04 01") == Status::operator_missing);
  CHECK(check("09 04 04 01") == Status::operator_missing);
}

TEST_CASE("builtin codes above 127 take two bytes") {
  CHECK(check("72 01") == Status::ok);
  CHECK(check("83 01 01") == Status::operator_missing);
}

TEST_CASE("a custom operator is known by its whole name") {
  CHECK(check(join({hex("20 01 05"), text("AUDIO")})) == Status::ok);
  CHECK(check(join({hex("20 01 04"), text("AUDI")})) == Status::operator_missing);
  CHECK(check(join({hex("20 01 06"), text("AUDIO2")})) == Status::operator_missing);
  CHECK(check(join({hex("20 01 05"), text("AUDIP")})) == Status::operator_missing);
  CHECK(check(hex("20 01 00")) == Status::operator_missing);
  CHECK(check(join({hex("20 02 05"), text("AUDIO")})) == Status::operator_missing);
}

TEST_CASE("features are those in front, until others follow; int8 before the first ones") {
  CHECK(check("03 41 01") == Status::ok);                // int8
  CHECK(check("03 41 02") == Status::operator_missing);  // float32
  CHECK(check("09 41 02") == Status::ok);
  CHECK(check("09 41 02 03 01") == Status::operator_missing);  // the features go on
  CHECK(check("09 41 02 03 41 01 09 01") == Status::ok);
  CHECK(check("72 41 03") == Status::ok);
  CHECK(check("72 41 07") == Status::operator_missing);
}

TEST_CASE("the reader gives each operator with what holds for it") {
  const Bytes set = join({hex("09 42 8002"), hex("20 01 05"), text("AUDIO")});
  OperatorSetReader reader(view(set));
  OperatorSetReader::Operator op;
  REQUIRE(reader.next(op) == Status::ok);
  CHECK(op.builtin == 9);
  CHECK(op.version == 2);
  CHECK(op.features == 0x100);
  CHECK(op.name.empty());
  REQUIRE(reader.next(op) == Status::ok);
  CHECK(op.builtin == kCustomOperator);
  CHECK(op.features == 0x100);
  CHECK(op.name.size() == 5);
  CHECK(reader.next(op) == Status::not_found);
}

TEST_CASE("a set that is cut off is malformed") {
  for (const char* digits : {"03", "03 C1", "03 41", "20 01", "20 01 05 41", "09 41 80"})
    CHECK(check(digits) == Status::malformed_manifest);
}
