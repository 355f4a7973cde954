// SPDX-License-Identifier: Apache-2.0
#include "sign/key_files.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/error.hpp"
#include "base/files.hpp"
#include "sign/signer.hpp"
#include "support/hex.hpp"
#include "support/process.hpp"

using tmd::CoseAlgorithm;
using tmd::host::sign::SecretBytes;
using tmd::host::sign::SigningKey;
using tmd::host::sign::VerificationKey;
using tmd::test::Bytes;
using tmd::test::hex;
using tmd::test::join;
using tmd::test::text;
using tmd::test::view;

namespace {

// Written by OpenSSL 3.0: ecparam -genkey, pkcs8 -topk8, ec -pubout, genpkey -algorithm ed25519, pkey
// -pubout. Keys of tests only: they protect nothing.
constexpr const char* kSec1 =
    "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MHcCAQEEIDpOzYcS2KQ07jtDW9joIZniV3QGRjZvOjZdUaqNjOMcoAoGCCqGSM49\n"
    "AwEHoUQDQgAEy83fHicc5oOCC1OaxZ70JvwuKTGRAQ4Ou1AmDF0mqbilhlhYINt6\n"
    "wU59WdS7PykZuuBk1jqjcP/yMwU4YYCiMA==\n"
    "-----END EC PRIVATE KEY-----\n";
constexpr const char* kWithoutPublicHalf =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MDECAQEEIDpOzYcS2KQ07jtDW9joIZniV3QGRjZvOjZdUaqNjOMcoAoGCCqGSM49\n"
    "AwEH\n"
    "-----END EC PRIVATE KEY-----\n";
constexpr const char* kPkcs8 =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgOk7NhxLYpDTuO0Nb\n"
    "2OghmeJXdAZGNm86Nl1Rqo2M4xyhRANCAATLzd8eJxzmg4ILU5rFnvQm/C4pMZEB\n"
    "Dg67UCYMXSapuKWGWFgg23rBTn1Z1Ls/KRm64GTWOqNw//IzBThhgKIw\n"
    "-----END PRIVATE KEY-----\n";
constexpr const char* kP256Public =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEy83fHicc5oOCC1OaxZ70JvwuKTGR\n"
    "AQ4Ou1AmDF0mqbilhlhYINt6wU59WdS7PykZuuBk1jqjcP/yMwU4YYCiMA==\n"
    "-----END PUBLIC KEY-----\n";
const Bytes kScalar = hex("3a4ecd8712d8a434ee3b435bd8e82199e257740646366f3a365d51aa8d8ce31c");
const Bytes kPoint =
    hex("04 cbcddf1e271ce683820b539ac59ef426fc2e293191010e0ebb50260c5d26a9b8"
        "a586585820db7ac14e7d59d4bb3f2919bae064d63aa370fff2330538 6180a230");
constexpr const char* kEd25519 =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIHGs7XR2RhNYitYxvFe+W/5VvbFrralOsJMx6FaXgO/c\n"
    "-----END PRIVATE KEY-----\n";
constexpr const char* kEd25519Public =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEA1C8PfFrZZlg0eeFsd21+XqnM4IClpxwFdagdngkOHIE=\n"
    "-----END PUBLIC KEY-----\n";
const Bytes kSeed = hex("71aced74764613588ad631bc57be5bfe55bdb16bada94eb09331e8569780efdc");
const Bytes kEd25519Point = hex("d42f0f7c5ad96658347 9e16c776d7e5ea9cce080a5a71c0575a81d9e090e1c81");

SecretBytes secret(std::string_view characters) {
  return SecretBytes(text(characters));
}
Bytes bytes_of(const SecretBytes& bytes) {
  return Bytes(bytes.view().begin(), bytes.view().end());
}

/// A directory that is gone after the test.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tmd-keys-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  std::string file(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

unsigned mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode & 0777U;
}

}  // namespace

