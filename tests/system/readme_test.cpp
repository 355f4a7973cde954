// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "support/program.hpp"

using namespace tmd::test;

namespace {

const std::string kRoot = TMD_SOURCE_ROOT;

/// The only block of this language in a document.
std::string code_block(const std::string& document, const std::string& language) {
  const std::string text = contents_of(kRoot + "/" + document);
  const std::string fence = "```" + language + "\n";
  const std::size_t start = text.find(fence);
  REQUIRE(start != std::string::npos);
  const std::size_t end = text.find("```", start + fence.size());
  REQUIRE(text.find(fence, end) == std::string::npos);
  return text.substr(start + fence.size(), end - start - fence.size());
}

}  // namespace

TEST_CASE(
    "the example in the README compiles without a warning, takes its two patches, and runs the target") {
  const TemporaryFolder folder;
  put_contents(folder / "example.cpp", code_block("README.md", "cpp"));
  const char* compiler = std::getenv("TMD_COMPILER");
  REQUIRE(compiler != nullptr);
  const Finished compiled = run_program(
      {compiler, "-std=c++17", "-O1", "-fno-exceptions", "-fno-rtti", "-Wall", "-Wextra", "-Wpedantic",
       "-Werror", "-I", kRoot + "/include", folder / "example.cpp", "-o", folder / "example"});
  CAPTURE(compiled.errors);
  REQUIRE(compiled.status == 0);

  const std::string base(40000, '\x01');
  put_contents(folder / "base", base);
  put_contents(folder / "target", base + "and more");
  REQUIRE(run_tmd({"diff", "/dev/null", folder / "base", "-o", folder / "first.tmd"}).status == 0);
  REQUIRE(run_tmd({"diff", folder / "base", folder / "target", "-o", folder / "update.tmd"}).status == 0);
  const Finished ran = run_program({folder / "example", folder / "first.tmd", folder / "update.tmd"});
  CAPTURE(ran.output);
  CHECK(ran.status == 0);
  CHECK(ran.output.find("model of 40000 bytes at 0\n") != std::string::npos);
  CHECK(ran.output.find("update.tmd: ok\n") != std::string::npos);
  CHECK(ran.output.ends_with("model of 40008 bytes at 0x18000\n"));
}

TEST_CASE("the README's table of commands is the program's list of commands") {
  const std::string readme = contents_of(kRoot + "/README.md");
  const std::string help = run_tmd({"--help"}).output;
  std::size_t listed = 0;
  std::size_t at = help.find("Subcommands:\n");
  REQUIRE(at != std::string::npos);
  at = help.find('\n', at) + 1;
  for (; help.compare(at, 2, "  ") == 0; at = help.find('\n', at) + 1) {
    if (help[at + 2] == ' ') continue;  // a description that goes on
    const std::string name = help.substr(at + 2, help.find(' ', at + 2) - at - 2);
    CAPTURE(name);
    CHECK(readme.find("| `tmd " + name + " ") != std::string::npos);
    ++listed;
  }
  CHECK(listed >= 5);
}
