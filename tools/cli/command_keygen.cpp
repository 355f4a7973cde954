// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/error.hpp"
#include "base/numbers.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/outcome.hpp"
#include "sign/key_files.hpp"

namespace tmd::host::cli {
namespace {

constexpr std::string_view kBodyKey = "aes-ctr";

struct KeygenOptions {
  std::string output;
  std::string type = "es256";
  std::string public_key;
  std::string header;
  std::string name = "ModelKey";
  std::uint32_t number = 0;
  bool may_revoke = false;
  bool may_certify = false;
  bool from_existing = false;
  bool json = false;
};

std::string byte_list(ConstBytes bytes) {
  constexpr std::size_t kBytesInLine = 16;
  std::string list;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    list += fmt::format("{}0x{:02X},", i % kBytesInLine == 0 ? "\n    " : " ", bytes[i]);
  }
  return list;
}

/// What the firmware compiles in to trust this key.
std::string header_text(const sign::VerificationKey& key, const KeygenOptions& options) {
  const host::Bytes identifier = key.default_identifier();
  const bool es256 = key.algorithm == CoseAlgorithm::es256;
  return fmt::format(
      "// A public key that patches are signed with, written by `tmd keygen`.\n"
      "#pragma once\n\n"
      "#include \"tmd/auth/trusted_key.hpp\"\n\n"
      "constexpr std::uint8_t k{0}Identifier[] = {{{1}}};\n"
      "constexpr std::uint8_t k{0}Material[] = {{{2}}};\n"
      "constexpr tmd::TrustedKey k{0} = {{{3}, tmd::CoseAlgorithm::{4}, tmd::ConstBytes(k{0}Identifier),\n"
      "    tmd::ConstBytes(k{0}Material), {5}, 0, {6}}};  // may revoke, stored key, may certify\n",
      options.name, byte_list(host::view(identifier)), byte_list(key.material.view()), options.number,
      es256 ? "es256" : "eddsa", options.may_revoke, options.may_certify);
}

/// Files that are there all or none: the next attempt must not find a key that nobody was told of.
class NewFiles {
 public:
  NewFiles() = default;
  NewFiles(const NewFiles&) = delete;
  NewFiles& operator=(const NewFiles&) = delete;
  ~NewFiles() {
    std::error_code ignored;
    for (const std::string& path : paths_) std::filesystem::remove(path, ignored);
  }
  void add(const std::string& path) { paths_.push_back(path); }
  void keep() { paths_.clear(); }

 private:
  std::vector<std::string> paths_;
};

/// What may be known of the key: into files, and into what is printed.
void write_public_parts(const KeygenOptions& options, const sign::SigningKey& key, std::string& text,
                        std::vector<Fact>& facts, NewFiles& files) {
  const sign::VerificationKey verification = sign::verification_key_of(key);
  const std::string identifier = host::to_hex(host::view(verification.default_identifier()));
  const std::string thumbprint = host::to_hex(host::view(verification.thumbprint()));
  text += fmt::format("identifier: 0x{}\nthumbprint: 0x{}\n", identifier, thumbprint);
  facts.push_back({"identifier", identifier});
  facts.push_back({"thumbprint", thumbprint});
  if (!options.public_key.empty()) {
    sign::write_public_file(options.public_key, sign::public_key_text(verification));
    files.add(options.public_key);
    text += fmt::format("{}: public key\n", options.public_key);
    facts.push_back({"public_key", options.public_key});
  }
  if (!options.header.empty()) {
    sign::write_public_file(options.header, header_text(verification, options));
    text += fmt::format("{}: for the firmware\n", options.header);
    facts.push_back({"header", options.header});
  }
}

void keygen(const KeygenOptions& options) {
  // A secret for AES is one, whether it encrypts or authenticates.
  const bool encrypts = options.type == kBodyKey;
  const CoseAlgorithm algorithm = encrypts ? CoseAlgorithm::aes_cmac : sign::algorithm_named(options.type);
  if (!options.from_existing && sign::is_symmetric(algorithm) &&
      (!options.public_key.empty() || !options.header.empty())) {
    throw host::Error(
        fmt::format("a secret for {} has no public half: leave out --public and --header", options.type));
  }
  const sign::SigningKey key =
      options.from_existing ? sign::read_private_key(options.output) : sign::generate_key(algorithm);
  NewFiles files;
  if (!options.from_existing) {
    const sign::SecretBytes secret = sign::private_key_text(key);
    sign::write_secret_file(options.output, secret.view());
    files.add(options.output);
  }
  const std::string_view type = encrypts ? kBodyKey : sign::name_of(key.algorithm);
  std::string text = fmt::format("{}: {} key\n", options.output, type);
  std::vector<Fact> facts = {{"key", options.output}, {"type", std::string(type)}};
  if (!sign::is_symmetric(key.algorithm)) write_public_parts(options, key, text, facts, files);
  files.keep();
  print_outcome(options.json, text, facts);
}

}  // namespace

void add_keygen(Command& program) {
  auto options = std::make_shared<KeygenOptions>();
  Command command = program.add_subcommand("keygen", "Make a key to sign patches with, or to encrypt them");
  command.add_option("FILE", options->output, "Where to write the key (mode 0600; never overwritten)")
      .required()
      .reads_file()
      .writes_file();
  const Option type =
      command
          .add_option("--type", options->type,
                      "To sign: es256, ed25519, hmac-sha256 or aes-cmac; to encrypt bodies: aes-ctr")
          .one_of({"es256", "ed25519", "hmac-sha256", "aes-cmac", "aes-ctr"})
          .shows_default();
  command.add_option("--public", options->public_key, "Also write the public key, in PEM").writes_file();
  const Option header = command
                            .add_option("--header", options->header,
                                        "Also write the public key as a C++ header for the firmware")
                            .writes_file();
  command.add_option("--name", options->name, "With --header: the key is called k and this")
      .checked([](const std::string& name) {
        const bool is_name = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
          return std::isalnum(c) != 0 || c == '_';
        });
        return is_name ? std::string() : "letters, digits and _ make a name";
      })
      .only_with(header)
      .shows_default();
  command
      .add_option("--number", options->number,
                  "With --header: the key's number, 0 to 31, that no other key of the product has or had")
      .between(0U, 31U)
      .only_with(header)
      .shows_default();
  command
      .add_flag("--may-revoke", options->may_revoke,
                "With --header: manifests signed with the key may revoke others; for a key in a safe")
      .only_with(header);
  command
      .add_flag("--may-certify", options->may_certify,
                "With --header: the key may certify release keys (tmd certify); for a key in a safe")
      .only_with(header);
  command
      .add_flag("--existing", options->from_existing, "FILE is there already: only write what belongs to it")
      .excludes(type);
  command.add_flag("--json", options->json, "Print JSON");
  command.footer(
      "Examples:\n  tmd keygen private.pem --public public.pem --header model_key.hpp\n"
      "  tmd keygen root.pem --header root_key.hpp --name RootKey --number 1 --may-revoke --may-certify\n"
      "  tmd keygen body.key --type aes-ctr    # for diff --encrypt and apply --decrypt");
  command.callback([options] { keygen(*options); });
}

}  // namespace tmd::host::cli
