// SPDX-License-Identifier: Apache-2.0
// `tmd sign` for the folder of a release: every patch in one go.
#include <fmt/format.h>

#include <filesystem>

#include "base/error.hpp"
#include "base/numbers.hpp"
#include "base/progress.hpp"
#include "cli/outcome.hpp"
#include "cli/signing_in_two_steps.hpp"
#include "cli/to_sign_folder.hpp"
#include "fleet/release_patches.hpp"

namespace tmd::host::cli {
namespace {

namespace fs = std::filesystem;

fleet::FleetManifest manifest_of(const SignOptions& options) {
  return fleet::read_release(options.patch);
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
  const ToSignFolder to_sign(options.prepare);
  to_sign.make();
  const CoseAlgorithm algorithm = sign::algorithm_named(options.prepare_type);
  for (const fleet::FleetPatch& patch : manifest.patches) {
    const host::Bytes whole = fleet::read_fleet_patch(options.patch, patch);
    const host::Bytes bytes = host::about(patch.file, [&] { return steps.to_sign(whole); });
    to_sign.put(patch.file, host::view(bytes), algorithm);
  }
  to_sign.print_what_to_do(manifest.patches.size(), algorithm, options.json);
}

void attach_release(const SignOptions& options) {
  const TwoSteps steps(options);
  const fleet::FleetManifest manifest = manifest_of(options);
  const ToSignFolder to_sign(options.attach);
  to_sign.check_complete(manifest);
  change_release(options, manifest, "signed", true, [&](const std::string& file, const host::Bytes& patch) {
    return steps.attach((fs::path(options.patch) / file).string(), patch,
                        to_sign.signature_of(file).string());
  });
}

void sign_release(const SignOptions& options) {
  const bool is_signed = !options.signing.key.empty() || !options.signing.secret.empty();
  const auto sign = patch_signer(options.signing);
  change_release(options, manifest_of(options), is_signed ? "signed" : "encrypted", is_signed,
                 [&](const std::string& file, const host::Bytes& patch) {
                   return host::about(file, [&] { return sign(patch); });
                 });
}

}  // namespace tmd::host::cli
