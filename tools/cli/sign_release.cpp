// SPDX-License-Identifier: Apache-2.0
// `tmd sign` for the folder of a release: every patch in one go.
#include <fmt/format.h>

#include <filesystem>
#include <vector>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/numbers.hpp"
#include "base/progress.hpp"
#include "cli/outcome.hpp"
#include "cli/signing_in_two_steps.hpp"
#include "fleet/release_patches.hpp"
#include "tmd/digest/digests.hpp"

namespace tmd::host::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kToSign = ".bytes";   // what a module that hashes by itself signs
constexpr const char* kDigest = ".sha256";  // what one that does not signs: 32 bytes
constexpr const char* kSignature = ".sig";  // what either of them answers

fleet::FleetManifest manifest_of(const SignOptions& options) {
  return fleet::read_fleet_manifest(fs::path(options.patch) / fleet::kFleetManifestName);
}

/// Refuses the folder before anything is written: better all the missing ones at once than one a run.
void check_signatures_are_there(const SignOptions& options, const fleet::FleetManifest& manifest) {
  std::vector<std::string> missing;
  for (const fleet::FleetPatch& patch : manifest.patches) {
    if (!fs::exists(fs::path(options.attach) / (patch.file + kSignature)))
      missing.push_back(patch.file + kSignature);
  }
  if (!missing.empty())
    throw host::Error(fmt::format("{}: {} of {} signatures are missing: {}", options.attach, missing.size(),
                                  manifest.patches.size(), fmt::join(missing, ", ")));
}

void change_release(const SignOptions& options, const fleet::FleetManifest& before, const char* done,
                    bool is_signed, const fleet::ChangePatch& change) {
  host::Progress progress("sign", before.patches.size(), "patches");
  std::uint64_t count = 0;
  const fleet::FleetManifest manifest = fleet::change_patches(
      options.patch, before, options.output, [&](const std::string& file, const host::Bytes& patch) {
        host::Bytes changed = change(file, patch);
        progress.update(++count);
        return changed;
      });
  std::uint64_t bytes = 0;
  for (const fleet::FleetPatch& patch : manifest.patches) bytes += patch.bytes;
  print_outcome(
      options.json,
      fmt::format("{}: {} patches {}, {} bytes\n", options.output, count, done, host::with_commas(bytes)),
      {{"folder", options.output}, {"patches", count}, {"bytes", bytes}, {"signed", is_signed}});
}

}  // namespace

void prepare_release(const SignOptions& options) {
  const TwoSteps steps(options);
  const fleet::FleetManifest manifest = manifest_of(options);
  fleet::make_folder(options.prepare);
  const bool hashes = sign::algorithm_named(options.prepare_type) == CoseAlgorithm::es256;
  for (const fleet::FleetPatch& patch : manifest.patches) {
    const host::Bytes bytes = steps.to_sign(fleet::read_fleet_patch(options.patch, patch));
    const fs::path file = fs::path(options.prepare) / patch.file;
    host::write_file(file.string() + kToSign, host::view(bytes));
    if (hashes)
      host::write_file(file.string() + kDigest, digest_of(DigestKind::sha256, host::view(bytes)).view());
    // One of an earlier release would be refused only when it is attached.
    fs::remove(file.string() + kSignature);
  }
  fmt::print(stderr, "{}: {} patches to sign with {}: NAME{}{}; put each signature into NAME{}\n",
             options.prepare, manifest.patches.size(), options.prepare_type, kToSign,
             hashes ? fmt::format(" (its SHA-256: NAME{})", kDigest) : "", kSignature);
}

void attach_release(const SignOptions& options) {
  const TwoSteps steps(options);
  const fleet::FleetManifest manifest = manifest_of(options);
  check_signatures_are_there(options, manifest);
  change_release(options, manifest, "signed", true, [&](const std::string& file, const host::Bytes& patch) {
    const fs::path signature = fs::path(options.attach) / (file + kSignature);
    return steps.attach((fs::path(options.patch) / file).string(), patch, signature.string());
  });
}

void sign_release(const SignOptions& options) {
  const bool is_signed = !options.signing.key.empty() || !options.signing.secret.empty();
  change_release(
      options, manifest_of(options), is_signed ? "signed" : "encrypted", is_signed,
      [&](const std::string&, const host::Bytes& patch) { return sign_as_asked(patch, options.signing); });
}

}  // namespace tmd::host::cli
