// SPDX-License-Identifier: Apache-2.0
#include "exports/hawkbit.hpp"

#include "made_release.hpp"

using namespace tmd;
using test::json;

TEST_CASE("each base has a module, a set and a filter for the devices that report this very base") {
  const test::MadeRelease made;
  const auto exported = host::exports::export_hawkbit(made.open());
  REQUIRE(exported.size() == 2);
  const json written = made.written("hawkbit.json");
  const std::string bases[] = {made.manifest.patches[0].base.sha256, "nothing"};
  for (std::size_t i = 0; i < 2; ++i) {
    CAPTURE(i);
    const host::fleet::FleetPatch& patch = made.manifest.patches[i];
    const json& module = written["softwareModules"][i];
    const json& set = written["distributionSets"][i];
    const json& filter = written["targetFilters"][i];
    CHECK(filter["query"] == "attribute.tmd_model==" + bases[i]);
    CHECK(filter["autoAssignDS"]["name"] == set["name"]);
    CHECK(filter["autoAssignDS"]["version"] == "1.3.0");
    CHECK(set["name"] == "gesture-from-" + bases[i].substr(0, 16));
    CHECK(set["modules"] == json::array({{{"name", module["name"]}, {"version", "1.3.0"}}}));
    const json& artifact = module["artifacts"][0];
    CHECK(artifact["filename"] == patch.file);
    CHECK(artifact["size"] == patch.bytes);
    CHECK(artifact["hashes"]["sha256"] == patch.sha256);
    CHECK(test::contents_of(made.folder / "output/" + patch.file) ==
          test::contents_of(made.folder / "patches/" + patch.file));
    CHECK(exported[i].bytes == patch.bytes);
  }
}

TEST_CASE("a patch that is not what the manifest says is not exported") {
  const test::MadeRelease made;
  const host::exports::ReleaseFolder release = made.open();
  test::put_contents(made.folder / "patches/" + made.manifest.patches[0].file, "something else");
  CHECK_THROWS((void)host::exports::export_hawkbit(release));
  CHECK_FALSE(std::filesystem::exists(made.folder / "output/hawkbit.json"));
}
