// SPDX-License-Identifier: Apache-2.0
#include "cli/decrypting_options.hpp"

#include <optional>

#include "base/bytes.hpp"
#include "cli/command_line.hpp"
#include "sign/crypto_library.hpp"
#include "sign/key_files.hpp"
#include "tmd/auth/psa/psa_aes_ctr.hpp"

namespace tmd::host::cli {
namespace {

/// What a device has, but that the one secret serves whatever identifier the patch names.
class FileCipher : public device::BodyCipher {
 public:
  explicit FileCipher(sign::SecretBytes secret) : secret_(std::move(secret)) { sign::start_crypto_library(); }

  Status begin(ConstBytes cipher_entry) override {
    CipherEntry entry;
    const Status status = parse_cipher_entry(cipher_entry, entry);
    if (status != Status::ok) return status;
    identifier_.assign(entry.key_identifier.begin(), entry.key_identifier.end());
    key_ = CipherKey{host::view(identifier_), secret_.view()};
    cipher_.emplace(&key_, 1);
    return cipher_->begin(cipher_entry);
  }
  Status decrypt(std::uint32_t body_offset, MutableBytes bytes) override {
    return cipher_ ? cipher_->decrypt(body_offset, bytes) : Status::wrong_state;
  }

 private:
  sign::SecretBytes secret_;
  host::Bytes identifier_;
  CipherKey key_;
  std::optional<PsaAesCtr> cipher_;
};

}  // namespace

void add_decrypting_options(Command& command, std::string& key_file) {
  command
      .add_option("--decrypt", key_file,
                  "Decrypt the body with the secret in this file, in hexadecimal digits; - is standard input")
      .reads_file();
}

std::unique_ptr<device::BodyCipher> open_cipher(const std::string& key_file, const patch::PatchFile& patch) {
  if (key_file.empty()) return nullptr;
  if (!patch.manifest.encrypted) throw UsageError("--decrypt", patch.path.string() + " is not encrypted");
  // The same lengths serve AES whether it encrypts or authenticates.
  return std::make_unique<FileCipher>(sign::read_secret(key_file, CoseAlgorithm::aes_cmac));
}

}  // namespace tmd::host::cli