TEST_CASE("private keys that OpenSSL wrote are read") {
  for (const char* pem : {kSec1, kPkcs8, kWithoutPublicHalf}) {
    const SigningKey key = tmd::host::sign::parse_private_key(secret(pem));
    CHECK(key.algorithm == CoseAlgorithm::es256);
    CHECK(bytes_of(key.secret) == kScalar);
    CHECK(bytes_of(tmd::host::sign::verification_key_of(key).material) == kPoint);
  }
  const SigningKey key = tmd::host::sign::parse_private_key(secret(kEd25519));
  CHECK(key.algorithm == CoseAlgorithm::eddsa);
  CHECK(bytes_of(key.secret) == kSeed);
  CHECK(bytes_of(tmd::host::sign::verification_key_of(key).material) == kEd25519Point);
}

TEST_CASE("public keys that OpenSSL wrote are read, also with other line endings") {
  for (const bool carriage_returns : {false, true}) {
    std::string p256, ed25519;
    for (const char c : std::string(kP256Public))
      p256 += c == '\n' && carriage_returns ? "\r\n" : std::string(1, c);
    for (const char c : std::string(kEd25519Public))
      ed25519 += c == '\n' && carriage_returns ? "\r\n" : std::string(1, c);
    CHECK(bytes_of(tmd::host::sign::parse_public_key(secret(p256)).material) == kPoint);
    const VerificationKey key = tmd::host::sign::parse_public_key(secret(ed25519));
    CHECK(key.algorithm == CoseAlgorithm::eddsa);
    CHECK(bytes_of(key.material) == kEd25519Point);
  }
}

TEST_CASE("what we write OpenSSL could have written") {
  CHECK(tmd::host::sign::public_key_text(tmd::host::sign::parse_public_key(secret(kP256Public))) ==
        kP256Public);
  CHECK(tmd::host::sign::public_key_text(tmd::host::sign::parse_public_key(secret(kEd25519Public))) ==
        kEd25519Public);
  CHECK(bytes_of(tmd::host::sign::private_key_text(tmd::host::sign::parse_private_key(secret(kEd25519)))) ==
        text(kEd25519));
  const std::string sec1 = kSec1;  // Mbed TLS writes the key without the parameters before it
  CHECK(bytes_of(tmd::host::sign::private_key_text(tmd::host::sign::parse_private_key(secret(kPkcs8)))) ==
        text(sec1.substr(sec1.find("-----BEGIN EC PRIVATE KEY"))));
}

TEST_CASE("a new key survives its file and signs") {
  const Bytes message = text("a message");
  for (const CoseAlgorithm algorithm : {CoseAlgorithm::es256, CoseAlgorithm::eddsa}) {
    const SigningKey key = tmd::host::sign::generate_key(algorithm);
    const SigningKey again = tmd::host::sign::parse_private_key(tmd::host::sign::private_key_text(key));
    CHECK(again.algorithm == algorithm);
    CHECK(bytes_of(again.secret) == bytes_of(key.secret));
    const VerificationKey verification = tmd::host::sign::verification_key_of(key);
    CHECK(bytes_of(tmd::host::sign::parse_public_key(secret(tmd::host::sign::public_key_text(verification)))
                       .material) == bytes_of(verification.material));
    CHECK(verification.default_identifier().size() == 4);
    CHECK(tmd::host::sign::sign_message(key, view(message)) ==
          tmd::host::sign::sign_message(again, view(message)));
  }
  CHECK(bytes_of(tmd::host::sign::generate_key(CoseAlgorithm::es256).secret) !=
        bytes_of(tmd::host::sign::generate_key(CoseAlgorithm::es256).secret));
}

