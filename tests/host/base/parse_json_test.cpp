// SPDX-License-Identifier: Apache-2.0
#include "base/parse_json.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "base/error.hpp"

using namespace tmd;
using host::parse_json;

namespace {

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

}  // namespace

TEST_CASE("JSON is read up to a depth, and refused below it") {
  CHECK(parse_json("{\"a\": [1, {\"b\": null}]}").at("a").size() == 2);
  CHECK_NOTHROW((void)parse_json(nested(host::kDeepestJson)));
  CHECK_THROWS_WITH_AS((void)parse_json(nested(host::kDeepestJson + 1)),
                       "it is nested more than 32 levels deep", host::Error);
  CHECK_THROWS_AS((void)parse_json("[1"), nlohmann::json::parse_error);
}

TEST_CASE(
    "an object has a bounded number of members, an array any, and what stands in strings counts for "
    "nothing") {
  const auto object_of = [](std::size_t members) {
    std::string text = "{";
    for (std::size_t i = 0; i < members; ++i)
      text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + R"(":{"a":1,"b\":\\":[":",{"}":"{\"[["}]})";
    return text + "}";
  };
  CHECK(parse_json(object_of(host::kMostMembers)).size() == host::kMostMembers);
  CHECK_THROWS_WITH_AS((void)parse_json(object_of(host::kMostMembers + 1)),
                       "an object in it has more than 256 members", host::Error);
  CHECK_THROWS_WITH_AS((void)parse_json("[[" + object_of(1000) + "]]"), doctest::Contains("more than 256"),
                       host::Error);
  std::string many = "[";
  for (unsigned i = 0; i < 100'000; ++i) many += "{\"a\":1},";
  CHECK(parse_json(many + "0]").size() == 100'001);
  CHECK(parse_json("\":::[[[\\\"{{{\"").is_string());
}
