// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "exports/mender.hpp"

namespace tmd::host::exports {

/// What `tmd check` says of the step from a base to the target.
struct BaseVerdict {
  std::string verdict;               ///< "patch" or "firmware".
  std::vector<std::string> reasons;  ///< Their kinds.
};

/// What a release is made of besides its patches.
struct Provenance {
  std::vector<std::string> datasets;  ///< As people name them: a URL, a name with a digest.
  std::map<std::string, BaseVerdict>
      verdicts;  ///< By the base's SHA-256; a base that is not here was not checked.
};

/// Writes what a release is, for systems that know nothing of this project: release.json (model and parents by their
/// digests, patches, datasets, verdicts, signatures), model-version.json (the same as a model registry's version with
/// tags), and an OCI image layout (oci-layout, index.json, blobs/) that holds the record and every patch as an artifact
/// for any OCI registry. The same release has the same bytes. Throws Error.
std::vector<Exported> export_record(const ReleaseFolder& release, const Provenance& provenance);

}  // namespace tmd::host::exports
