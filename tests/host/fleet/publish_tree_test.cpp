// SPDX-License-Identifier: Apache-2.0
#include "fleet/publish_tree.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.hpp"
#include "support/published_tree.hpp"

using namespace tmd;
using namespace tmd::host;
using namespace tmd::host::fleet;
using namespace tmd::test;

TEST_CASE("a release reaches a share of the buckets, is widened, paused and withdrawn") {
  const test::TemporaryFolder folder;
  const std::string tree = folder / "tree";
  const std::string one = make_release(folder, "m1", {{"m0", 10}});
  const std::string two = make_release(folder, "m2", {{"m0", 10}, {"m1", 10}});
  CHECK(publish(one, plan_for(tree)).pointers_written == 100);
  CHECK(is_to(pointed(tree, 99, "m0"), "m0 to m1"));

  CHECK(publish(two, plan_for(tree, 10)).changed);
  CHECK(is_to(pointed(tree, 9, "m0"), "m0 to m2"));
  CHECK(is_to(pointed(tree, 9, "m1"), "m1 to m2"));
  // Everyone else still gets what they got before.
  CHECK(is_to(pointed(tree, 10, "m0"), "m0 to m1"));
  CHECK(pointed(tree, 10, "m1").empty());

  CHECK(publish(two, plan_for(tree, 50)).changed);
  CHECK(is_to(pointed(tree, 49, "m1"), "m1 to m2"));
  CHECK(faults_of(tree).empty());

  CHECK(publish(two, plan_for(tree, 0)).changed);
  CHECK(is_to(pointed(tree, 0, "m0"), "m0 to m1"));
  CHECK(publish(two, plan_for(tree, 50)).changed);

  PublishPlan withdrawal = plan_for(tree);
  withdrawal.withdraw = true;
  CHECK(publish(two, withdrawal).changed);
  CHECK(is_to(pointed(tree, 0, "m0"), "m0 to m1"));
  CHECK(pointed(tree, 0, "m1").empty());
  CHECK_FALSE(publish(two, withdrawal).changed);
  CHECK_THROWS_WITH_AS((void)publish(two, plan_for(tree)), doctest::Contains("was withdrawn"), Error);
  CHECK(faults_of(tree).empty());
}

TEST_CASE("the same again changes nothing") {
  const test::TemporaryFolder folder;
  const std::string tree = folder / "tree";
  const std::string one = make_release(folder, "m1", {{"m0", 10}, {"", 900}});
  CHECK(publish(one, plan_for(tree, 30)).changed);
  const auto before = files_of(tree);
  const PublishReport again = publish(one, plan_for(tree, 30));
  CHECK_FALSE(again.changed);
  CHECK(again.objects_written + again.pointers_written + again.pointers_removed == 0);
  CHECK(files_of(tree) == before);
}

TEST_CASE("the cheapest way counts: a chain, the full model") {
  const test::TemporaryFolder folder;
  const std::string tree = folder / "tree";
  (void)publish(make_release(folder, "m1", {{"m0", 10}}), plan_for(tree));
  // No patch goes from m0 to m2: over m1. What comes from m9 is dearer than the full model.
  (void)publish(make_release(folder, "m2", {{"m1", 20}, {"m9", 800}, {"", 500}}), plan_for(tree));
  CHECK(is_to(pointed(tree, 5, "m0"), "m0 to m1"));
  CHECK(is_to(pointed(tree, 5, "m1"), "m1 to m2"));
  CHECK(is_to(pointed(tree, 5, "m9"), " to m2"));
  CHECK(is_to(pointed(tree, 5, ""), " to m2"));
}

TEST_CASE(
    "killed at each file operation: no pointer lacks its object, and the next run brings it to its end") {
  const test::TemporaryFolder folder;
  const std::string one = make_release(folder, "m1", {{"m0", 10}});
  const std::string two = make_release(folder, "m2", {{"m0", 10}, {"m1", 30}});
  const auto both = [&](const std::string& tree, PublishPlan second) {
    second.tree = tree;
    (void)publish(two, second);
  };
  const std::string whole = folder / "whole";
  (void)publish(one, plan_for(whole, 3));
  both(whole, plan_for(whole, 2));
  const auto wanted = files_of(whole);
  unsigned kills = 0;
  for (int at = 1;; ++at) {
    CAPTURE(at);
    const std::string tree = folder / ("tree" + std::to_string(at));
    (void)publish(one, plan_for(tree, 3));
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      PublishPlan second = plan_for(tree, 2);
      int operations = 0;
      second.before_operation = [&] {
        if (++operations == at) ::raise(SIGKILL);
      };
      both(tree, second);
      ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    for (unsigned bucket = 0; bucket < 3; ++bucket) {
      for (const char* base : {"m0", "m1"}) CHECK_NOTHROW((void)pointed(tree, bucket, base));
    }
    both(tree, plan_for(tree, 2));
    CHECK(files_of(tree) == wanted);
    CHECK(faults_of(tree).empty());
    std::filesystem::remove_all(tree);
    if (WIFEXITED(status)) break;
    ++kills;
  }
  // Two objects, the log and seven pointers, three operations each, and folders.
  CHECK(kills > 20);
}

