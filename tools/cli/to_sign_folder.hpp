// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "base/bytes.hpp"
#include "fleet/fleet_manifest.hpp"
#include "tmd/internal/auth/cose.hpp"

namespace tmd::host::cli {

/// The folder through which what a hardware module or a cloud service shall sign goes there, and its signatures come
/// back. For each patch, NAME being its file: NAME.bytes, what a module that hashes by itself signs; NAME.sha256, what
/// one that does not signs; NAME.sig, what either of them answers.
class ToSignFolder {
 public:
  explicit ToSignFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// First step: makes the folder where it is absent.
  void make() const;
  /// Puts there what is to be signed for this patch, and takes a signature of before away: it would be refused only
  /// when it is attached.
  void put(const std::string& name, ConstBytes to_sign, CoseAlgorithm algorithm) const;
  /// Says what is to be done with the folder now.
  void print_what_to_do(std::size_t patches, CoseAlgorithm algorithm, bool json) const;

  /// Second step: throws Error, naming them all, where signatures are missing. Better at once than one a run.
  void check_complete(const fleet::FleetManifest& manifest) const;
  std::filesystem::path signature_of(const std::string& name) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace tmd::host::cli
