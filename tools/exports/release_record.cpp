// SPDX-License-Identifier: Apache-2.0
#include "exports/release_record.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "base/numbers.hpp"
#include "fleet/release_patches.hpp"
#include "patch/patch_file.hpp"
#include "tmd/internal/auth/cose.hpp"

namespace tmd::host::exports {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kRecordType = "application/vnd.tinymldelta.release.v1+json";
constexpr const char* kPatchType = "application/vnd.tinymldelta.patch.v2";

/// Names of people and files may be in any encoding, and JSON is in UTF-8.
std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string algorithm_name(std::int32_t algorithm) {
  switch (static_cast<CoseAlgorithm>(algorithm)) {
    case CoseAlgorithm::es256:
      return "ES256";
    case CoseAlgorithm::eddsa:
      return "EdDSA";
    default:
      return fmt::format("COSE {}", algorithm);
  }
}

/// null where the patch is not signed.
Json signature_json(const patch::PatchFile& patch) {
  const Manifest& manifest = patch.manifest;
  CoseMessage message;
  const ConstBytes block = patch.view().slice(manifest.authentication_offset, manifest.authentication_size);
  if (!manifest.authenticated || parse_cose(block, message) != Status::ok) return nullptr;
  return {{"algorithm", algorithm_name(message.algorithm)}, {"key_id", to_hex(message.key_identifier)}};
}

Json model_json(const fleet::FleetModel& model) {
  return {
      {"names", model.names}, {"version", model.version}, {"bytes", model.bytes}, {"sha256", model.sha256}};
}

Json verdict_json(const Provenance& provenance, const std::string& base) {
  const auto found = provenance.verdicts.find(base);
  if (found == provenance.verdicts.end()) return nullptr;
  return {{"verdict", found->second.verdict}, {"reasons", found->second.reasons}};
}

Json patch_json(const ReleaseFolder& release, const fleet::FleetPatch& patch, const Provenance& provenance) {
  const patch::PatchFile file =
      patch::parse_patch(release.patches / patch.file, fleet::read_fleet_patch(release.patches, patch));
  return {{"file", patch.file},
          {"bytes", patch.bytes},
          {"sha256", patch.sha256},
          {"identity", patch.identity},
          {"base", patch.base.bytes == 0 ? Json(nullptr) : model_json(patch.base)},
          {"encrypted", file.manifest.encrypted},
          {"signature", signature_json(file)},
          {"check", verdict_json(provenance, patch.base.sha256)}};
}

Json record_of(const ReleaseFolder& release, const Provenance& provenance) {
  Json parents = Json::array(), patches = Json::array();
  for (const fleet::FleetPatch& patch : release.manifest.patches) {
    if (patch.base.bytes != 0) parents.push_back(patch.base.sha256);
    patches.push_back(patch_json(release, patch, provenance));
  }
  return {{"kind", "tinymldelta release"},
          {"schema", 1},
          {"name", release.name},
          {"version", release.version()},
          {"model", model_json(release.manifest.target)},
          {"parents", parents},
          {"datasets", provenance.datasets},
          {"patches", patches}};
}

/// A version of a registered model, as MLflow's REST API takes it: what is not a name or a source is a tag, and tags
/// are text.
Json registry_version(const ReleaseFolder& release, const Json& record) {
  Json tags = Json::array();
  const auto tag = [&](const char* key, const Json& value) {
    tags.push_back({{"key", key}, {"value", value.is_string() ? value.get<std::string>() : text_of(value)}});
  };
  tag("tmd.sha256", record["model"]["sha256"]);
  tag("tmd.bytes", record["model"]["bytes"]);
  tag("tmd.version", release.version());
  tag("tmd.parents", record["parents"]);
  tag("tmd.datasets", record["datasets"]);
  for (const Json& patch : record["patches"]) {
    const std::string base = patch["base"].is_null() ? "nothing" : patch["base"]["sha256"].get<std::string>();
    tag(fmt::format("tmd.patch.{}", base.substr(0, 16)).c_str(), Json{{"sha256", patch["sha256"]},
                                                                      {"bytes", patch["bytes"]},
                                                                      {"signature", patch["signature"]},
                                                                      {"check", patch["check"]}});
  }
  return {{"name", release.name},
          {"source", fmt::format("sha256:{}", release.manifest.target.sha256)},
          {"description", fmt::format("{} patches from earlier models", record["parents"].size())},
          {"tags", tags}};
}

/// An OCI image layout, one blob after the other.
class OciLayout {
 public:
  explicit OciLayout(const fs::path& root) : root_(root) { fleet::make_folder(root / "blobs" / "sha256"); }

  /// Writes a blob and answers with its descriptor.
  Json put(const char* media_type, ConstBytes bytes) {
    const std::string digest = fleet::sha256_text(bytes);
    write_file(root_ / "blobs" / "sha256" / digest, bytes);
    return {{"mediaType", media_type}, {"digest", "sha256:" + digest}, {"size", bytes.size()}};
  }
  Json put(const char* media_type, const Json& json) {
    const std::string text = text_of(json);
    return put(media_type, ConstBytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  }
  void finish(Json manifest, const std::string& name) {
    manifest["annotations"] = {{"org.opencontainers.image.ref.name", name}};
    write_json(root_ / "index.json", {{"schemaVersion", 2},
                                      {"mediaType", "application/vnd.oci.image.index.v1+json"},
                                      {"manifests", Json::array({manifest})}});
    write_json(root_ / "oci-layout", {{"imageLayoutVersion", "1.0.0"}});
  }

 private:
  fs::path root_;
};

void write_oci(const ReleaseFolder& release, const Json& record) {
  OciLayout layout(release.output);
  Json layers = Json::array();
  for (const fleet::FleetPatch& patch : release.manifest.patches) {
    Json layer = layout.put(kPatchType, view(fleet::read_fleet_patch(release.patches, patch)));
    layer["annotations"] = {{"org.opencontainers.image.title", patch.file},
                            {"tinymldelta.base", base_name(patch)},
                            {"tinymldelta.identity", patch.identity}};
    layers.push_back(layer);
  }
  const Json manifest = {{"schemaVersion", 2},
                         {"mediaType", "application/vnd.oci.image.manifest.v1+json"},
                         {"artifactType", kRecordType},
                         {"config", layout.put(kRecordType, record)},
                         {"layers", layers},
                         {"annotations",
                          {{"org.opencontainers.image.title", release.name},
                           {"org.opencontainers.image.version", release.version()},
                           {"tinymldelta.target", release.manifest.target.sha256}}}};
  layout.finish(layout.put("application/vnd.oci.image.manifest.v1+json", manifest), release.version());
}

}  // namespace

std::vector<Exported> export_record(const ReleaseFolder& release, const Provenance& provenance) {
  const Json record = record_of(release, provenance);
  write_oci(release, record);
  write_json(release.output / "release.json", record);
  write_json(release.output / "model-version.json", registry_version(release, record));
  std::vector<Exported> done;
  for (const fleet::FleetPatch& patch : release.manifest.patches)
    done.push_back({"blobs/sha256/" + patch.sha256, patch.bytes, patch.bytes});
  return done;
}

}  // namespace tmd::host::exports
