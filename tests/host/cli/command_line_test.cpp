// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "support/patched_pair.hpp"

using namespace tmd;
using namespace tmd::test;
using nlohmann::json;

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

TEST_CASE("an empty name is no file's name") {
  const PatchedPair pair = edited_pair();
  check_usage(run_tmd({"diff", pair.base, pair.target, "-o", ""}), "--output: this is an empty name");
  check_usage(run_tmd({"diff", "", pair.target, "-o", pair.patch}), "BASE: this is an empty name");
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

TEST_CASE("with --json an error is JSON on standard output as well") {
  const PatchedPair pair = edited_pair();
  const auto error_of = [](const std::vector<std::string>& arguments) {
    const Finished finished = run_tmd(arguments);
    CHECK(is_one_error_line(finished.errors));
    const json object = json::parse(finished.output);
    CHECK(object["status"] == finished.status);
    CHECK(finished.errors == "tmd: error: " + object["error"].get<std::string>() + "\n");
    return finished.status;
  };
  const std::string absent = pair.folder / "absent";
  CHECK(error_of({"diff", absent, pair.target, "-o", pair.patch, "--json"}) == 3);
  CHECK(error_of({"diff", "--json"}) == 2);
  CHECK(error_of({"frobnicate", "--json"}) == 2);
  for (const char* command : {"inspect", "verify"}) CHECK(error_of({command, absent, "--json"}) == 3);
  CHECK(error_of({"apply", pair.base, absent, "-o", pair.output, "--json"}) == 3);
  CHECK(error_of({"check", absent, pair.target, "--json"}) == 3);
  CHECK(error_of({"limits", absent, "-o", pair.output, "--json"}) == 3);
  CHECK(error_of({"self-test", absent, "-o", pair.output, "--json"}) == 3);
  CHECK(error_of({"plan", absent, "--device", "1.0.0", "--json"}) == 3);
  CHECK(error_of({"simulate", pair.base, absent, "--flash", pair.folder / "f", "--json"}) == 3);
  REQUIRE(pair.diff().status == 0);
  CHECK(error_of({"verify", pair.patch, "--target", pair.base, "--json"}) == 1);
  CHECK(json::parse(run_tmd({"verify", pair.patch, "--base", pair.base, "--json"}).output)["applies"] ==
        true);
  CHECK(json::parse(run_tmd({"apply", pair.base, pair.patch, "-o", pair.output, "--json"}).output)["bytes"] ==
        contents_of(pair.target).size());
}

TEST_CASE("what was mistyped is guessed, where something is near") {
  check_usage(run_tmd({"dif", "a", "b"}), "did you mean diff?");
  check_usage(run_tmd({"verfiy", "a"}), "did you mean verify?");
  check_usage(run_tmd({"diff", "a", "b", "--ouptut", "c"}), "did you mean --output?");
  check_usage(run_tmd({"diff", "a", "b", "-o", "c", "--no-mta"}), "did you mean --no-meta?");
  CHECK(run_tmd({"frobnicate"}).errors.find("did you mean") == std::string::npos);
}

TEST_CASE("tmd help is --help, of the program or of a command") {
  CHECK(run_tmd({"help"}).output == run_tmd({"--help"}).output);
  CHECK(run_tmd({"help", "diff"}).output == run_tmd({"diff", "--help"}).output);
  check_usage(run_tmd({"help", "dif"}), "did you mean diff?");
}

TEST_CASE("the long help of diff is in groups") {
  const std::string help = run_tmd({"diff", "--help"}).output;
  for (const char* group :
       {"What the patch is like", "What the patch says of its target", "Signing and encryption",
        "Self-test of the new model", "Which part of a file is the model"})
    CHECK(help.find(std::string(group) + ":") != std::string::npos);
}
