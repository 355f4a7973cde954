// SPDX-License-Identifier: Apache-2.0
#include "fleet/parse_json.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "base/error.hpp"
#include "fleet/fleet_manifest.hpp"
#include "fleet/release_log.hpp"

using namespace tmd;
using host::fleet::parse_json;

namespace {

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

/// So many that printing the value would leave any stack.
constexpr std::size_t kTrap = 1'000'000;

}  // namespace

TEST_CASE("JSON is read up to a depth, and refused below it") {
  CHECK(parse_json("{\"a\": [1, {\"b\": null}]}").at("a").size() == 2);
  CHECK_NOTHROW((void)parse_json(nested(host::fleet::kDeepestJson)));
  CHECK_THROWS_WITH_AS((void)parse_json(nested(host::fleet::kDeepestJson + 1)),
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
  CHECK(parse_json(object_of(host::fleet::kMostMembers)).size() == host::fleet::kMostMembers);
  CHECK_THROWS_WITH_AS((void)parse_json(object_of(host::fleet::kMostMembers + 1)),
                       "an object in it has more than 256 members", host::Error);
  CHECK_THROWS_WITH_AS((void)parse_json("[[" + object_of(1000) + "]]"), doctest::Contains("more than 256"),
                       host::Error);
  std::string many = "[";
  for (unsigned i = 0; i < 100'000; ++i) many += "{\"a\":1},";
  CHECK(parse_json(many + "0]").size() == 100'001);
  CHECK(parse_json("\":::[[[\\\"{{{\"").is_string());
}

TEST_CASE("a manifest whose length of a file is a million arrays in one another is refused") {
  host::fleet::FleetManifest manifest;
  manifest.target = {{"a.tflite"}, 10, std::string(64, 'a'), "1.0.0"};
  std::string text = to_json(manifest);
  const std::size_t at = text.find("\"bytes\": 10");
  REQUIRE(at != std::string::npos);
  text.replace(at, 11, "\"bytes\": " + nested(kTrap));
  CHECK_THROWS_WITH_AS(
      (void)host::fleet::parse_fleet_manifest(text, "m.json"),
      "m.json: this is no manifest of tmd diff --bases: it is nested more than 32 levels deep", host::Error);
}

TEST_CASE("a line of a log whose release is a million arrays in one another is refused") {
  const std::string line =
      R"({"previous":"","time":"","who":"","action":"publish","channel":"a","percent":1,)"
      "\"release\":" +
      nested(kTrap) + "}\n";
  CHECK_THROWS_WITH_AS((void)host::fleet::ReleaseLog(line),
                       "line 1 of the log: it is nested more than 32 levels deep", host::Error);
}
