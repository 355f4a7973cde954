// SPDX-License-Identifier: Apache-2.0
// `tmd diff --bases` and `tmd plan`: patches for a whole fleet, and the way of one device.
#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "support/program.hpp"

using namespace tmd::test;
using nlohmann::json;

namespace {

/// The same with one byte in `every` changed.
std::string retrained(std::string model, std::size_t every, unsigned seed) {
  std::mt19937 random(seed);
  for (std::size_t i = random() % every; i < model.size(); i += every) model[i] = static_cast<char>(random());
  return model;
}

/// Three releases, the first of them under two names, and the next one.
struct Fleet {
  TemporaryFolder folder;
  std::string released = folder / "released";
  std::string patches = folder / "patches";
  std::string target = folder / "gesture-1.3.0.bin";

  Fleet() {
    std::filesystem::create_directory(released);
    const std::string first = noise(20000, 1);
    const std::string second = retrained(first, 50, 2);
    const std::string third = retrained(second, 50, 3);
    put_contents(released + "/gesture-1.0.0.bin", first);
    put_contents(released + "/factory.bin", first);
    put_contents(released + "/gesture-1.1.0.bin", second);
    put_contents(released + "/gesture-1.2.0.bin", third);
    put_contents(target, retrained(third, 50, 4));
  }
  Finished diff(const std::vector<std::string>& more = {}) const {
    return run_tmd({"diff", "--bases", released, target, "-o", patches}, more);
  }
  json manifest() const { return json::parse(contents_of(patches + "/manifest.json")); }
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(patches))
      files[entry.path().filename().string()] = contents_of(entry.path());
    return files;
  }
};

void check_failure(const Finished& finished, int status, const std::string& words) {
  CAPTURE(finished.errors);
  CHECK(finished.status == status);
  CHECK(is_one_error_line(finished.errors));
  CHECK(finished.errors.find(words) != std::string::npos);
}

}  // namespace

TEST_CASE("every different base in the field gets a patch that applies, and the manifest finds it") {
  const Fleet fleet;
  const Finished finished = fleet.diff();
  CHECK(finished.status == 0);
  CHECK(finished.errors.empty());  // no progress bar where there is no terminal
  const json manifest = fleet.manifest();
  CHECK(manifest["target"]["bytes"] == 20000);
  CHECK(manifest["target"]["version"] == "1.3.0");
  REQUIRE(manifest["patches"].size() == 4);
  CHECK(manifest["patches"][0]["base"]["names"] == json({"factory.bin", "gesture-1.0.0.bin"}));
  CHECK(manifest["patches"][0]["base"]["version"] == "1.0.0");
  CHECK(manifest["patches"][3]["base"]["bytes"] == 0);
  CHECK(fleet.files().size() == 5);
  for (const json& patch : manifest["patches"]) {
    const std::string file = fleet.patches + "/" + patch["file"].get<std::string>();
    CHECK(contents_of(file).size() == patch["bytes"]);
    const json names = patch["base"]["names"];
    const std::string base = names.empty() ? "/dev/null" : fleet.released + "/" + names[0].get<std::string>();
    const std::string output = fleet.folder / "output.bin";
    REQUIRE(run_tmd({"apply", base, file, "-o", output}).status == 0);
    CHECK(contents_of(output) == contents_of(fleet.target));
    const json inspected = json::parse(run_tmd({"inspect", file, "--json"}).output);
    CHECK(inspected["base"]["digest"]["value"] == patch["base"]["sha256"]);
    CHECK(inspected["target"]["digest"]["value"] == manifest["target"]["sha256"]);
  }
}

TEST_CASE("the files are the same whatever the number of jobs") {
  const Fleet fleet;
  REQUIRE(fleet.diff({"--jobs", "1"}).status == 0);
  const auto alone = fleet.files();
  REQUIRE(fleet.diff({"--jobs", "4"}).status == 0);
  CHECK(fleet.files() == alone);
}

TEST_CASE("a base that is the target already gets no patch") {
  const Fleet fleet;
  std::filesystem::copy_file(fleet.target, fleet.released + "/there-already.bin");
  REQUIRE(fleet.diff().status == 0);
  CHECK(fleet.manifest()["patches"].size() == 4);
}

