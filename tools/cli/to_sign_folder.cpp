// SPDX-License-Identifier: Apache-2.0
#include "cli/to_sign_folder.hpp"

#include <fmt/format.h>

#include <system_error>
#include <vector>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "cli/outcome.hpp"
#include "fleet/release_patches.hpp"
#include "sign/key_files.hpp"

namespace tmd::host::cli {
namespace {

constexpr const char* kToSign = ".bytes";
constexpr const char* kDigest = ".sha256";
constexpr const char* kSignature = ".sig";

/// Ed25519 signs the bytes themselves.
bool hashes(CoseAlgorithm algorithm) {
  return algorithm == CoseAlgorithm::es256;
}

}  // namespace

void ToSignFolder::make() const {
  fleet::make_folder(folder_);
}

void ToSignFolder::put(const std::string& name, ConstBytes to_sign, CoseAlgorithm algorithm) const {
  write_file(folder_ / (name + kToSign), to_sign);
  if (hashes(algorithm))
    write_file(folder_ / (name + kDigest), host::digest_of_file(DigestKind::sha256, to_sign).view());
  const std::filesystem::path old = signature_of(name);
  std::error_code error;
  std::filesystem::remove(old, error);
  if (error)
    throw Error(fmt::format("cannot remove {}, a signature of before: {}", old.string(), error.message()));
}

void ToSignFolder::print_what_to_do(std::size_t patches, CoseAlgorithm algorithm, bool json) const {
  const std::string name(sign::name_of(algorithm));
  print_outcome_aside(
      json,
      fmt::format("{}: {} patches to sign with {}: NAME{}{}; put each signature into NAME{}\n",
                  folder_.string(), patches, name, kToSign,
                  hashes(algorithm) ? fmt::format(" (its SHA-256: NAME{})", kDigest) : "", kSignature),
      {{"to_sign", folder_.string()}, {"patches", std::uint64_t{patches}}, {"algorithm", name}});
}

void ToSignFolder::check_complete(const fleet::FleetManifest& manifest) const {
  std::vector<std::string> missing;
  for (const fleet::FleetPatch& patch : manifest.patches) {
    if (!std::filesystem::exists(signature_of(patch.file))) missing.push_back(patch.file + kSignature);
  }
  if (!missing.empty())
    throw Error(fmt::format("{}: {} of {} signatures are missing: {}", folder_.string(), missing.size(),
                            manifest.patches.size(), fmt::join(missing, ", ")));
}

std::filesystem::path ToSignFolder::signature_of(const std::string& name) const {
  return folder_ / (name + kSignature);
}

}  // namespace tmd::host::cli
