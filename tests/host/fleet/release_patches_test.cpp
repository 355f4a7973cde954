// SPDX-License-Identifier: Apache-2.0
#include "fleet/release_patches.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "base/error.hpp"
#include "format/container.hpp"
#include "patch/patch_file.hpp"
#include "support/released_fleet.hpp"
#include "support/small_disk.hpp"

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

TEST_CASE("patches that are changed replace those of before all at once: not where the disk is full") {
  const ReleasedFleet made;
  REQUIRE(made.diff().status == 0);
  const auto before = made.files();
  const fleet::FleetManifest manifest = fleet::read_release(made.patches);
  // An entry that nobody knows: other patches, as signed ones are.
  const auto change = [](const std::string& file, const Bytes& patch) {
    const tmd::host::patch::PatchFile old = tmd::host::patch::parse_patch(file, patch);
    tmd::host::format::PatchParts parts;
    parts.base = old.manifest.base;
    parts.target = old.manifest.target;
    parts.base_length = old.manifest.base_length;
    parts.target_length = old.manifest.target_length;
    parts.body_length = old.manifest.body_length;
    return tmd::host::format::join_patch(tmd::host::format::write_manifest(parts), {},
                                         Bytes(old.body().begin(), old.body().end()));
  };
  {
    // Room for patches between models, and not for the full one, which is the last.
    const SmallDisk disk(4000);
    CHECK_THROWS_WITH_AS((void)fleet::change_patches(made.patches, manifest, made.patches, change),
                         doctest::Contains("cannot write"), Error);
  }
  CHECK(made.files() == before);
  (void)fleet::change_patches(made.patches, manifest, made.patches, change);
  CHECK(made.files().size() == before.size());
  CHECK(made.files() != before);
  CHECK(fleet::read_release(made.patches).patches.size() == 4);
}