TEST_CASE("secrets are hexadecimal digits of the right number") {
  for (const CoseAlgorithm algorithm : {CoseAlgorithm::hmac_sha256, CoseAlgorithm::aes_cmac}) {
    const SigningKey key = tmd::host::sign::generate_key(algorithm);
    const SecretBytes text_of_key = tmd::host::sign::private_key_text(key);
    CHECK(bytes_of(text_of_key).back() == '\n');
    CHECK(bytes_of(tmd::host::sign::parse_secret(text_of_key, algorithm)) == bytes_of(key.secret));
    CHECK(tmd::host::sign::verification_key_of(key).default_identifier().empty());
  }
  const std::string digits = "00112233445566778899aAbBcCdDeEfF";
  CHECK(bytes_of(tmd::host::sign::parse_secret(secret(" " + digits + "\r\n"), CoseAlgorithm::aes_cmac)) ==
        hex("00112233445566778899aabbccddeeff"));
  CHECK_THROWS_AS((void)tmd::host::sign::parse_secret(secret(digits), CoseAlgorithm::hmac_sha256),
                  tmd::host::Error);
  // AES has keys of 24 bytes, too; devices do not.
  CHECK_THROWS_AS(
      (void)tmd::host::sign::parse_secret(secret(digits + "0011223344556677"), CoseAlgorithm::aes_cmac),
      tmd::host::Error);
  CHECK_THROWS_AS((void)tmd::host::sign::parse_secret(secret(digits + "0"), CoseAlgorithm::aes_cmac),
                  tmd::host::Error);
  CHECK_THROWS_AS((void)tmd::host::sign::parse_secret(secret("x" + digits), CoseAlgorithm::aes_cmac),
                  tmd::host::Error);
  CHECK_THROWS_AS((void)tmd::host::sign::parse_secret(secret(""), CoseAlgorithm::hmac_sha256),
                  tmd::host::Error);
}

TEST_CASE("what is no key of ours is refused without its content in the message") {
  const char* kRefused[] = {"", "nothing", "-----BEGIN PRIVATE KEY-----\n",
                            // P-384
                            "-----BEGIN EC PRIVATE KEY-----\n"
                            "MIGkAgEBBDCBTCF295IaKPQ6rM0v6ZjHj2JDOsKnSBWLUxTnuv06coXpuBJShWJz\n"
                            "q5EBXQDQjaegBwYFK4EEACKhZANiAARcJORHO9qOuX5xU8MwAS1FCmhHjgOch3C7\n"
                            "9deBjQT9kKk2cnq0wfHNwElhr0xA6WHyAznMmYl5VvBI66JgvYPi6R6eoEOxhA0H\n"
                            "iNYh1oSfizGR7Sxf4790EGjg/IHx8yA=\n"
                            "-----END EC PRIVATE KEY-----\n",
                            // secp256k1 and brainpoolP256r1: as long as P-256
                            "-----BEGIN EC PRIVATE KEY-----\n"
                            "MHQCAQEEILPAcX96MQ9g6+Ekw1dirhwkWBrP2AvxAq2rmq7tF1T0oAcGBSuBBAAK\n"
                            "oUQDQgAEYQkxGEf9wQoJtAE2xvPpQA6kv5gGri4SAkZ1c72IIGgnmHNkG5S699D/\n"
                            "b2UVEGy74rWPBRN/FzvsYC8rXQ8XCg==\n"
                            "-----END EC PRIVATE KEY-----\n",
                            "-----BEGIN EC PRIVATE KEY-----\n"
                            "MHgCAQEEIALipO2mSZdaFN5MbEZiOWKlVc+/KETRGzYKIxPQlN1EoAsGCSskAwMC\n"
                            "CAEBB6FEA0IABDN8IjqChXJK+0ao3CI6V7n+IzJQ2Jc5MwDSRMvjygLtffVXS6FH\n"
                            "Du1qPqjQ0BeLP2s2Gs0tml0yr8lSvqAQvSw=\n"
                            "-----END EC PRIVATE KEY-----\n",
                            // encrypted
                            "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                            "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhw6br+byDDPwICCAAw\n"
                            "-----END ENCRYPTED PRIVATE KEY-----\n"};
  for (const char* pem : kRefused) {
    CHECK_THROWS_AS((void)tmd::host::sign::parse_private_key(secret(pem)), tmd::host::Error);
    CHECK_THROWS_AS((void)tmd::host::sign::parse_public_key(secret(pem)), tmd::host::Error);
  }
  CHECK_THROWS_AS((void)tmd::host::sign::parse_public_key(secret(kPkcs8)), tmd::host::Error);
  CHECK_THROWS_AS((void)tmd::host::sign::parse_private_key(secret(kP256Public)), tmd::host::Error);
  try {
    (void)tmd::host::sign::parse_secret(secret("SECRET"), CoseAlgorithm::hmac_sha256);
  } catch (const tmd::host::Error& error) {
    CHECK(std::string(error.what()).find("SECRET") == std::string::npos);
  }
}

