// SPDX-License-Identifier: Apache-2.0
#include "fleet/roll_out.hpp"

#include <doctest/doctest.h>

#include <random>
#include <utility>

#include "fleet/fleet_plan.hpp"

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

/// The smallest patch that joins two models.
Pointer patch_that_joins(const std::vector<Release>& releases, const std::string& from,
                         const std::string& to) {
  Pointer best;
  for (const Release& release : releases) {
    if (release.manifest.target.sha256 != to) continue;
    for (const FleetPatch& patch : release.manifest.patches) {
      if (patch.base.sha256 == from && (best.object.empty() || patch.bytes < best.bytes))
        best = {patch.sha256, patch.identity, to, patch.bytes};
    }
  }
  return best;
}

/// What a plan for each base alone gives.
std::map<std::string, Pointer> pointers_one_by_one(const std::vector<Release>& releases, unsigned bucket) {
  std::vector<Release> active;
  Fleet fleet;
  for (const Release& release : releases) {
    if (release.withdrawn || bucket >= release.percent) continue;
    active.push_back(release);
    fleet.add(release.manifest);
  }
  std::map<std::string, Pointer> pointers;
  if (active.empty()) return pointers;
  const FleetModel& target = active.back().manifest.target;
  const Pointer full = patch_that_joins(active, named_model("").sha256, target.sha256);
  for (const FleetModel& base : fleet.models) {
    if (base.sha256 == target.sha256) continue;
    const FleetPlan plan = plan_update(fleet, base, target);
    const bool takes_chain =
        plan.direct.empty() || (!plan.chain.empty() && bytes_of(plan.chain) < bytes_of(plan.direct));
    const std::vector<FleetStep>& way = takes_chain ? plan.chain : plan.direct;
    Pointer pointer;
    if (!way.empty()) pointer = patch_that_joins(active, way.front().from, way.front().to);
    if (!full.object.empty() && (way.empty() || full.bytes < bytes_of(way))) pointer = full;
    if (!pointer.object.empty()) pointers[base.sha256] = pointer;
  }
  return pointers;
}

/// A history of few models and lengths, some of it withdrawn, some of it paused.
std::vector<Release> random_releases(std::mt19937& random) {
  const auto below = [&](unsigned bound) { return static_cast<unsigned>(random() % bound); };
  std::vector<Release> releases;
  for (unsigned count = 1 + below(6); count > 0; --count) {
    std::vector<std::pair<std::string, unsigned>> bases;
    for (unsigned patches = below(8); patches > 0; --patches) {
      const unsigned name = below(8);
      bases.emplace_back(name == 0 ? "" : "m" + std::to_string(name), 1 + below(5));
    }
    // Some are published anew, with other patches.
    releases.push_back(release_of("m" + std::to_string(1 + below(7)), bases, 25 * below(5)));
    releases.back().withdrawn = below(8) == 0;
    unsigned number = 0;
    for (FleetPatch& patch : releases.back().manifest.patches)
      patch.sha256 += " " + std::to_string(releases.size()) + "." + std::to_string(++number);
  }
  return releases;
}

}  // namespace

TEST_CASE("all pointers of a bucket are those of plans that are made for each base alone") {
  std::mt19937 random(2);
  std::size_t count = 0;
  for (unsigned round = 0; round < 150; ++round) {
    CAPTURE(round);
    const std::vector<Release> releases = random_releases(random);
    std::map<std::string, Pointer> before;
    for (unsigned bucket = 0; bucket < kBuckets; bucket += bucket % 5 == 4 ? 1 : 4) {
      CAPTURE(bucket);
      const std::map<std::string, Pointer> alone = pointers_one_by_one(releases, bucket);
      REQUIRE(pointers_for(releases, bucket) == alone);
      if (is_as_before(releases, bucket)) REQUIRE(alone == before);
      before = alone;
      count += alone.size();
    }
  }
  CHECK(count > 3000);
}

TEST_CASE("what devices take changes at the percentages of releases alone") {
  const std::vector<Release> releases = {release_of("m1", {{"m0", 10}}), release_of("m2", {{"m0", 12}}, 30)};
  for (unsigned bucket = 0; bucket < kBuckets; ++bucket)
    CHECK(is_as_before(releases, bucket) == (bucket != 0 && bucket != 30));
}

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
