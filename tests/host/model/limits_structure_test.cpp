// SPDX-License-Identifier: Apache-2.0
#include "model/limits_structure.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using namespace tmd::host;
using model::structure_name;

TEST_CASE("the structure that states limits is found with its namespaces") {
  CHECK(structure_name("struct A : tmd::FirmwareStatement {};", "x") == "A");
  CHECK(structure_name("namespace a::b { namespace c { class A final : public FirmwareStatement {}; } }",
                       "x") == "a::b::c::A");
  CHECK(structure_name("namespace done { struct B {}; }\nnamespace { struct A : tmd::FirmwareStatement {}; }",
                       "x") == "A");
  CHECK(structure_name("namespace tmd { struct FirmwareStatement; }\nextern \"C\" {\nint f(struct B b);\n}\n"
                       "struct A : tmd::FirmwareStatement {};",
                       "x") == "A");
}

TEST_CASE("comments, strings and the preprocessor's lines say nothing") {
  CHECK(structure_name(
            "// struct B : tmd::FirmwareStatement {\n/*/ namespace n { */\n#define X namespace m { \\\n "
            "struct\n"
            "const char* text = \"namespace { struct C : FirmwareStatement {\";\nconst int n = 1'000;\n"
            "struct A : tmd::FirmwareStatement { char c = '{'; };",
            "x") == "A");
}

TEST_CASE("a header with no such structure, or several, is an error with its name") {
  CHECK_THROWS_WITH_AS((void)structure_name("struct A {};", "x.hpp"),
                       "x.hpp: there is no FirmwareStatement in it; is it a header made by tmd limits?",
                       Error);
  CHECK_THROWS_WITH_AS(
      (void)structure_name("struct A : tmd::FirmwareStatement {}; struct B : tmd::FirmwareStatement {};",
                           "x.hpp"),
      "x.hpp: there are several structures in it: A, B", Error);
  CHECK_THROWS_AS((void)structure_name("struct A : tmd::FirmwareStatement", "x.hpp"), Error);
}
