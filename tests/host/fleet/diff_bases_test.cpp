// SPDX-License-Identifier: Apache-2.0
#include "fleet/diff_bases.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "input/load_input.hpp"
#include "support/released_fleet.hpp"
#include "support/small_disk.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("every different base in the field gets a patch that applies, and the manifest finds it") {
  const ReleasedFleet fleet;
  const Finished finished = fleet.diff();
  CHECK(finished.status == 0);
  CHECK(finished.errors.empty());  // no progress bar where there is no terminal
  const json manifest = fleet.manifest();
  CHECK(manifest["target"]["bytes"] == 8000);
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
  const ReleasedFleet fleet;
  REQUIRE(fleet.diff({"--jobs", "1"}).status == 0);
  const auto alone = fleet.files();
  REQUIRE(fleet.diff({"--jobs", "4"}).status == 0);
  CHECK(fleet.files() == alone);
}

TEST_CASE("a base that is the target already gets no patch") {
  const ReleasedFleet fleet;
  std::filesystem::copy_file(fleet.target, fleet.released + "/there-already.bin");
  REQUIRE(fleet.diff().status == 0);
  CHECK(fleet.manifest()["patches"].size() == 4);
}

TEST_CASE("a member of the folder that is no model is an error that says what it looks like") {
  const ReleasedFleet fleet;
  put_contents(fleet.released + "/README.md", "# Our models\n");
  check_failure(fleet.diff(), 3, "README.md: this looks like text");
  CHECK_FALSE(std::filesystem::exists(fleet.patches + "/manifest.json"));
}

TEST_CASE("what is wrong with many bases is said in one line") {
  const ReleasedFleet fleet;
  check_failure(run_tmd({"diff", "--bases", fleet.folder / "absent", fleet.target, "-o", fleet.patches}), 3,
                "absent: No such file");
  std::filesystem::create_directory(fleet.folder / "empty");
  check_failure(run_tmd({"diff", "--bases", fleet.folder / "empty", fleet.target, "-o", fleet.patches}), 3,
                "there is no model in this folder");
  put_contents(fleet.released + "/none.bin", "");
  check_failure(fleet.diff(), 3,
                "none.bin: this is an empty file; remove it: devices without a model get a patch anyway");
  std::filesystem::remove(fleet.released + "/none.bin");
  check_failure(run_tmd({"diff", "--bases", fleet.released, fleet.target, "-o", fleet.target}), 2,
                "this would overwrite");
  check_failure(run_tmd({"diff", "--bases", fleet.released, fleet.target, "-o", fleet.released}), 2,
                "this would overwrite");
  put_contents(fleet.folder / "file", "no folder");
  check_failure(run_tmd({"diff", "--bases", fleet.released, fleet.target, "-o", fleet.folder / "file"}), 3,
                "cannot make the folder");
  check_failure(run_tmd({"diff", "--bases", fleet.released, "a", "b", "-o", fleet.patches}), 2,
                "TARGET alone");
  check_failure(run_tmd({"diff", "a", "-o", fleet.patches}), 2, "TARGET is required");
  check_failure(fleet.diff({"--explain"}), 2, "it is about one patch");
}

TEST_CASE("a folder that takes no files is said before the first patch is made") {
  const ReleasedFleet fleet;
  host::fleet::ManyBases plan;
  plan.bases = fleet.released;
  plan.target = fleet.target;
  plan.output = "/proc/self";  // where nobody may make files, not even root
  unsigned made = 0;
  plan.sign = [&](const host::Bytes& patch) {
    ++made;
    return patch;
  };
  CHECK_THROWS_WITH_AS((void)host::fleet::diff_bases(plan, host::input::load_input(fleet.target), {}),
                       doctest::Contains("/manifest.json"), host::Error);
  CHECK(made == 0);
}

TEST_CASE("a release takes the place of another one all at once: not where the disk is full") {
  const ReleasedFleet fleet;
  REQUIRE(fleet.diff().status == 0);
  const auto before = fleet.files();
  put_contents(fleet.target, retrained(contents_of(fleet.target), 60, 5));
  host::fleet::ManyBases plan;
  plan.bases = fleet.released;
  plan.target = fleet.target;
  plan.output = fleet.patches;
  const host::input::Input target = host::input::load_input(fleet.target);
  {
    // Room for patches between models, and not for the full one.
    const SmallDisk disk(4000);
    CHECK_THROWS_WITH_AS((void)host::fleet::diff_bases(plan, target, {}), doctest::Contains("cannot write"),
                         host::Error);
  }
  CHECK(fleet.files() == before);
}
