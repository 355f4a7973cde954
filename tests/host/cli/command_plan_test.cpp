// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "support/checked_models.hpp"
#include "support/released_fleet.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// What `tmd plan` says of these sources.
json planned(const std::string& sources, const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {"plan", "--json", sources};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const Finished finished = run_tmd(all);
  CAPTURE(finished.errors);
  REQUIRE(finished.status == 0);
  return json::parse(finished.output);
}

}  // namespace

TEST_CASE("a device takes the fewest bytes: a direct patch, a chain, or the full model") {
  const ReleasedFleet fleet;
  REQUIRE(fleet.diff().status == 0);
  const auto plan = [&](const std::vector<std::string>& arguments) {
    return planned(fleet.patches, arguments);
  };
  SUBCASE("direct, the device named by version, file, and digest") {
    const json by_version = plan({"--device", "1.1.0"});
    CHECK(by_version["recommendation"] == "direct");
    CHECK(by_version["direct"]["bytes"] == fleet.manifest()["patches"][1]["bytes"]);
    CHECK(by_version["chain"].is_null());
    const json from_nothing = fleet.manifest()["patches"].back();
    CHECK(from_nothing["base"]["bytes"] == 0);
    CHECK(by_version["full"]["bytes"] == from_nothing["bytes"]);
    CHECK(by_version["full"]["patches"][0]["file"] == from_nothing["file"]);
    CHECK(plan({"--device", fleet.released + "/gesture-1.1.0.bin"}) == by_version);
    CHECK(plan({"--device", by_version["device"]["sha256"].get<std::string>().substr(0, 8)}) == by_version);
  }
  SUBCASE("nothing to do") {
    CHECK(plan({"--device", "1.3.0"})["recommendation"] == "none");
  }
  SUBCASE("the full model, where no patch is known") {
    const std::string stranger = fleet.folder / "stranger.bin";
    put_contents(stranger, noise(300, 9));
    CHECK(plan({"--device", stranger})["recommendation"] == "full");
  }
  SUBCASE("a chain over another release, where it is cheaper than what is there") {
    // A release whose only patch comes from 1.3.0.
    const std::string next = fleet.folder / "gesture-1.4.0.bin";
    const std::string only = fleet.folder / "only";
    std::filesystem::create_directory(only);
    std::filesystem::copy_file(fleet.target, only + "/gesture-1.3.0.bin");
    put_contents(next, retrained(contents_of(fleet.target), 50, 5));
    REQUIRE(run_tmd({"diff", "--bases", only, next, "-o", fleet.folder / "next"}).status == 0);
    const json way = plan({fleet.folder / "next", "--device", "1.0.0"});
    CHECK(way["recommendation"] == "chain");
    CHECK(way["direct"].is_null());
    REQUIRE(way["chain"]["patches"].size() == 2);
    CHECK(way["chain"]["patches"][0]["file"] == fleet.manifest()["patches"][0]["file"]);
    CHECK(way["chain"]["bytes"] ==
          way["chain"]["patches"][0]["bytes"].get<int>() + way["chain"]["patches"][1]["bytes"].get<int>());
  }
}

TEST_CASE("a plan from a folder of models measures the patches that would be made") {
  const ReleasedFleet fleet;
  std::filesystem::remove(fleet.released + "/factory.bin");
  const json plan = planned(fleet.released, {"--device", "1.0.0"});
  CHECK(plan["target"]["version"] == "1.2.0");
  CHECK(plan["recommendation"] == "direct");
  CHECK(plan["chain"]["patches"].size() == 2);
  const Finished text = run_tmd({"plan", fleet.released, "--device", "1.0.0", "--to", "1.1.0"});
  CHECK(text.output.find("<- fewest bytes") != std::string::npos);
}

TEST_CASE("a patch is measured with what its manifest says of the target") {
  const CheckedModels models;
  const std::string folder = models / "released", base = folder + "/gesture-1.0.0.tflite",
                    target = folder + "/gesture-1.1.0.tflite", patch = models / "update.tmd";
  std::filesystem::create_directory(folder);
  std::filesystem::copy_file(models / "base.tflite", base);
  std::filesystem::copy_file(models / "operator.tflite", target);
  REQUIRE(run_tmd({"diff", base, target, "-o", patch}).status == 0);
  const json plan = planned(folder, {"--device", "1.0.0"});
  CHECK(plan["direct"]["bytes"] == std::filesystem::file_size(patch));
}

