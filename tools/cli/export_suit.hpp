// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "exports/mender.hpp"

namespace tmd::host::cli {

/// What `tmd export suit` is asked for. Envelopes are signed at once by a private key, or in two steps by a hardware
/// module or a cloud service.
struct SuitOptions {
  std::string key;         ///< Private key; for Mender's artifacts, too.
  std::string identifier;  ///< Of the key; empty: its own.
  std::optional<std::uint32_t> sequence;
  std::string prepare;
  std::string prepare_type = "es256";
  std::string attach;
  std::string public_key;
};

/// First step: writes what is to be signed into the release's output folder, and says so.
void prepare_suit_envelopes(const exports::ReleaseFolder& release, const SuitOptions& options, bool json);
/// Envelopes signed by the key, or with the signatures of the second step. Throws host::Error.
std::vector<exports::Exported> export_suit_envelopes(const exports::ReleaseFolder& release,
                                                     const SuitOptions& options);

}  // namespace tmd::host::cli
