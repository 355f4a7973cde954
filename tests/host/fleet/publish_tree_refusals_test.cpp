// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "base/error.hpp"
#include "fleet/publish_tree.hpp"
#include "fleet/release_patches.hpp"
#include "fleet/roll_out.hpp"
#include "support/published_tree.hpp"

using namespace tmd;
using namespace tmd::host;
using namespace tmd::host::fleet;
using namespace tmd::test;

TEST_CASE("what is not as its manifest says is not published") {
  const test::TemporaryFolder folder;
  const std::string one = make_release(folder, "m1", {{"m0", 10}});
  put_contents(one + "/from-m0-to-m1.tmd", "other");
  CHECK_THROWS_WITH_AS((void)publish(one, plan_for(folder / "tree")),
                       doctest::Contains("make the patches anew"), Error);
  PublishPlan plan = plan_for(folder / "tree");
  plan.channel = "../up";
  CHECK_THROWS_WITH_AS((void)publish(one, plan), doctest::Contains("no name for a channel"), Error);
}

TEST_CASE("what is published is what was checked, whoever calls and whatever happens in between") {
  const test::TemporaryFolder folder;
  const std::string tree = folder / "tree";
  const std::string one = make_release(folder, "m1", {{"m0", 10}});
  SUBCASE("a manifest that says other things than its patch") {
    FleetManifest manifest = read_manifest_of(one);
    manifest.patches[0].base = model_called("m9");
    put_contents(one + "/manifest.json", to_json(manifest));
    CHECK_THROWS_WITH_AS((void)publish(one, plan_for(tree)), doctest::Contains("says other things of itself"),
                         Error);
  }
  SUBCASE("a patch that was whole when it was looked into") {
    PublishPlan plan = plan_for(tree);
    (void)publish(make_release(folder, "m2", {{"m0", 10}}), plan);
    const auto before = files_of(tree);
    std::filesystem::remove_all(tree + "/o");
    // The first operation is that of the folder for the first object, whose patch was read; the next one was not.
    const std::string two = make_release(folder, "m3", {{"m0", 10}, {"m1", 10}});
    plan.before_operation = [&] { put_contents(two + "/from-m1-to-m3.tmd", "other"); };
    CHECK_THROWS_WITH_AS((void)publish(two, plan), doctest::Contains("is not the patch"), Error);
    CHECK(contents_of(tree + "/audit.jsonl") == before.at("audit.jsonl"));
  }
  SUBCASE("patches that know their models by a CRC-32") {
    const std::string short_one = make_release(folder, "m4", {{"m0", 10}}, DigestKind::crc32);
    CHECK_THROWS_WITH_AS((void)publish(short_one, plan_for(tree)), doctest::Contains("--digest sha256"),
                         Error);
  }
}

TEST_CASE("what lies below c/ without a log is nobody's to remove") {
  const test::TemporaryFolder folder;
  const std::string tree = folder / "tree";
  const std::string one = make_release(folder, "m1", {{"m0", 10}});
  const auto refused = [&] {
    const auto before = files_of(tree);
    CHECK_THROWS_WITH_AS((void)publish(one, plan_for(tree)), doctest::Contains("no audit.jsonl"), Error);
    CHECK(files_of(tree) == before);
  };
  SUBCASE("somebody's sources") {
    std::filesystem::create_directories(tree + "/c");
    put_contents(tree + "/c/main.c", "int main() {}");
    refused();
  }
  SUBCASE("a tree whose log was lost") {
    (void)publish(one, plan_for(tree));
    PublishPlan withdrawal = plan_for(tree);
    withdrawal.withdraw = true;
    (void)publish(make_release(folder, "m2", {{"m0", 10}}), plan_for(tree));
    (void)publish(one, withdrawal);
    std::filesystem::remove(tree + "/audit.jsonl");
    refused();
  }
  SUBCASE("a tree whose log was emptied") {
    (void)publish(one, plan_for(tree));
    put_contents(tree + "/audit.jsonl", "");
    refused();
  }
  SUBCASE("objects alone, as a first run leaves them that was killed") {
    (void)publish(one, plan_for(tree));
    const auto whole = files_of(tree);
    std::filesystem::remove_all(tree + "/c");
    std::filesystem::remove(tree + "/audit.jsonl");
    CHECK(publish(one, plan_for(tree)).changed);
    CHECK(files_of(tree) == whole);
  }
}

TEST_CASE("what stands in the place of a file or folder of the tree is found before anything is written") {
  const test::TemporaryFolder folder;
  const std::string tree = folder / "tree";
  (void)publish(make_release(folder, "m1", {{"m0", 10}}), plan_for(tree, 2));
  const std::string two = make_release(folder, "m2", {{"m0", 10}, {"m1", 10}});
  const FleetManifest manifest = read_manifest_of(two);
  std::string odd;
  SUBCASE("a folder for an object") {
    odd = "o/" + manifest.patches[0].sha256;
    std::filesystem::create_directory(tree + "/" + odd);
  }
  SUBCASE("a folder for a pointer") {
    odd = "c/stable/1/" + pointer_name(model_called("m1").sha256);
    std::filesystem::create_directory(tree + "/" + odd);
  }
  SUBCASE("a file for a bucket") {
    odd = "c/stable/2";
    put_contents(tree + "/" + odd, "");
  }
  SUBCASE("a file for a channel") {
    odd = "c/s";
    put_contents(tree + "/" + odd, "");
  }
  const auto before = files_of(tree);
  CHECK_THROWS_WITH_AS((void)publish(two, plan_for(tree)), doctest::Contains((odd + " is no plain").c_str()),
                       Error);
  CHECK(files_of(tree) == before);
  REQUIRE(faults_of(tree).size() == 1);
  CHECK(faults_of(tree).front().starts_with(odd + " is no plain"));
}

TEST_CASE("nothing is written through symbolic links, and nothing but files and folders is served") {
  const test::TemporaryFolder folder;
  const std::string tree = folder / "tree";
  const std::string one = make_release(folder, "m1", {{"m0", 10}});
  std::filesystem::create_directories(tree + "/c");
  std::filesystem::create_directories(folder / "elsewhere");
  put_contents(folder / "precious", "as it was");
  std::string link;
  SUBCASE("a channel") {
    link = "/c/stable";
    std::filesystem::create_directory_symlink(folder / "elsewhere", tree + link);
  }
  SUBCASE("the objects") {
    link = "/o";
    std::filesystem::create_directory_symlink(folder / "elsewhere", tree + link);
  }
  SUBCASE("what is not finished") {
    link = "/.new";
    std::filesystem::create_symlink(folder / "precious", tree + link);
  }
  SUBCASE("the log") {
    link = "/audit.jsonl";
    std::filesystem::create_symlink(folder / "precious", tree + link);
  }
  SUBCASE("the lock, whose file would be made") {
    std::filesystem::create_symlink(folder / "made", tree + "/.lock");
    CHECK_THROWS_WITH_AS((void)publish(one, plan_for(tree)), doctest::Contains("cannot lock"), Error);
    CHECK_FALSE(std::filesystem::exists(folder / "made"));
    return;
  }
  CHECK_THROWS_WITH_AS((void)publish(one, plan_for(tree)), doctest::Contains("is no plain"), Error);
  CHECK(std::filesystem::is_empty(folder / "elsewhere"));
  CHECK(contents_of(folder / "precious") == "as it was");
  std::filesystem::remove(tree + link);
  CHECK(publish(one, plan_for(tree, 2)).changed);
  CHECK(faults_of(tree).empty());
}
