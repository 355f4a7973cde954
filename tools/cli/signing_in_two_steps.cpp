// SPDX-License-Identifier: Apache-2.0
#include "cli/signing_in_two_steps.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "sign/signed_patch.hpp"
#include "sign/signer.hpp"

namespace tmd::host::cli {

TwoSteps::TwoSteps(const SignOptions& options) : options_(options) {
  certificate_ = read_certificate(options.signing);
  if (options.attach.empty()) return;
  key_ = sign::read_public_key(options.public_key);
  identifier_ = options.signing.identifier.empty() ? key_.default_identifier()
                                                   : identifier_from(options.signing.identifier);
}

host::Bytes TwoSteps::with_certificate(const host::Bytes& patch) const {
  return certificate_.empty() ? patch : sign::with_certificate(host::view(patch), host::view(certificate_));
}

host::Bytes TwoSteps::to_sign(const host::Bytes& patch) const {
  return sign::prepare_signature(host::view(with_certificate(patch)),
                                 sign::algorithm_named(options_.prepare_type));
}

host::Bytes TwoSteps::attach(const std::string& patch_name, const host::Bytes& patch,
                             const std::string& signature_file) const {
  const host::Bytes certified = with_certificate(patch);
  sign::check_certificate(host::view(certified), key_, host::view(identifier_));
  const host::Bytes signature = sign::read_signature(signature_file, key_.algorithm);
  host::Bytes result = sign::attach_signature(host::view(certified), key_.algorithm, host::view(identifier_),
                                              host::view(signature));
  if (sign::verify_signature(host::view(result), key_, host::view(identifier_)) != Status::ok) {
    throw host::Error(fmt::format("{} is not the signature of {} by the key in {}", signature_file,
                                  patch_name, options_.public_key));
  }
  return result;
}

}  // namespace tmd::host::cli