TEST_CASE("two at once: both releases are there, and the log has both") {
  const test::TemporaryFolder folder;
  const std::string tree = folder / "tree";
  const std::string one = make_release(folder, "m1", {{"m0", 10}});
  const std::string two = make_release(folder, "m2", {{"m1", 10}});
  std::vector<pid_t> children;
  for (const std::string& release : {one, two}) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      for (unsigned percent = 1; percent <= 8; ++percent) (void)publish(release, plan_for(tree, percent));
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  CHECK(ReleaseLog(contents_of(tree + "/audit.jsonl")).entries().size() == 16);
  CHECK(faults_of(tree).empty());
}

TEST_CASE("verify finds each kind of damage") {
  const test::TemporaryFolder folder;
  const std::string tree = folder / "tree";
  const std::string one = make_release(folder, "m1", {{"m0", 10}});
  (void)publish(one, plan_for(tree, 2));
  (void)publish(one, plan_for(tree, 4));
  const auto sound = files_of(tree);
  std::string object;
  std::string pointer;
  for (const auto& [name, text] : sound) {
    if (name.starts_with("o/")) object = tree + "/" + name;
    if (name.starts_with("c/")) pointer = tree + "/" + name;
  }
  const std::string log = tree + "/audit.jsonl";
  const std::string log_text = contents_of(log);
  const std::string object_text = contents_of(object);
  std::string words;
  SUBCASE("an object was changed") {
    put_contents(object, object_text + " ");
    words = "is not what its name says";
  }
  SUBCASE("an object is missing") {
    std::filesystem::remove(object);
    words = "is missing";
  }
  SUBCASE("a pointer was changed") {
    put_contents(pointer, "{}\n");
    words = "points elsewhere";
  }
  SUBCASE("a pointer is missing") {
    std::filesystem::remove(pointer);
    words = "is missing";
  }
  SUBCASE("a pointer that nobody published") {
    put_contents(tree + "/c/stable/1/0000000000000000", "{}\n");
    words = "does not call for it";
  }
  SUBCASE("a line of the log was changed") {
    std::string changed = log_text;
    changed.replace(changed.find("somebody"), 8, "nobody  ");
    put_contents(log, changed);
    words = "does not name the line before it";
  }
  SUBCASE("a line of the log was removed") {
    put_contents(log, log_text.substr(log_text.find('\n') + 1));
    words = "does not name the line before it";
  }
  SUBCASE("the log was cut short") {
    put_contents(log, log_text.substr(0, log_text.size() - 5));
    words = "the line has no end";
  }
  SUBCASE("a symbolic link in the place of a bucket") {
    std::filesystem::rename(tree + "/c/stable/1", folder / "elsewhere");
    std::filesystem::create_directory_symlink(folder / "elsewhere", tree + "/c/stable/1");
    words = "c/stable/1 is no plain folder";
  }
  SUBCASE("a file in the place of a channel") {
    std::filesystem::rename(tree + "/c/stable", folder / "elsewhere");
    put_contents(tree + "/c/stable", "");
    words = "c/stable is no plain folder";
  }
  SUBCASE("a folder in the place of an object") {
    std::filesystem::remove(object);
    std::filesystem::create_directory(object);
    words = "is no plain file";
  }
  SUBCASE("a folder in the place of a pointer") {
    std::filesystem::remove(pointer);
    std::filesystem::create_directory(pointer);
    words = "is no plain file";
  }
  const std::vector<std::string> faults = faults_of(tree);
  REQUIRE_FALSE(faults.empty());
  CAPTURE(faults.front());
  CHECK(faults.front().find(words) != std::string::npos);
}

TEST_CASE("an object that was damaged is made whole by the same command again") {
  const test::TemporaryFolder folder;
  const std::string tree = folder / "tree";
  const std::string one = make_release(folder, "m1", {{"m0", 10}});
  (void)publish(one, plan_for(tree, 2));
  const auto sound = files_of(tree);
  for (const auto& [name, text] : sound) {
    if (name.starts_with("o/")) put_contents(tree + "/" + name, text.substr(1));
  }
  REQUIRE_FALSE(faults_of(tree).empty());
  CHECK(publish(one, plan_for(tree, 2)).objects_written == 1);
  CHECK(files_of(tree) == sound);
  CHECK(faults_of(tree).empty());
}
