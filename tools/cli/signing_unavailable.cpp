// SPDX-License-Identifier: Apache-2.0
// What takes the place of signing where the program is built without Mbed TLS or libsodium: the commands and
// options are absent, and the help says why.

#include "base/error.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/decrypting_options.hpp"
#include "cli/export_suit.hpp"
#include "cli/signing_options.hpp"

namespace tmd::host::cli {
namespace {
constexpr const char* kWhy =
    "this tmd was built without Mbed TLS and libsodium: it can neither sign nor check";
}

void add_keygen(Command& program) {
  program.add_subcommand("keygen", "(built without Mbed TLS and libsodium)").callback([] {
    throw host::Error(kWhy);
  });
}
void add_certify(Command& program) {
  program.add_subcommand("certify", "(built without Mbed TLS and libsodium)").callback([] {
    throw host::Error(kWhy);
  });
}
void add_sign(Command& program) {
  program.add_subcommand("sign", "(built without Mbed TLS and libsodium)").callback([] {
    throw host::Error(kWhy);
  });
}
void add_signing_options(Command&, SigningOptions&, const std::string&) {}
void add_verifying_options(Command&, VerifyingOptions&) {}
void check_signing_usage(const SigningOptions&) {}
std::function<host::Bytes(const host::Bytes& patch)> patch_signer(const SigningOptions&) {
  throw host::Error(kWhy);
}
void check_signature(const std::string&, const host::Bytes&, const VerifyingOptions&) {
  throw host::Error(kWhy);
}
std::function<std::string(const std::string& text)> text_signer(const std::string&) {
  throw host::Error(kWhy);
}
std::function<std::string(const std::string&, const std::string&)> signature_checker(const std::string&) {
  throw host::Error(kWhy);
}
void prepare_suit_envelopes(const exports::ReleaseFolder&, const SuitOptions&, bool) {
  throw host::Error(kWhy);
}
std::vector<exports::Exported> export_suit_envelopes(const exports::ReleaseFolder&, const SuitOptions&) {
  throw host::Error(kWhy);
}
void add_decrypting_options(Command&, std::string&) {}
std::unique_ptr<device::BodyCipher> open_cipher(const std::string&, const patch::PatchFile&) {
  return nullptr;
}
host::Bytes identifier_from(const std::string&) {
  throw host::Error(kWhy);
}

}  // namespace tmd::host::cli
