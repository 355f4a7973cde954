// SPDX-License-Identifier: Apache-2.0
// Every command answers with JSON where it is asked to.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "support/checked_models.hpp"

using namespace tmd::test;

namespace {

std::vector<std::string> commands() {
  std::vector<std::string> names;
  const std::string help = run_tmd({"--help"}).output;
  std::size_t at = help.find("Subcommands:\n");
  REQUIRE(at != std::string::npos);
  at = help.find('\n', at) + 1;
  for (; help.compare(at, 2, "  ") == 0; at = help.find('\n', at) + 1)
    if (help[at + 2] != ' ') names.push_back(help.substr(at + 2, help.find(' ', at + 2) - at - 2));
  return names;
}

nlohmann::json answer(std::vector<std::string> arguments) {
  arguments.push_back("--json");
  const Finished ran = run_tmd(arguments);
  CAPTURE(arguments.front());
  CAPTURE(ran.errors);
  CHECK(ran.status == 0);
  return nlohmann::json::parse(ran.output);
}

}  // namespace

TEST_CASE("every command has --json") {
  REQUIRE(commands().size() >= 14);
  for (const std::string& name : commands()) {
    CAPTURE(name);
    const std::string help = run_tmd({name, "--help"}).output;
    CHECK(help.find("--json") != std::string::npos);
  }
}

TEST_CASE("commands that write a file say what they wrote") {
  const CheckedModels models;
  const std::string base = models / "base.tflite", target = models / "weights.tflite",
                    patch = models / "p.tmd";
  REQUIRE(run_tmd({"diff", base, target, "-o", patch}).status == 0);
  const nlohmann::json applied = answer({"apply", base, patch, "-o", models / "out"});
  CHECK(applied["output"] == models / "out");
  CHECK(applied["bytes"] == contents_of(target).size());
  const nlohmann::json verified = answer({"verify", patch, "--base", base, "--target", target});
  CHECK(verified["format"] == 2);
  CHECK(verified["base_fits"] == true);
  CHECK(verified["target_fits"] == true);
  CHECK(verified["applies"] == true);
  CHECK(answer({"limits", base, "-o", models / "l.hpp"})["structure"] == "firmware::ModelLimits");
  CHECK(answer({"self-test", base, "-o", models / "in", "--seed", "7"})["seed"] == 7);
  CHECK(answer({"factory", base, "-o", models / "f.hpp"})["model_bytes"] == contents_of(base).size());
}
