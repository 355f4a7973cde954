// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/signing_options.hpp"
#include "sign/key_files.hpp"

namespace tmd::host::cli {

/// What `tmd sign` is asked for.
struct SignOptions {
  std::string patch;  ///< Or the folder of a release.
  std::string output;
  SigningOptions signing;
  bool json = false;
  std::string prepare;
  std::string prepare_type = "es256";
  std::string attach;
  std::string public_key;
};

/// Signing by a hardware module or a cloud service, which gets bytes and answers with a signature.
class TwoSteps {
 public:
  /// Throws host::Error where the certificate or the public key (second step) can't be read.
  explicit TwoSteps(const SignOptions& options);

  /// First step: what is to be signed for this patch.
  host::Bytes to_sign(const host::Bytes& patch) const;
  /// Second step: the patch with the signature. Throws host::Error, naming the files, where it is not that of the
  /// public key for this patch.
  host::Bytes attach(const std::string& patch_name, const host::Bytes& patch,
                     const std::string& signature_file) const;

 private:
  host::Bytes with_certificate(const host::Bytes& patch) const;

  const SignOptions& options_;
  host::Bytes certificate_;
  sign::VerificationKey key_;
  host::Bytes identifier_;
};

/// The three ways for the patches of a folder, all of them in one go.
void sign_release(const SignOptions& options);
void prepare_release(const SignOptions& options);
void attach_release(const SignOptions& options);

}  // namespace tmd::host::cli
