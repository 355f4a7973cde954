// SPDX-License-Identifier: Apache-2.0
#include "cli/export_suit.hpp"

#include "cli/signing_options.hpp"
#include "exports/suit.hpp"

namespace tmd::host::cli {

std::vector<exports::Exported> export_suit_envelopes(const exports::ReleaseFolder& release,
                                                     const std::string& key_file,
                                                     const std::string& identifier, std::uint32_t sequence) {
  const sign::SigningKey key = sign::parse_private_key(sign::read_key_text(key_file));
  const host::Bytes name =
      identifier.empty() ? sign::verification_key_of(key).default_identifier() : identifier_from(identifier);
  return exports::export_suit(release, key, host::view(name), sequence);
}

}  // namespace tmd::host::cli
