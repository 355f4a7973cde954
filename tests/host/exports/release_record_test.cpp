// SPDX-License-Identifier: Apache-2.0
#include "exports/release_record.hpp"

#include "made_release.hpp"

using namespace tmd;
using test::json;

TEST_CASE("a record names the models that patches lead from, and what was checked of each") {
  const test::MadeRelease made;
  const std::string base = made.manifest.patches[0].base.sha256;
  host::exports::Provenance provenance;
  provenance.datasets = {"gestures, 2026"};
  provenance.verdicts[base] = {"firmware", {"arena"}};
  (void)host::exports::export_record(made.open(), provenance);
  const json record = made.written("release.json");
  CHECK(record["model"]["sha256"] == made.manifest.target.sha256);
  CHECK(record["version"] == "1.3.0");
  CHECK(record["parents"] == json::array({base}));
  CHECK(record["datasets"] == json::array({"gestures, 2026"}));
  const json& patch = record["patches"][0];
  CHECK(patch["base"]["sha256"] == base);
  CHECK(patch["check"] == json({{"verdict", "firmware"}, {"reasons", {"arena"}}}));
  CHECK(patch["signature"].is_null());
  CHECK(patch["encrypted"] == false);
  CHECK(record["patches"][1]["base"].is_null());
  CHECK(record["patches"][1]["check"].is_null());
  CHECK(made.written("model-version.json")["description"] == "1 patches from earlier models");
}

TEST_CASE("an image layout leads from its index to each patch by digests and lengths") {
  const test::MadeRelease made;
  (void)host::exports::export_record(made.open(), {});
  const auto blob_of = [&](const json& descriptor) {
    const std::string digest = descriptor["digest"];
    REQUIRE(digest.starts_with("sha256:"));
    const std::string text = test::contents_of(made.folder / "output/blobs/sha256/" + digest.substr(7));
    CHECK(text.size() == descriptor["size"]);
    const host::Bytes bytes(text.begin(), text.end());
    CHECK("sha256:" + host::fleet::sha256_text(host::view(bytes)) == digest);
    return text;
  };
  const json index = made.written("index.json");
  REQUIRE(index["manifests"].size() == 1);
  const json manifest = json::parse(blob_of(index["manifests"][0]));
  CHECK(json::parse(blob_of(manifest["config"])) == made.written("release.json"));
  REQUIRE(manifest["layers"].size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    const host::fleet::FleetPatch& patch = made.manifest.patches[i];
    CHECK(blob_of(manifest["layers"][i]) == test::contents_of(made.folder / "patches/" + patch.file));
    CHECK(manifest["layers"][i]["annotations"]["org.opencontainers.image.title"] == patch.file);
  }
}

TEST_CASE("a data set whose name is in another encoding than UTF-8 is in a whole record all the same") {
  const test::MadeRelease made;
  host::exports::Provenance provenance;
  provenance.datasets = {"gestes de l'\xE9t\xE9"};
  (void)host::exports::export_record(made.open(), provenance);
  CHECK(made.written("release.json")["datasets"] == json::array({"gestes de l'\uFFFDt\uFFFD"}));
  CHECK(made.written("model-version.json")["name"] == "gesture");
}
