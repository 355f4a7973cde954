// SPDX-License-Identifier: Apache-2.0
#include "fleet/release_patches.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

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
  SUBCASE("a pipe, which nobody waits for") {
    std::filesystem::remove(patch);
    REQUIRE(::mkfifo(patch.c_str(), 0600) == 0);
  }
  CHECK_THROWS_WITH_AS((void)read_release_or_manifest(made.patches), doctest::Contains(patch.c_str()), Error);
  CHECK(read_release_or_manifest(manifest).patches.size() == 4);
}

TEST_CASE("a base of no bytes has the SHA-256 of nothing, whatever digests the patches have") {
  const ReleasedFleet made;
  for (const char* digest : {"sha256", "crc32"}) {
    CAPTURE(digest);
    REQUIRE(made.diff({"--digest", digest}).status == 0);
    json manifest = made.manifest();
    manifest["patches"][3]["base"]["sha256"] = std::string(64, 'a');
    CHECK_NOTHROW((void)fleet::read_release(made.patches));
    put_contents(made.patches + "/manifest.json", manifest.dump());
    CHECK_THROWS_WITH_AS((void)fleet::read_release(made.patches),
                         doctest::Contains("says other things of itself"), Error);
  }
}

TEST_CASE("a CRC-32 tells nobody which model a patch is for: who goes by the SHA-256 is told so") {
  const ReleasedFleet made;
  REQUIRE(made.diff({"--digest", "crc32"}).status == 0);
  CHECK(fleet::read_release(made.patches).patches.size() == 4);
  CHECK_THROWS_WITH_AS((void)fleet::read_release(made.patches, fleet::KnownBy::sha256),
                       doctest::Contains("make the patches anew with --digest sha256"), Error);
  REQUIRE(made.diff().status == 0);
  CHECK(fleet::read_release(made.patches, fleet::KnownBy::sha256).patches.size() == 4);
}
