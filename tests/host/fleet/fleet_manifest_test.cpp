// SPDX-License-Identifier: Apache-2.0
#include "fleet/fleet_manifest.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "base/error.hpp"
#include "support/process.hpp"

using namespace tmd;
using host::fleet::FleetManifest;

namespace {
const std::string kDigest(64, 'a');
}

TEST_CASE("a manifest survives its file") {
  const test::TemporaryFolder folder;
  FleetManifest manifest;
  manifest.target = {{"new.tflite"}, 300, kDigest, "1.2.0"};
  manifest.patches.push_back({"a.tmd",
                              20,
                              std::string(64, 'b'),
                              "01234567",
                              {{"old.tflite", "same.tflite"}, 200, std::string(64, 'c'), ""}});
  test::put_contents(folder / "manifest.json", to_json(manifest));
  const FleetManifest again = host::fleet::read_fleet_manifest(folder / "manifest.json");
  CHECK(to_json(again) == to_json(manifest));
  REQUIRE(again.patches.size() == 1);
  CHECK(again.patches[0].base.names.size() == 2);
  CHECK(again.patches[0].identity == "01234567");
}

TEST_CASE("what is no manifest is refused by name, whatever it is") {
  const test::TemporaryFolder folder;
  for (const char* text :
       {"", "{", "[]", "{}", "{\"target\": 1, \"patches\": []}", "{\"target\": {}, \"patches\": {}}"}) {
    test::put_contents(folder / "manifest.json", text);
    CAPTURE(text);
    CHECK_THROWS_AS((void)host::fleet::read_fleet_manifest(folder / "manifest.json"), host::Error);
  }
}

TEST_CASE("what is a manifest in everything but its kind or its schema is refused") {
  FleetManifest manifest;
  manifest.target = {{"a.tflite"}, 10, kDigest, "1.0.0"};
  const std::string text = to_json(manifest);
  CHECK_NOTHROW((void)host::fleet::parse_fleet_manifest(text, "it"));
  const std::pair<std::string, std::string> changes[] = {
      {"fleet manifest", "fleet plan"}, {"\"kind\"", "\"what\""}, {"\"schema\": 1", "\"schema\": 2"}};
  for (const auto& [before, after] : changes) {
    std::string other = text;
    REQUIRE(other.find(before) != std::string::npos);
    other.replace(other.find(before), before.size(), after);
    CAPTURE(other);
    CHECK_THROWS_AS((void)host::fleet::parse_fleet_manifest(other, "it"), host::Error);
  }
}

TEST_CASE("a manifest names files of its folder, digests are digits: nothing leads elsewhere") {
  FleetManifest sound;
  sound.target = {{"new.tflite"}, 300, kDigest, "1.2.0"};
  sound.patches.push_back(
      {"a.tmd", 20, kDigest, "01234567", {{"old.tflite"}, 200, std::string(64, 'c'), "1.1.0"}});
  CHECK_NOTHROW((void)host::fleet::parse_fleet_manifest(to_json(sound), "m"));
  const auto refused = [](const FleetManifest& manifest, const char* words) {
    CHECK_THROWS_WITH_AS((void)host::fleet::parse_fleet_manifest(to_json(manifest), "m"),
                         doctest::Contains(words), host::Error);
  };
  for (const char* file :
       {"", ".", "..", "../a.tmd", "/etc/passwd", "b/a.tmd", ".lock", "-x.tmd", "manifest.json",
        "hawkbit.json", "a", ".tmd", "a\nb.tmd", "a\x7F.tmd", "a\xC2\x9B.tmd"}) {
    CAPTURE(file);
    FleetManifest manifest = sound;
    manifest.patches[0].file = file;
    refused(manifest, "is no name of a patch in this folder");
  }
  // The first digits of a base are the name of a pointer, all of a patch's that of an object.
  for (const std::string& digest : {"../../../../evil" + std::string(48, 'a'), std::string(63, 'a'),
                                    std::string(65, 'a'), std::string(64, 'A'), std::string()}) {
    CAPTURE(digest);
    FleetManifest manifest = sound;
    manifest.patches[0].base.sha256 = digest;
    refused(manifest, "has not 64 hexadecimal digits");
    manifest = sound;
    manifest.patches[0].sha256 = digest;
    refused(manifest, "has not 64 hexadecimal digits");
    manifest = sound;
    manifest.target.sha256 = digest;
    refused(manifest, "has not 64 hexadecimal digits");
  }
  FleetManifest manifest = sound;
  manifest.patches[0].identity = "0x12";
  refused(manifest, "has not 8 hexadecimal digits");
  manifest = sound;
  manifest.target.version = "1.0 --key x";
  refused(manifest, "a version has other characters");
  manifest = sound;
  manifest.patches.push_back(manifest.patches[0]);
  refused(manifest, "two patches have the name 'a.tmd'");
}