TEST_CASE("a device's model that is not in the folder has its place by its version") {
  const ReleasedFleet fleet;
  std::filesystem::remove(fleet.released + "/factory.bin");
  const auto bases_of_chain = [&](const char* name) {
    const std::string device = fleet.folder / name;
    put_contents(device, retrained(contents_of(fleet.released + "/gesture-1.0.0.bin"), 70, 9));
    const json plan = planned(fleet.released, {"--device", device});
    CHECK(plan["direct"]["patches"][0]["base_sha256"] == plan["device"]["sha256"]);
    return plan["chain"].is_null() ? 0 : plan["chain"]["patches"].size();
  };
  CHECK(bases_of_chain("gesture-1.0.5.bin") == 2);  // over 1.1.0 alone, not back to 1.0.0
  CHECK(bases_of_chain("gesture-1.1.5.bin") == 0);
  CHECK(bases_of_chain("gesture-2.0.0.bin") == 0);
  CHECK(bases_of_chain("prototype.bin") == 3);
}

TEST_CASE("a device without a model has its way through a folder of models, too") {
  const ReleasedFleet fleet;
  std::filesystem::remove(fleet.released + "/factory.bin");
  const json plan = planned(fleet.released, {"--device", "nothing"});
  CHECK(plan["device"]["bytes"] == 0);
  CHECK(plan["target"]["version"] == "1.2.0");
  CHECK(plan["chain"]["patches"].size() == 3);
  const std::string patch = fleet.folder / "first.tmd";
  REQUIRE(run_tmd({"diff", "/dev/null", fleet.released + "/gesture-1.2.0.bin", "-o", patch}).status == 0);
  CHECK(plan["direct"]["bytes"] == std::filesystem::file_size(patch));
}

TEST_CASE("what a manifest calls a model does nothing to a terminal") {
  const ReleasedFleet fleet;
  REQUIRE(fleet.diff().status == 0);
  json manifest = fleet.manifest();
  manifest["target"]["names"] = {"\x1b[2Jnew\n"};
  put_contents(fleet.patches + "/manifest.json", manifest.dump());
  const Finished plan = run_tmd({"plan", fleet.patches, "--device", "1.0.0"});
  CHECK(plan.status == 0);
  CHECK(plan.output.find("to   ?[2Jnew? (") != std::string::npos);
  CHECK(plan.output.find('\x1b') == std::string::npos);
  check_failure(run_tmd({"plan", fleet.patches, "--device", "x"}), 3, "there are ?[2Jnew");
}

TEST_CASE("what is wrong with a plan's input is said in one line") {
  const ReleasedFleet fleet;
  REQUIRE(fleet.diff().status == 0);
  const std::string manifest = fleet.patches + "/manifest.json";
  check_failure(run_tmd({"plan", fleet.patches, "--device", "9.9.9"}), 3,
                "'9.9.9' is neither a file nor a name, version or SHA-256");
  check_failure(run_tmd({"plan", fleet.released, "--device", "1.0.0"}), 3,
                "factory.bin: no version in its name");
  check_failure(run_tmd({"plan", fleet.released, fleet.released, "--device", "1.0.0"}), 2, "give one folder");
  check_failure(run_tmd({"plan", fleet.target, "--device", "1.0.0"}), 3, "no manifest of tmd diff --bases");
  check_failure(run_tmd({"plan", fleet.patches, "--device", "1.0.0", "--raw"}), 2, "--raw: only for models");
  json damaged = fleet.manifest();
  for (const char* key : {"target", "patches", "kind", "schema"}) {
    json without = damaged;
    without.erase(key);
    put_contents(manifest, without.dump());
    check_failure(run_tmd({"plan", manifest, "--device", "1.0.0"}), 3, "no manifest of tmd diff --bases");
  }
  // The last of them is beyond any integer.
  for (const json& bytes : {json(-1), json(1.5), json(true), json(1e20)}) {
    damaged["patches"][0]["bytes"] = bytes;
    put_contents(manifest, damaged.dump());
    check_failure(run_tmd({"plan", manifest, "--device", "1.0.0"}), 3, "is no length of a file in bytes");
  }
  put_contents(manifest, std::string(100000, '['));
  check_failure(run_tmd({"plan", manifest, "--device", "1.0.0"}), 3, "no manifest of tmd diff --bases");
}

TEST_CASE("no way over a patch that is damaged or absent is recommended") {
  const ReleasedFleet fleet;
  REQUIRE(fleet.diff().status == 0);
  const std::string patch = fleet.first_patch();
  const std::vector<std::string> plan = {"plan", fleet.patches, "--device", "1.0.0"};
  put_contents(patch, contents_of(patch) + "x");
  check_failure(run_tmd(plan), 3, patch + " is not the patch that its manifest describes");
  std::filesystem::remove(patch);
  check_failure(run_tmd(plan), 3, patch);
  // The patches may lie elsewhere.
  CHECK(run_tmd({"plan", fleet.patches + "/manifest.json", "--device", "1.0.0"}).status == 0);
}
