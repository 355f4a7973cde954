// SPDX-License-Identifier: Apache-2.0
#include "base/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/files.hpp"

using namespace tmd::host;

TEST_CASE("a temporary folder is there and empty, and gone with all that is in it") {
  std::filesystem::path path;
  {
    const TemporaryFolder folder;
    const TemporaryFolder another;
    path = folder.path();
    CHECK(path != another.path());
    CHECK(std::filesystem::is_empty(path));
    std::filesystem::create_directory(folder / "inner");
    write_file(folder / "inner/file", std::string_view("text"));
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("where there is no folder for temporary files, what to set is said") {
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  REQUIRE(::setenv("TMPDIR", "/no/such/folder", 1) == 0);
  CHECK_THROWS_WITH_AS(TemporaryFolder(), doctest::Contains("TMPDIR is to name one"), Error);
  REQUIRE(::setenv("TMPDIR", "/proc", 1) == 0);
  CHECK_THROWS_WITH_AS(TemporaryFolder(), doctest::Contains("cannot make a temporary folder in /proc: "),
                       Error);
  if (before == nullptr)
    ::unsetenv("TMPDIR");
  else
    ::setenv("TMPDIR", kept.c_str(), 1);
}
