// SPDX-License-Identifier: Apache-2.0
#include "fleet/release_patches.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "support/released_fleet.hpp"

using namespace tmd::host;
using namespace tmd::test;
using fleet::read_release_or_manifest;

TEST_CASE("every patch of a folder is what its manifest says; those of a manifest alone may lie elsewhere") {
  const ReleasedFleet made;
  REQUIRE(made.diff().status == 0);
  const std::string manifest = made.patches + "/manifest.json";
  const std::string patch = made.first_patch();
  CHECK(read_release_or_manifest(made.patches).patches.size() == 4);
  const std::string whole = contents_of(patch);
  SUBCASE("longer") {
    put_contents(patch, whole + "x");
  }
  SUBCASE("changed") {
    put_contents(patch, retrained(whole, whole.size(), 1));
  }
  SUBCASE("absent") {
    std::filesystem::remove(patch);
  }
  CHECK_THROWS_WITH_AS((void)read_release_or_manifest(made.patches), doctest::Contains(patch.c_str()), Error);
  CHECK(read_release_or_manifest(manifest).patches.size() == 4);
}
