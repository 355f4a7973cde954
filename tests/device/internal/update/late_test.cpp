// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/update/late.hpp"

#include <doctest/doctest.h>

using namespace tmd::detail;

namespace {

int living = 0;

struct Plain {
  int a;
  int b;
};
struct Counted {
  explicit Counted(int its_value) : value(its_value) { ++living; }
  ~Counted() { --living; }
  int value;
};

}  // namespace

TEST_CASE("an object is made later, of its arguments, and again") {
  Late<Plain> plain;
  plain.make(3, 4);
  CHECK(plain.get().a == 3);
  CHECK(plain.get().b == 4);
  plain.make(5, 6);
  CHECK(plain.get().b == 6);
}

TEST_CASE("an object with a destructor ends once, before another is made and with its place") {
  {
    Late<Counted> counted;
    CHECK(living == 0);
    counted.make(7);
    CHECK(living == 1);
    counted.make(8);
    CHECK(living == 1);
    CHECK(counted.get().value == 8);
  }
  CHECK(living == 0);
  { Late<Counted> never_made; }
  CHECK(living == 0);
}
