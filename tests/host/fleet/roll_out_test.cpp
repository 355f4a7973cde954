// SPDX-License-Identifier: Apache-2.0
#include "fleet/roll_out.hpp"

#include <doctest/doctest.h>

#include <utility>

using namespace tmd;
using namespace tmd::host::fleet;

namespace {

FleetModel named_model(const std::string& name) {
  FleetModel made =
      describe_model(name, ConstBytes(reinterpret_cast<const std::uint8_t*>(name.data()), name.size()));
  made.bytes = name.empty() ? 0 : 1000;
  return made;
}
FleetManifest manifest_of(const std::string& target,
                          const std::vector<std::pair<std::string, unsigned>>& bases) {
  FleetManifest manifest;
  manifest.target = named_model(target);
  for (const auto& [base, bytes] : bases) {
    FleetPatch patch;
    patch.file = base + "-" + target;
    patch.sha256 = patch.file;  // any text tells patches apart
    patch.identity = "id";
    patch.bytes = bytes;
    patch.base = named_model(base);
    manifest.patches.push_back(patch);
  }
  return manifest;
}
Release release_of(const std::string& target, const std::vector<std::pair<std::string, unsigned>>& bases,
                   unsigned percent = 100) {
  return {manifest_of(target, bases), percent, false};
}
/// The patch that a device of this bucket with this base takes; empty: none.
std::string patch_for(const std::vector<Release>& releases, const std::string& base, unsigned bucket = 0) {
  const auto pointers = pointers_for(releases, bucket);
  const auto found = pointers.find(named_model(base).sha256);
  return found == pointers.end() ? "" : found->second.object;
}
ReleaseEntry entry_for(const std::string& target, unsigned percent,
                       ReleaseEntry::Action action = ReleaseEntry::Action::publish,
                       const std::string& channel = "stable") {
  ReleaseEntry entry;
  entry.action = action;
  entry.channel = channel;
  entry.percent = percent;
  entry.release = manifest_of(target, {{"m0", 10}});
  return entry;
}

}  // namespace

TEST_CASE("a share of the buckets takes a release, the others what they took before") {
  const std::vector<Release> releases = {release_of("m1", {{"m0", 10}}),
                                         release_of("m2", {{"m0", 12}, {"m1", 10}}, 30)};
  CHECK(patch_for(releases, "m0", 29) == "m0-m2");
  CHECK(patch_for(releases, "m0", 30) == "m0-m1");
  CHECK(patch_for(releases, "m1", 29) == "m1-m2");
  CHECK(patch_for(releases, "m1", 30).empty());
  CHECK(patch_for(releases, "m2", 0).empty());
}

TEST_CASE("a release that was withdrawn, or pauses, is for nobody") {
  std::vector<Release> releases = {release_of("m1", {{"m0", 10}}), release_of("m2", {{"m0", 12}}, 0)};
  CHECK(patch_for(releases, "m0") == "m0-m1");
  releases[0].withdrawn = true;
  CHECK(pointers_for(releases, 0).empty());
}

TEST_CASE("the cheapest way counts: direct, over another release, or the full model") {
  CHECK(patch_for({release_of("m1", {{"m0", 10}}), release_of("m2", {{"m0", 500}, {"m1", 20}})}, "m0") ==
        "m0-m1");
  CHECK(patch_for({release_of("m1", {{"m0", 10}}), release_of("m2", {{"m0", 25}, {"m1", 20}})}, "m0") ==
        "m0-m2");
  // The model itself, of 1000 bytes, would be less than either, and no patch brings it.
  CHECK(patch_for({release_of("m1", {{"m0", 600}}), release_of("m2", {{"m0", 1500}, {"m1", 600}})}, "m0") ==
        "m0-m1");
  const std::vector<Release> with_full = {release_of("m2", {{"m1", 800}, {"", 500}})};
  CHECK(patch_for(with_full, "m1") == "-m2");
  CHECK(patch_for(with_full, "") == "-m2");
}

TEST_CASE("what is said of a release last is what counts, on its own channel") {
  ReleaseLog log;
  log.append(entry_for("m1", 100), {});
  log.append(entry_for("m2", 10), {});
  log.append(entry_for("m2", 50), {});
  log.append(entry_for("m9", 100, ReleaseEntry::Action::publish, "beta"), {});
  log.append(entry_for("m1", 0, ReleaseEntry::Action::withdraw), {});
  const std::vector<Release> releases = releases_of(log, "stable");
  REQUIRE(releases.size() == 2);
  CHECK(releases[0].manifest.target.sha256 == named_model("m1").sha256);
  CHECK(releases[0].withdrawn);
  CHECK(releases[1].percent == 50);
  CHECK_FALSE(releases[1].withdrawn);
  CHECK(releases_of(log, "beta").size() == 1);
  CHECK(releases_of(log, "none").empty());
}

TEST_CASE("a pointer lies below the base's digest, and is a line of JSON") {
  CHECK(pointer_name(named_model("").sha256) == "nothing");
  CHECK(pointer_name(named_model("m0").sha256) == named_model("m0").sha256.substr(0, 16));
  CHECK(to_json(Pointer{"ob", "id", "ta", 12}) == "{\"o\":\"ob\",\"n\":12,\"i\":\"id\",\"t\":\"ta\"}\n");
}
