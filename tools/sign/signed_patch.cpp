// SPDX-License-Identifier: Apache-2.0
#include "sign/signed_patch.hpp"

#include <mbedtls/asn1.h>
#include <psa/crypto.h>
#include <sodium.h>

#include "base/error.hpp"
#include "format/container.hpp"
#include "sign/cose_writer.hpp"
#include "sign/crypto_library.hpp"
#include "sign/signer.hpp"
#include "tmd/auth/cipher.hpp"
#include "tmd/auth/psa/psa_es256.hpp"
#include "tmd/internal/auth/cose.hpp"
#include "tmd/internal/format/format2.hpp"

namespace tmd::host::sign {
namespace {

struct SplitPatch {
  Manifest manifest;
  ConstBytes signed_bytes;
  ConstBytes authentication;
  ConstBytes body;
  format::PatchParts parts;
};

SplitPatch split(ConstBytes patch) {
  if (!patch.empty() && patch[0] == kFormat1) {
    throw Error("a format 1 patch has no place for a signature: make it with --format 2");
  }
  SplitPatch split;
  const Status parsed = format2::parse(patch, split.manifest);
  if (parsed == Status::need_more) throw Error("the patch ends within its manifest");
  if (parsed != Status::ok) throw Error(to_string(parsed));
  const Manifest& manifest = split.manifest;
  split.signed_bytes = patch.first(manifest.signed_size);
  split.authentication = patch.slice(manifest.authentication_offset, manifest.authentication_size);
  split.body = patch.from(manifest.body_offset);
  if (split.body.size() != manifest.body_length)
    throw Error("the patch's body has another length than declared");

  format::PatchParts& parts = split.parts;
  parts.base = manifest.base;
  parts.target = manifest.target;
  parts.base_length = manifest.base_length;
  parts.target_length = manifest.target_length;
  parts.codec_parameters = manifest.codec_parameters;
  parts.authenticated = manifest.authenticated;
  parts.encrypted = manifest.encrypted;
  parts.body_length = manifest.body_length;
  EntryReader entries(patch.slice(manifest.entries_offset, manifest.entries_size));
  Entry entry;
  while (entries.next(entry) == Status::ok)
    parts.entries.push_back({entry.number, entry.critical, to_bytes(entry.value)});
  return split;
}

/// The manifest as it stands in the signed patch: with the flag that says that a block follows.
Bytes manifest_to_sign(SplitPatch& split) {
  if (split.manifest.target.kind != DigestKind::sha256) {
    throw Error("the patch carries CRC-32 digests, which a signature cannot rely on: make it with SHA-256");
  }
  split.parts.authenticated = true;
  return format::write_manifest(split.parts);
}

/// r || s out of SEQUENCE { INTEGER r, INTEGER s } (RFC 3279, section 2.2.3).
Bytes raw_from_der(ConstBytes der) {
  Bytes input = to_bytes(der);
  Bytes raw(PsaEs256::kSignatureSize);
  unsigned char* position = input.data();
  const unsigned char* end = input.data() + input.size();
  std::size_t length = 0;
  mbedtls_mpi r, s;
  mbedtls_mpi_init(&r);
  mbedtls_mpi_init(&s);
  int failed =
      mbedtls_asn1_get_tag(&position, end, &length, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);
  if (failed == 0) failed = mbedtls_asn1_get_mpi(&position, end, &r);
  if (failed == 0) failed = mbedtls_asn1_get_mpi(&position, end, &s);
  if (failed == 0) failed = mbedtls_mpi_write_binary(&r, raw.data(), raw.size() / 2);
  if (failed == 0) failed = mbedtls_mpi_write_binary(&s, raw.data() + raw.size() / 2, raw.size() / 2);
  mbedtls_mpi_free(&r);
  mbedtls_mpi_free(&s);
  if (failed != 0 || position != end) throw Error("the signature is neither 64 bytes (r || s) nor DER");
  return raw;
}

std::size_t signature_size(CoseAlgorithm algorithm) {
  switch (algorithm) {
    case CoseAlgorithm::hmac_sha256:
      return 32;
    case CoseAlgorithm::aes_cmac:
      return 16;
    default:
      return 64;
  }
}

void apply_key_stream(ConstBytes first_counter, const SecretBytes& secret, Bytes& body) {
  start_crypto_library();
  PsaKey key;
  psa_cipher_operation_t operation = psa_cipher_operation_init();
  psa_status_t answer = key.open(secret.view(), 0, PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_CTR);
  if (answer == PSA_SUCCESS) answer = psa_cipher_encrypt_setup(&operation, key.id(), PSA_ALG_CTR);
  if (answer == PSA_SUCCESS)
    answer = psa_cipher_set_iv(&operation, first_counter.data(), first_counter.size());
  Bytes encrypted(body.size());
  std::size_t length = 0;
  if (answer == PSA_SUCCESS && !body.empty()) {
    answer =
        psa_cipher_update(&operation, body.data(), body.size(), encrypted.data(), encrypted.size(), &length);
  }
  static_cast<void>(psa_cipher_abort(&operation));
  if (answer != PSA_SUCCESS || length != body.size()) throw Error("the body could not be encrypted");
  body = std::move(encrypted);
}

}  // namespace

Bytes prepare_signature(ConstBytes patch, CoseAlgorithm algorithm) {
  SplitPatch parts = split(patch);
  return bytes_to_sign(algorithm, view(manifest_to_sign(parts)));
}

Bytes attach_signature(ConstBytes patch, CoseAlgorithm algorithm, ConstBytes identifier,
                       ConstBytes signature) {
  SplitPatch parts = split(patch);
  const Bytes manifest = manifest_to_sign(parts);
  Bytes raw = to_bytes(signature);
  if (algorithm == CoseAlgorithm::es256 && raw.size() != signature_size(algorithm))
    raw = raw_from_der(signature);
  if (raw.size() != signature_size(algorithm)) {
    throw Error("the signature has " + std::to_string(raw.size()) + " bytes; " +
                std::string(name_of(algorithm)) + " gives " + std::to_string(signature_size(algorithm)));
  }
  return format::join_patch(manifest, write_cose(algorithm, identifier, view(raw)), to_bytes(parts.body));
}

Bytes sign_patch(ConstBytes patch, const SigningKey& key, ConstBytes identifier) {
  const Bytes message = prepare_signature(patch, key.algorithm);
  const Bytes signature = sign_message(key, view(message));
  Bytes result = attach_signature(patch, key.algorithm, identifier, view(signature));
  // A fault while signing can give the private key away, so a signature that does not verify never leaves.
  if (verify_signature(view(result), verification_key_of(key), identifier) != Status::ok) {
    throw Error("the new signature does not verify");
  }
  return result;
}

Status verify_signature(ConstBytes patch, const VerificationKey& key, ConstBytes identifier) {
  const SplitPatch parts = split(patch);
  if (!parts.manifest.authenticated) return Status::unsigned_patch;
  return verify_block(key, identifier, parts.signed_bytes, parts.authentication);
}

Bytes signer_identifier(ConstBytes patch) {
  CoseMessage message;
  const SplitPatch parts = split(patch);
  if (!parts.manifest.authenticated || parse_cose(parts.authentication, message) != Status::ok) return {};
  return to_bytes(message.key_identifier);
}

Bytes encrypt_patch(ConstBytes patch, const SecretBytes& secret, ConstBytes identifier) {
  SplitPatch parts = split(patch);
  if (parts.manifest.authenticated) throw Error("the patch is signed: encrypt it first, then sign it");
  if (parts.manifest.encrypted) throw Error("the patch is encrypted already");
  if (identifier.size() > CipherEntry::kMaxIdentifier) throw Error("a key identifier has at most 32 bytes");
  start_crypto_library();
  Bytes value(1 + CipherEntry::kBlockSize);
  value[0] = CipherEntry::kAesCtr;
  randombytes_buf(value.data() + 1, CipherEntry::kBlockSize);
  const Bytes first_counter(value.begin() + 1, value.end());
  value.insert(value.end(), identifier.begin(), identifier.end());

  Bytes body = to_bytes(parts.body);
  apply_key_stream(view(first_counter), secret, body);
  parts.parts.encrypted = true;
  parts.parts.entries.push_back({EntryNumber::cipher, true, value});
  return format::join_patch(format::write_manifest(parts.parts), {}, body);
}

}  // namespace tmd::host::sign