TEST_CASE("a secret file is for its owner alone, whatever the umask, and never overwrites") {
  const TemporaryDirectory directory;
  const mode_t before = ::umask(0);
  tmd::host::sign::write_secret_file(directory.file("key"), view(kSeed));
  tmd::host::sign::write_public_file(directory.file("public"), "text");
  ::umask(before);
  CHECK(mode_of(directory.file("key")) == 0600);
  CHECK(mode_of(directory.file("public")) == 0644);
  CHECK(bytes_of(tmd::host::sign::read_key_text(directory.file("key"))) == kSeed);
  CHECK_THROWS_AS(tmd::host::sign::write_secret_file(directory.file("key"), view(kPoint)), tmd::host::Error);
  CHECK(bytes_of(tmd::host::sign::read_key_text(directory.file("key"))) == kSeed);
  std::filesystem::create_symlink(directory.file("elsewhere"), directory.file("link"));
  CHECK_THROWS_AS(tmd::host::sign::write_secret_file(directory.file("link"), view(kPoint)), tmd::host::Error);
  CHECK(!std::filesystem::exists(directory.file("elsewhere")));
  CHECK_THROWS_AS((void)tmd::host::sign::read_key_text(directory.file("absent")), tmd::host::Error);
}

TEST_CASE("what is wrong with a key file is said with its name") {
  const tmd::test::TemporaryFolder folder;
  const std::string path = folder / "release.pem";
  tmd::test::put_contents(path, "no key");
  CHECK_THROWS_WITH_AS((void)tmd::host::sign::read_private_key(path), doctest::Contains("release.pem: "),
                       tmd::host::Error);
  CHECK_THROWS_WITH_AS((void)tmd::host::sign::read_public_key(path), doctest::Contains("release.pem: "),
                       tmd::host::Error);
  CHECK_THROWS_WITH_AS((void)tmd::host::sign::read_secret(path, CoseAlgorithm::aes_cmac),
                       doctest::Contains("release.pem: "), tmd::host::Error);
  CHECK_THROWS_WITH_AS((void)tmd::host::sign::read_public_key(path + "x"),
                       doctest::Contains("release.pemx: No such file"), tmd::host::Error);
  tmd::test::put_contents(path, kPkcs8);
  CHECK(tmd::host::sign::read_private_key(path).algorithm == CoseAlgorithm::es256);
}

TEST_CASE("a file that is there already is spoken of as what was to be written") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("file");
  tmd::host::sign::write_public_file(path, "mine");
  CHECK_THROWS_WITH_AS(tmd::host::sign::write_public_file(path, "other"),
                       (path + " exists, and nothing is written over; give another name").c_str(),
                       tmd::host::Error);
  CHECK_THROWS_WITH_AS(
      tmd::host::sign::write_secret_file(path, view(kSeed)),
      (path + " exists, and no key is written over; give another name, or --existing where it is the key")
          .c_str(),
      tmd::host::Error);
  CHECK(tmd::test::contents_of(path) == "mine");
}
