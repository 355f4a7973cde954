// SPDX-License-Identifier: Apache-2.0
#include "sign/certificate.hpp"

#include "base/error.hpp"
#include "sign/cbor_writer.hpp"
#include "sign/cose_writer.hpp"
#include "sign/signer.hpp"
#include "tmd/internal/auth/certificate.hpp"

namespace tmd::host::sign {
namespace {

Bytes write_payload(const ReleaseKey& release) {
  constexpr std::uint32_t kElements = 7;
  Bytes out;
  append_head(out, CborMajor::array, kElements);
  append_head(out, CborMajor::unsigned_integer, release.number);
  append_byte_string(out, view(release.family));
  append_head(out, CborMajor::unsigned_integer, release.first);
  append_head(out, CborMajor::unsigned_integer, release.last);
  append_integer(out, static_cast<std::int32_t>(release.algorithm));
  append_byte_string(out, view(release.identifier));
  append_byte_string(out, view(release.material));
  return out;
}

}  // namespace

Bytes prepare_certificate(const ReleaseKey& release, CoseAlgorithm root) {
  const Bytes payload = write_payload(release);
  const Bytes unsigned_yet = write_cose_attached(root, {}, view(payload), {});
  Certificate certificate;
  if (parse_certificate(view(unsigned_yet), certificate) != Status::ok) {
    throw Error(
        "no device would take this certificate: both keys are es256 or ed25519, the number is at most 31, "
        "the "
        "first counter not above the last, the identifier at most 32 bytes, the family none or 16 bytes");
  }
  return bytes_to_sign(root, view(payload));
}

Bytes attach_certificate(const ReleaseKey& release, const VerificationKey& root, ConstBytes root_identifier,
                         const std::string& signature_file) {
  const Bytes message = prepare_certificate(release, root.algorithm);
  const Bytes raw = read_signature(signature_file, root.algorithm);
  if (verify_message(root, view(message), view(raw)) != Status::ok)
    throw Error(signature_file + ": the signature is not one over this certificate by the root key");
  return write_cose_attached(root.algorithm, root_identifier, view(write_payload(release)), view(raw));
}

Bytes issue_certificate(const ReleaseKey& release, const SigningKey& root, ConstBytes root_identifier) {
  const Bytes message = prepare_certificate(release, root.algorithm);
  return write_cose_attached(root.algorithm, root_identifier, view(write_payload(release)),
                             view(sign_message(root, view(message))));
}

}  // namespace tmd::host::sign
