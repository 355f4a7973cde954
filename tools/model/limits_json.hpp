// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "model/envelope.hpp"

namespace tmd::host::model {

/// What `tmd limits` writes beside its header: the same statements for programs, and the header's SHA-256, by which a
/// header that was changed since is known.
std::string limits_json(const Envelope& envelope, const std::string& structure, const std::string& header);

struct LimitsFromJson {
  FirmwareFacts facts;
  std::string header_sha256;  ///< Hexadecimal.
};

/// Reads it back. Throws host::Error, naming the file, where something in it is not what limits_json writes.
LimitsFromJson read_limits_json(const std::string& text, const std::string& name);

/// Whether the text is JSON of this kind, well-formed or not: its first character is a brace.
bool looks_like_json(const std::string& text);

/// As in the JSON: hexadecimal.
std::string sha256_text(const std::string& text);

}  // namespace tmd::host::model
