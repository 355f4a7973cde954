// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <sys/stat.h>

#include "support/patched_pair.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

void check_usage(const Finished& finished, const std::string& words) {
  CAPTURE(finished.errors);
  CHECK(finished.status == 2);
  CHECK(is_one_error_line(finished.errors));
  CHECK(finished.errors.find(words) != std::string::npos);
}

}  // namespace

TEST_CASE("no command writes over what it reads, by whatever name") {
  const PatchedPair pair = edited_pair();
  REQUIRE(pair.diff().status == 0);
  const std::string base = contents_of(pair.base), target = contents_of(pair.target),
                    patch = contents_of(pair.patch);
  const std::string link = pair.folder / "link", hard = pair.folder / "hard";
  std::filesystem::create_symlink(pair.base, link);
  std::filesystem::create_hard_link(pair.base, hard);
  const std::string around = pair.folder.path() / "." / std::filesystem::path(pair.base).filename();
  for (const std::string& output : {pair.base, pair.target, link, hard, around})
    check_usage(run_tmd({"diff", pair.base, pair.target, "-o", output}), "this would overwrite");
  check_usage(run_tmd({"apply", pair.base, pair.patch, "-o", pair.patch}), "this would overwrite");
  check_usage(run_tmd({"apply", pair.base, pair.patch, "-o", pair.base}), "this would overwrite");
  check_usage(run_tmd({"limits", pair.base, "-o", pair.base}), "this would overwrite");
  check_usage(run_tmd({"self-test", pair.base, "-o", pair.base}), "this would overwrite");
  check_usage(run_tmd({"simulate", pair.base, pair.patch, "--flash", pair.base}), "this would overwrite");
  check_usage(run_tmd({"simulate", pair.base, pair.patch, "--flash", pair.folder / "f", "-o", pair.patch}),
              "this would overwrite");
  check_usage(
      run_tmd({"simulate", pair.base, pair.patch, "--flash", pair.folder / "f", "-o", pair.folder / "f"}),
      "is written for --flash already");
  CHECK(contents_of(pair.base) == base);
  CHECK(contents_of(pair.target) == target);
  CHECK(contents_of(pair.patch) == patch);
  CHECK_FALSE(std::filesystem::exists(pair.folder / "f"));
}

TEST_CASE("- is no name of an output, for any command") {
  const PatchedPair pair = edited_pair();
  REQUIRE(pair.diff().status == 0);
  check_usage(run_tmd({"diff", pair.base, pair.target, "-o", "-"}), "give a file's name");
  check_usage(run_tmd({"apply", pair.base, pair.patch, "-o", "-"}), "give a file's name");
  check_usage(run_tmd({"limits", pair.base, "-o", "-"}), "give a file's name");
  check_usage(run_tmd({"self-test", pair.base, "-o", "-"}), "give a file's name");
  check_usage(run_tmd({"simulate", pair.base, pair.patch, "--flash", "-"}), "give a file's name");
}

TEST_CASE("an option is no file's name: one that was left out is wrong usage") {
  const PatchedPair pair = edited_pair();
  check_usage(run_tmd({"diff", pair.base, pair.target, "-o", "--json"}), "--json is no file's name");
  CHECK_FALSE(std::filesystem::exists("--json"));
}

TEST_CASE("what is not a number is in no range") {
  const PatchedPair pair = edited_pair();
  const std::string base = pair.base, target = pair.target;
  check_usage(run_tmd({"size", "--model", "60000", "--erase-ms", "nan"}), "'nan' is no number from 0 to");
  check_usage(run_tmd({"size", "--model", "60000", "--mhz", "nan"}), "'nan' is no number from 0.1 to");
  check_usage(run_tmd({"size", "--model", "64K"}), "'64K' is no whole number from 1 to");
  check_usage(run_tmd({"run", base, "--max-ms", "nan"}), "'nan' is no number above 0");
  check_usage(run_tmd({"run", base, "--max-mw", "0"}), "'0' is no number above 0");
  check_usage(run_tmd({"compare", base, target, "--min-agreement", "nan"}),
              "'nan' is no number from 0 to 100");
  check_usage(run_tmd({"slim", base, target, "--agree", "nan"}), "'nan' is no number from 0 to 1");
  check_usage(run_tmd({"simulate", base, target, "--flash", pair.folder / "f", "--loss", "nan"}),
              "'nan' is no number from 0 to 0.9");
}