TEST_CASE("patches are a list, and a manifest that is read from a file has one at least") {
  const test::TemporaryFolder folder;
  FleetManifest manifest;
  manifest.target = {{"a.tflite"}, 10, kDigest, "1.0.0"};
  const std::string none = to_json(manifest);
  const std::size_t at = none.find("[]", none.find("\"patches\""));
  REQUIRE(at != std::string::npos);
  for (const char* patches : {"null", "{}", "7", "\"a\""}) {
    CAPTURE(patches);
    std::string other = none;
    other.replace(at, 2, patches);
    CHECK_THROWS_WITH_AS((void)host::fleet::parse_fleet_manifest(other, "m"),
                         doctest::Contains("are no list"), host::Error);
  }
  test::put_contents(folder / "manifest.json", none);
  for (const bool as_folder : {false, true}) {
    const auto read = [&] {
      return as_folder ? host::fleet::read_manifest_of(folder.path())
                       : host::fleet::read_fleet_manifest(folder / "manifest.json");
    };
    CHECK_THROWS_WITH_AS((void)read(), doctest::Contains("manifest.json: no patch is listed there"),
                         host::Error);
  }
}

TEST_CASE("the manifest of a folder is a file: nobody waits for a pipe") {
  const test::TemporaryFolder folder;
  REQUIRE(::mkfifo((folder / "manifest.json").c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS((void)host::fleet::read_manifest_of(folder.path()), doctest::Contains("no plain file"),
                       host::Error);
}

TEST_CASE("versions are found in names and ordered by their numbers") {
  CHECK(host::fleet::version_in("gesture-v1.2.3.tflite") == "1.2.3");
  CHECK(host::fleet::version_in("gesture.tflite").empty());
  CHECK(host::fleet::is_older("1.9.0", "1.10.0"));
  CHECK_FALSE(host::fleet::is_older("1.10.0", "1.9.0"));
  CHECK_FALSE(host::fleet::is_older("1.0.0", "1.0.0"));
  CHECK(host::fleet::is_older("", "0.0.1"));
}

TEST_CASE("the models of a folder come in the order of their names, without hidden files and manifests") {
  const test::TemporaryFolder folder;
  for (const char* name : {"b.tflite", "a.tflite", ".hidden", "manifest.json"})
    test::put_contents(folder / name, "x");
  const auto models = host::fleet::models_in(folder.path());
  REQUIRE(models.size() == 2);
  CHECK(models[0].filename() == "a.tflite");
  CHECK(models[1].filename() == "b.tflite");
}

TEST_CASE("a manifest whose length of a file is a million arrays in one another is refused") {
  FleetManifest manifest;
  manifest.target = {{"a.tflite"}, 10, std::string(64, 'a'), "1.0.0"};
  std::string text = to_json(manifest);
  const std::size_t at = text.find("\"bytes\": 10");
  REQUIRE(at != std::string::npos);
  text.replace(at, 11, "\"bytes\": " + std::string(1'000'000, '['));
  CHECK_THROWS_WITH_AS(
      (void)host::fleet::parse_fleet_manifest(text, "m.json"),
      "m.json: this is no manifest of tmd diff --bases: it is nested more than 32 levels deep", host::Error);
}
