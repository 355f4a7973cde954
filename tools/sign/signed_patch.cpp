// SPDX-License-Identifier: Apache-2.0
#include "sign/signed_patch.hpp"

#include <psa/crypto.h>
#include <sodium.h>

#include "base/error.hpp"
#include "format/container.hpp"
#include "sign/cose_writer.hpp"
#include "sign/crypto_library.hpp"
#include "sign/signer.hpp"
#include "tmd/auth/cipher.hpp"
#include "tmd/auth/psa/psa_key.hpp"
#include "tmd/internal/auth/certificate.hpp"
#include "tmd/internal/auth/cose.hpp"
#include "tmd/internal/format/format2.hpp"
#include "tmd/internal/update/way_back.hpp"

namespace tmd::host::sign {
namespace {

struct SplitPatch {
  Manifest manifest;
  ConstBytes signed_bytes;
  ConstBytes authentication;
  ConstBytes body;  ///< With the second one, where there is a way back.
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
  in_place::WayBackEntry way_back;
  while (entries.next(entry) == Status::ok) {
    parts.entries.push_back({entry.number, entry.critical, to_bytes(entry.value)});
    if (entry.number == EntryNumber::way_back &&
        in_place::parse_way_back(entry.value, manifest.target.kind, way_back) != Status::ok)
      throw Error(to_string(Status::malformed_manifest));
  }
  if (split.body.size() != std::size_t{manifest.body_length} + way_back.body_length)
    throw Error("the patch's body has another length than declared");
  return split;
}

Bytes certificate_in(const format::PatchParts& parts) {
  for (const format::EntryToWrite& entry : parts.entries) {
    if (entry.number == EntryNumber::certificate) return entry.value;
  }
  return {};
}

/// The manifest as it stands in the signed patch: with the flag that says that a block follows.
Bytes manifest_to_sign(SplitPatch& split) {
  if (split.manifest.target.kind != DigestKind::sha256) {
    throw Error("it carries CRC-32 digests, which a signature cannot rely on: make it with --digest sha256");
  }
  split.parts.authenticated = true;
  return format::write_manifest(split.parts);
}

Certificate parsed_certificate(ConstBytes bytes) {
  Certificate certificate;
  if (parse_certificate(bytes, certificate) != Status::ok)
    throw Error("the patch's certificate is malformed; make the patch anew, or give it one of tmd certify");
  return certificate;
}

/// Whether a key of this algorithm that is certified in the patch may sign it.
void check_what_is_certified(const format::PatchParts& parts, CoseAlgorithm algorithm) {
  const Bytes bytes = certificate_in(parts);
  if (bytes.empty()) return;
  const Certificate certificate = parsed_certificate(view(bytes));
  if (certificate.algorithm != algorithm)
    throw Error("the patch's certificate is for a key of " + std::string(name_of(certificate.algorithm)) +
                ", not of " + std::string(name_of(algorithm)));
  Bytes family;
  std::uint32_t counter = 0;
  for (const format::EntryToWrite& entry : parts.entries) {
    if (entry.number == EntryNumber::family) family = entry.value;
    if (entry.number == EntryNumber::security_counter) counter = load_le32(entry.value.data());
  }
  if (!certificate.covers(view(family), counter)) {
    throw Error(
        "the patch's certificate is for " + std::string(certificate.family.empty() ? "" : "one family and ") +
        "security counters " + std::to_string(certificate.first) + " to " + std::to_string(certificate.last) +
        "; the patch has counter " + std::to_string(counter) + (family.empty() ? " and no family" : ""));
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
  check_what_is_certified(parts.parts, algorithm);
  return bytes_to_sign(algorithm, view(manifest_to_sign(parts)));
}

Bytes attach_signature(ConstBytes patch, CoseAlgorithm algorithm, ConstBytes identifier,
                       ConstBytes signature) {
  SplitPatch parts = split(patch);
  check_what_is_certified(parts.parts, algorithm);
  const Bytes manifest = manifest_to_sign(parts);
  const Bytes raw = raw_signature(algorithm, signature);
  return format::join_patch(manifest, write_cose(algorithm, identifier, view(raw)), to_bytes(parts.body));
}

Bytes sign_patch(ConstBytes patch, const SigningKey& key, ConstBytes identifier) {
  const VerificationKey verification = verification_key_of(key);
  check_certificate(patch, verification, identifier);
  const Bytes message = prepare_signature(patch, key.algorithm);
  const Bytes signature = sign_message(key, view(message));
  return attach_signature(patch, key.algorithm, identifier, view(signature));
}

Status verify_signature(ConstBytes patch, const VerificationKey& key, ConstBytes identifier) {
  const SplitPatch parts = split(patch);
  const Manifest& manifest = parts.manifest;
  if (!manifest.authenticated) return Status::unsigned_patch;
  const ManifestToVerify shown{parts.signed_bytes, parts.authentication,
                               patch.slice(manifest.entries_offset, manifest.entries_size)};
  return verify_manifest(key, identifier, shown);
}

Bytes certificate_of(ConstBytes patch) {
  return certificate_in(split(patch).parts);
}

void check_certificate(ConstBytes patch, const VerificationKey& key, ConstBytes identifier) {
  const Bytes bytes = certificate_of(patch);
  if (bytes.empty()) return;
  const Certificate certificate = parsed_certificate(view(bytes));
  if (!equal_bytes(certificate.material, key.material.view()) ||
      !equal_bytes(certificate.identifier, identifier))
    throw Error(
        "the patch's certificate is for another key or identifier than the one that signs; sign with that "
        "key, or give --certificate of this one");
}

Bytes with_certificate(ConstBytes patch, ConstBytes certificate) {
  SplitPatch parts = split(patch);
  std::vector<format::EntryToWrite>& entries = parts.parts.entries;
  std::erase_if(entries,
                [](const format::EntryToWrite& entry) { return entry.number == EntryNumber::certificate; });
  entries.push_back({EntryNumber::certificate, false, to_bytes(certificate)});
  parts.parts.authenticated = false;
  return format::join_patch(format::write_manifest(parts.parts), {}, to_bytes(parts.body));
}

Bytes signer_identifier(ConstBytes patch, const VerificationKey& key) {
  const SplitPatch parts = split(patch);
  const Bytes bytes = certificate_in(parts.parts);
  Certificate certificate;
  if (parse_certificate(view(bytes), certificate) == Status::ok &&
      !equal_bytes(certificate.material, key.material.view()))
    return to_bytes(certificate.message.key_identifier);
  CoseMessage message;
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
