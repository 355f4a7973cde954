// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "exports/mender.hpp"
#include "tmd/internal/auth/cose.hpp"

namespace tmd::host::exports {

/// A SUIT envelope (CBOR tag 107, draft-ietf-suit-manifest) for one base, with the patch as its integrated payload
/// "#patch" and a COSE_Sign1 of the manifest's digest. Its commands, for a processor whose component "patch" is the
/// updater and whose component "model" is the active model:
///
///     install    model has the base's digest (left out for devices without a model);
///                fetch #patch into patch; it has the patch's digest and size
///     validate   model has the target's digest and size
class SuitEnvelope {
 public:
  /// `sequence`: the manifest's sequence number, which processors take only rising.
  SuitEnvelope(const fleet::FleetManifest& release, const fleet::FleetPatch& patch, std::uint32_t sequence);

  /// The bytes that are signed.
  Bytes to_sign(CoseAlgorithm algorithm) const;
  /// The envelope with their signature (r || s of ECDSA), its key's identifier, and the patch.
  Bytes finish(CoseAlgorithm algorithm, ConstBytes identifier, ConstBytes signature, ConstBytes patch) const;

 private:
  Bytes wrapped_manifest_;
  Bytes digest_;
};

/// What signs the envelopes of a release.
struct SuitSigner {
  CoseAlgorithm algorithm = CoseAlgorithm::es256;
  Bytes identifier;  ///< Of the key.
  /// The signature of these bytes, which are of the patch in this file.
  std::function<Bytes(const std::string& file, ConstBytes to_sign)> sign;
};

/// The envelopes of a release, one for each base. Nothing is written before all of them are signed. Throws Error.
std::vector<Exported> export_suit(const ReleaseFolder& release, const SuitSigner& signer,
                                  std::uint32_t sequence);

}  // namespace tmd::host::exports