TEST_CASE("a number that no variable holds is told with what one holds") {
  const PatchedPair pair = edited_pair();
  const auto diff = [&](const char* option, const char* number) {
    return run_tmd({"diff", pair.base, pair.target, "-o", pair.patch, option, number});
  };
  check_usage(diff("--arena", "-1"), "'-1' is no whole number from 0 to 4294967295");
  check_usage(diff("--ram", "99999999999"), "'99999999999' is no whole number from 0 to 4294967295");
  check_usage(diff("--ram", "0"), "'0' is no number above 0");
  check_failure(diff("--ram", "1"), "a decoder has at least ");
  CHECK(run_tmd({"diff", "--help"}).output.find("4294967295") == std::string::npos);
}

TEST_CASE("an empty value is none: it would turn off what the option asks for") {
  const PatchedPair pair = edited_pair();
  const std::string out = pair.folder / "out";
  check_usage(run_tmd({"diff", pair.base, pair.target, "-o", ""}), "--output: this is empty");
  check_usage(run_tmd({"diff", "", pair.target, "-o", pair.patch}), "BASE: this is empty");
  check_usage(run_tmd({"verify", pair.patch, "--public-key", ""}), "--public-key: this is empty");
  check_usage(run_tmd({"verify", pair.patch, "--base", "", "--target", ""}), "--base: this is empty");
  check_usage(run_tmd({"publish", "--verify", pair.folder / "", "--public-key", ""}),
              "--public-key: this is empty");
  check_usage(run_tmd({"simulate", pair.base, pair.patch, "--flash", out, "--cut-at", ""}),
              "--cut-at: this is empty");
}

TEST_CASE("an option that would change nothing is wrong usage") {
  const PatchedPair pair = edited_pair();
  const std::string out = pair.folder / "out";
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"diff", pair.base, pair.target, "-o", out, "--spare", "4"},
           {"diff", pair.base, pair.target, "-o", out, "--block", "2048"},
           {"diff", pair.base, pair.target, "-o", out, "--jobs", "2"},
           {"size", "--model", "60000", "--spare", "4"},
           {"simulate", pair.base, pair.target, "--flash", out, "--stop-at-cut"},
           {"compare", pair.base, pair.target, "--data", pair.folder.path(), "--count", "5"},
           {"send", pair.target, "--udp", "localhost:1", "--baud", "9600"}}) {
    CAPTURE(arguments.back());
    check_usage(run_tmd(arguments), "--");
  }
  CHECK_FALSE(std::filesystem::exists(out));
}

TEST_CASE("a file that is written over keeps its mode") {
  const PatchedPair pair = edited_pair();
  put_contents(pair.patch, "old");
  REQUIRE(::chmod(pair.patch.c_str(), 0640) == 0);
  REQUIRE(pair.diff().status == 0);
  struct stat facts {};
  REQUIRE(::stat(pair.patch.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0640);
}

TEST_CASE("the long help of diff is in groups") {
  const std::string help = run_tmd({"diff", "--help"}).output;
  for (const char* group :
       {"What the patch is like", "What the patch says of its target", "Signing and encryption",
        "Self-test of the new model", "Which part of a file is the model"})
    CHECK(help.find(std::string(group) + ":") != std::string::npos);
}

TEST_CASE("an option that changes nothing without one of several others is wrong usage alone") {
  const std::string words = "--mhz: only with one of --profile, --max-ms, --max-mw";
  check_usage(run_tmd({"run", "absent.tflite", "--mhz", "1"}), words);
  for (const std::vector<std::string>& other :
       {std::vector<std::string>{"--profile"}, std::vector<std::string>{"--max-ms", "1"}}) {
    const Finished used = run_tmd({"run", "absent.tflite", "--mhz", "1"}, other);
    CHECK(used.status == 3);
    CHECK(used.errors.find("absent.tflite") != std::string::npos);
  }
}
