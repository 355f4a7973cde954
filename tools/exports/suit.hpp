// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "exports/mender.hpp"
#include "sign/key_files.hpp"

namespace tmd::host::exports {

/// A SUIT envelope (CBOR tag 107, draft-ietf-suit-manifest) for each base, with the patch as its integrated payload
/// "#patch" and a COSE_Sign1 of the manifest's digest. Its commands, for a processor whose component "patch" is the
/// updater and whose component "model" is the active model:
///
///     install    model has the base's digest (left out for devices without a model);
///                fetch #patch into patch; it has the patch's digest and size
///     validate   model has the target's digest and size
///
/// `sequence`: the manifest's sequence number, which processors take only rising. Throws Error.
std::vector<Exported> export_suit(const ReleaseFolder& release, const sign::SigningKey& key,
                                  ConstBytes identifier, std::uint32_t sequence);

/// The envelope for one patch.
Bytes suit_envelope(const fleet::FleetManifest& manifest, const fleet::FleetPatch& patch,
                    const Bytes& payload, const sign::SigningKey& key, ConstBytes identifier,
                    std::uint32_t sequence);

}  // namespace tmd::host::exports
