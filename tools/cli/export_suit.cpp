// SPDX-License-Identifier: Apache-2.0
#include "cli/export_suit.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "cli/signing_options.hpp"
#include "cli/to_sign_folder.hpp"
#include "exports/suit.hpp"
#include "sign/signer.hpp"

namespace tmd::host::cli {
namespace {

host::Bytes identifier_of(const SuitOptions& options, const sign::VerificationKey& key) {
  return options.identifier.empty() ? key.default_identifier() : identifier_from(options.identifier);
}

/// The signature in this file, once it has proved to be the key's.
host::Bytes signature_in(const std::string& file, ConstBytes to_sign, const sign::VerificationKey& key,
                         const SuitOptions& options) {
  const std::string path = ToSignFolder(options.attach).signature_of(file).string();
  host::Bytes signature = sign::read_signature(path, key.algorithm);
  if (sign::verify_message(key, to_sign, host::view(signature)) != Status::ok)
    throw host::Error(fmt::format(
        "{} is not the signature of the envelope of {} by the key in {}; both steps take the same "
        "patches, --sequence and algorithm",
        path, file, options.public_key));
  return signature;
}

}  // namespace

void prepare_suit_envelopes(const exports::ReleaseFolder& release, const SuitOptions& options, bool json) {
  const ToSignFolder to_sign(release.output);
  const CoseAlgorithm algorithm = sign::algorithm_named(options.prepare_type);
  for (const fleet::FleetPatch& patch : release.manifest.patches) {
    const exports::SuitEnvelope envelope(release.manifest, patch, *options.sequence);
    to_sign.put(patch.file, host::view(envelope.to_sign(algorithm)), algorithm);
  }
  to_sign.print_what_to_do(release.manifest.patches.size(), algorithm, json);
}

std::vector<exports::Exported> export_suit_envelopes(const exports::ReleaseFolder& release,
                                                     const SuitOptions& options) {
  exports::SuitSigner signer;
  if (options.attach.empty()) {
    const sign::SigningKey key = sign::read_private_key(options.key);
    signer.algorithm = key.algorithm;
    signer.identifier = identifier_of(options, sign::verification_key_of(key));
    signer.sign = [&](const std::string&, ConstBytes to_sign) { return sign::sign_message(key, to_sign); };
    return exports::export_suit(release, signer, *options.sequence);
  }
  const sign::VerificationKey key = sign::read_public_key(options.public_key);
  ToSignFolder(options.attach).check_complete(release.manifest);
  signer.algorithm = key.algorithm;
  signer.identifier = identifier_of(options, key);
  signer.sign = [&](const std::string& file, ConstBytes to_sign) {
    return signature_in(file, to_sign, key, options);
  };
  return exports::export_suit(release, signer, *options.sequence);
}

}  // namespace tmd::host::cli