TEST_CASE("what is wrong with many bases is said in one line") {
  const Fleet fleet;
  check_failure(run_tmd({"diff", "--bases", fleet.folder / "absent", fleet.target, "-o", fleet.patches}), 1,
                "absent: No such file");
  std::filesystem::create_directory(fleet.folder / "empty");
  check_failure(run_tmd({"diff", "--bases", fleet.folder / "empty", fleet.target, "-o", fleet.patches}), 1,
                "there is no model in this folder");
  check_failure(run_tmd({"diff", "--bases", fleet.released, fleet.target, "-o", fleet.target}), 1,
                "cannot make the folder");
  check_failure(run_tmd({"diff", "--bases", fleet.released, "a", "b", "-o", fleet.patches}), 2,
                "TARGET alone");
  check_failure(run_tmd({"diff", "a", "-o", fleet.patches}), 2, "TARGET is required");
  check_failure(fleet.diff({"--sign", "-"}), 2, "not on standard input");
  check_failure(fleet.diff({"--explain"}), 2, "it is about one patch");
}

TEST_CASE("a device takes the fewest bytes: a direct patch, a chain, or the full model") {
  const Fleet fleet;
  REQUIRE(fleet.diff().status == 0);
  const auto plan = [&](const std::vector<std::string>& arguments) {
    std::vector<std::string> all = {"plan", "--json", fleet.patches};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const Finished finished = run_tmd(all);
    CAPTURE(finished.errors);
    REQUIRE(finished.status == 0);
    return json::parse(finished.output);
  };
  SUBCASE("direct, the device named by version, file, and digest") {
    const json by_version = plan({"--device", "1.1.0"});
    CHECK(by_version["recommendation"] == "direct");
    CHECK(by_version["direct"]["bytes"] == fleet.manifest()["patches"][1]["bytes"]);
    CHECK(by_version["chain"].is_null());
    CHECK(by_version["full"]["bytes"] == 20000);
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
  const Fleet fleet;
  std::filesystem::remove(fleet.released + "/factory.bin");
  const Finished finished = run_tmd({"plan", fleet.released, "--device", "1.0.0", "--json"});
  CAPTURE(finished.errors);
  REQUIRE(finished.status == 0);
  const json plan = json::parse(finished.output);
  CHECK(plan["target"]["version"] == "1.2.0");
  CHECK(plan["recommendation"] == "direct");
  CHECK(plan["chain"]["patches"].size() == 2);
  const Finished text = run_tmd({"plan", fleet.released, "--device", "1.0.0", "--to", "1.1.0"});
  CHECK(text.output.find("<- fewest bytes") != std::string::npos);
}

TEST_CASE("what is wrong with a plan's input is said in one line") {
  const Fleet fleet;
  REQUIRE(fleet.diff().status == 0);
  const std::string manifest = fleet.patches + "/manifest.json";
  check_failure(run_tmd({"plan", fleet.patches, "--device", "9.9.9"}), 1,
                "'9.9.9' is neither a file nor a name, version or SHA-256");
  check_failure(run_tmd({"plan", fleet.released, "--device", "1.0.0"}), 1,
                "factory.bin: no version in its name");
  check_failure(run_tmd({"plan", fleet.released, fleet.released, "--device", "1.0.0"}), 2, "give one folder");
  check_failure(run_tmd({"plan", fleet.target, "--device", "1.0.0"}), 1, "no manifest of tmd diff --bases");
  json damaged = fleet.manifest();
  for (const char* key : {"target", "patches", "kind", "schema"}) {
    json without = damaged;
    without.erase(key);
    put_contents(manifest, without.dump());
    check_failure(run_tmd({"plan", manifest, "--device", "1.0.0"}), 1, "no manifest of tmd diff --bases");
  }
  damaged["patches"][0]["bytes"] = -1;
  put_contents(manifest, damaged.dump());
  check_failure(run_tmd({"plan", manifest, "--device", "1.0.0"}), 1, "larger than any model");
  put_contents(manifest, std::string(100000, '['));
  check_failure(run_tmd({"plan", manifest, "--device", "1.0.0"}), 1, "no manifest of tmd diff --bases");
}
