// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <filesystem>

#include "support/patched_pair.hpp"
#include "support/released_fleet.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("a page that cannot be written is said before the models are read") {
  const PatchedPair pair = edited_pair();
  const std::string nowhere = pair.folder / "none/report.html", absent = pair.folder / "absent.bin";
  check_failure(run_tmd({"report", pair.base, absent, "-o", nowhere}),
                "cannot create " + nowhere + ": No such file or directory");
  check_failure(run_tmd({"report", pair.base, absent, "-o", pair.folder.path()}), "Is a directory");
}

TEST_CASE("a page is about two models or about a fleet") {
  const PatchedPair pair = edited_pair();
  const std::string page = pair.folder / "report.html";
  const auto words = [&](const std::vector<std::string>& what) {
    const Finished finished = run_tmd({"report", "-o", page}, what);
    CHECK(finished.status == 2);
    CHECK(is_one_error_line(finished.errors));
    return finished.errors;
  };
  CHECK(words({}).find("BASE TARGET") != std::string::npos);
  CHECK(words({pair.base}).find("BASE TARGET") != std::string::npos);
  CHECK(words({pair.base, pair.target, "--bases", pair.folder.path()})
            .find("it takes the place of BASE, TARGET and --patch") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(page));
}

TEST_CASE("a patch of other models is told from that of these") {
  const PatchedPair pair = edited_pair();
  const std::string page = pair.folder / "report.html";
  REQUIRE(pair.diff({"--quick"}).status == 0);
  check_failure(run_tmd({"report", pair.target, pair.target, "--patch", pair.patch, "-o", page}),
                "target.bin is not the base of " + pair.patch);
  check_failure(run_tmd({"report", pair.base, pair.base, "--patch", pair.patch, "-o", page}),
                "base.bin is not the target of " + pair.patch);
  CHECK_FALSE(std::filesystem::exists(page));
}

TEST_CASE("no page is written about a fleet's patches that are damaged") {
  const ReleasedFleet fleet;
  REQUIRE(fleet.diff().status == 0);
  const std::string page = fleet.folder / "report.html";
  const std::string patch = fleet.first_patch();
  put_contents(patch, contents_of(patch) + "x");
  check_failure(run_tmd({"report", "--bases", fleet.patches, "-o", page}), 3,
                patch + " is not the patch that its manifest describes");
  CHECK_FALSE(std::filesystem::exists(page));
}
