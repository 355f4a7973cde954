// SPDX-License-Identifier: Apache-2.0
#include "model/source_text.hpp"

#include <doctest/doctest.h>

using namespace tmd::host::model;

TEST_CASE("a name for code is one in C and in C++, and no word of either") {
  for (const char* name : {"ModelLimits", "limits", "k2", "a_b", "classes", "Class"}) {
    CAPTURE(name);
    CHECK(name_fault(name).empty());
  }
  for (const char* name : {"", "class", "typename", "restrict", "xor_eq", "alignas", "unix", "tmd", "std",
                           "_Limits", "__limits", "a__b", "2limits", "a b", "a-b", "limits;", "größe"}) {
    CAPTURE(name);
    CHECK_FALSE(name_fault(name).empty());
  }
}
