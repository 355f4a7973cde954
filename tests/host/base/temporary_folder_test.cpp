// SPDX-License-Identifier: Apache-2.0
#include "base/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <string_view>

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
