// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/signing_workshop.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("tmd sign makes a patch that verifies with the public key and still applies") {
  for (const std::string type : {"es256", "ed25519"}) {
    const Workshop shop(type);
    REQUIRE(run_tmd({"sign", shop.patch, "--key", shop.key, "-o", shop.signed_patch}).status == 0);
    CHECK(shop.verify(shop.signed_patch).status == 0);
    CHECK(run_tmd({"apply", shop.base, shop.signed_patch, "-o", shop.folder / "made"}).status == 0);
    CHECK(contents_of(shop.folder / "made") == contents_of(shop.target));
    CHECK(run_tmd({"diff", shop.base, shop.target, "-o", shop.folder / "once.tmd", "--sign", shop.key})
              .status == 0);
    CHECK(contents_of(shop.folder / "once.tmd") == contents_of(shop.signed_patch));
  }
}

TEST_CASE("tmd verify says no to an unsigned, a damaged and another key's patch") {
  const Workshop shop, other;
  const Finished unsigned_answer = shop.verify(shop.patch);
  CHECK(unsigned_answer.status == 1);
  CHECK(is_one_error_line(unsigned_answer.errors));
  CHECK(unsigned_answer.errors.find("is not signed; sign it") != std::string::npos);
  REQUIRE(run_tmd({"sign", shop.patch, "--key", shop.key, "-o", shop.signed_patch}).status == 0);
  const Finished others_answer = other.verify(shop.signed_patch);
  CHECK(others_answer.status == 1);
  CHECK(is_one_error_line(others_answer.errors));
  CHECK(others_answer.errors.find(shop.signed_patch + ": the signature is not by the key in " +
                                  other.public_key) != std::string::npos);
  CHECK(others_answer.errors.find("give the signer's key") != std::string::npos);
  std::string damaged = contents_of(shop.signed_patch);
  damaged[10] = static_cast<char>(damaged[10] ^ 1);
  put_contents(shop.signed_patch, damaged);
  CHECK(shop.verify(shop.signed_patch).status == 1);
}

TEST_CASE("a MAC secret signs and verifies, another one does not") {
  for (const std::string type : {"hmac-sha256", "aes-cmac"}) {
    const Workshop shop;
    const std::string secret = shop.folder / "secret", other = shop.folder / "other";
    REQUIRE(run_tmd({"keygen", secret, "--type", type}).status == 0);
    REQUIRE(run_tmd({"keygen", other, "--type", type}).status == 0);
    REQUIRE(
        run_tmd({"sign", shop.patch, "--secret", secret, "--type", type, "-o", shop.signed_patch}).status ==
        0);
    CHECK(run_tmd({"verify", shop.signed_patch, "--secret", secret, "--type", type}).status == 0);
    CHECK(run_tmd({"verify", shop.signed_patch, "--secret", other, "--type", type}).status == 1);
    CHECK(shop.verify(shop.signed_patch).status == 1);
  }
}

TEST_CASE("OpenSSL signs what --prepare writes, and reads our keys") {
  if (!has_openssl()) return;
  const Workshop shop;
  const std::string bytes = shop.folder / "bytes", signature = shop.folder / "signature";
  REQUIRE(run_tmd({"sign", shop.patch, "--prepare", bytes}).status == 0);
  REQUIRE(run_program({"openssl", "dgst", "-sha256", "-sign", shop.key, "-out", signature, bytes}).status ==
          0);
  const Finished attached = run_tmd(
      {"sign", shop.patch, "--attach", signature, "--public-key", shop.public_key, "-o", shop.signed_patch});
  CHECK(attached.status == 0);
  CHECK(shop.verify(shop.signed_patch).status == 0);

  const Workshop edwards("ed25519");
  const std::string ed_bytes = edwards.folder / "bytes", ed_signature = edwards.folder / "signature";
  REQUIRE(run_tmd({"sign", edwards.patch, "--prepare", ed_bytes, "--algorithm", "ed25519"}).status == 0);
  REQUIRE(run_program({"openssl", "pkeyutl", "-sign", "-inkey", edwards.key, "-rawin", "-in", ed_bytes,
                       "-out", ed_signature})
              .status == 0);
  CHECK(run_tmd({"sign", edwards.patch, "--attach", ed_signature, "--public-key", edwards.public_key, "-o",
                 edwards.signed_patch})
            .status == 0);
  CHECK(edwards.verify(edwards.signed_patch).status == 0);

  // A signature of something else is not attached.
  const std::string wrong = shop.folder / "wrong.tmd";
  CHECK(run_tmd({"sign", shop.patch, "--attach", ed_signature, "--public-key", shop.public_key, "-o", wrong})
            .status == 3);
  CHECK(!std::filesystem::exists(wrong));
}

TEST_CASE("keys that OpenSSL made sign, and --existing writes what belongs to them") {
  if (!has_openssl()) return;
  const Workshop shop;
  const std::string key = shop.folder / "theirs.pem", public_key = shop.folder / "theirs_public.pem";
  const std::string header = shop.folder / "key.hpp";
  for (const std::vector<std::string>& algorithm :
       {std::vector<std::string>{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"},
        std::vector<std::string>{"-algorithm", "ed25519"}}) {
    std::vector<std::string> command{"openssl", "genpkey", "-out", key};
    command.insert(command.end(), algorithm.begin(), algorithm.end());
    REQUIRE(run_program(command).status == 0);
    REQUIRE(run_tmd({"keygen", key, "--existing", "--public", public_key, "--header", header}).status == 0);
    const std::string theirs = shop.folder / "by_openssl.pem";
    REQUIRE(run_program({"openssl", "pkey", "-in", key, "-pubout", "-out", theirs}).status == 0);
    CHECK(contents_of(public_key) == contents_of(theirs));
    CHECK(contents_of(header).find("constexpr tmd::TrustedKey kModelKey") != std::string::npos);
    REQUIRE(run_tmd({"sign", shop.patch, "--key", key, "-o", shop.signed_patch}).status == 0);
    CHECK(run_tmd({"verify", shop.signed_patch, "--public-key", public_key}).status == 0);
    for (const std::string& file : {public_key, header, theirs}) std::filesystem::remove(file);
  }
}

TEST_CASE("what is no patch is not signed, and said by its name") {
  const Workshop shop;
  for (const std::vector<std::string>& how : std::vector<std::vector<std::string>>{
           {"--key", shop.key, "-o", shop.signed_patch}, {"--prepare", shop.signed_patch}}) {
    const Finished finished = run_tmd({"sign", shop.base}, how);
    CHECK(finished.status == 3);
    CHECK(finished.errors.find("base: this is not a TinyMLDelta patch; give") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(shop.signed_patch));
  }
}

TEST_CASE("what is to be signed is said as JSON, too") {
  const Workshop shop;
  const std::string bytes = shop.folder / "bytes";
  const Finished finished = run_tmd({"sign", shop.patch, "--prepare", bytes, "--json"});
  CHECK(finished.status == 0);
  CHECK(finished.errors.empty());
  const auto answer = nlohmann::json::parse(finished.output);
  CHECK(answer["to_sign"] == bytes);
  CHECK(answer["bytes"] == contents_of(bytes).size());
  const Finished certified = run_tmd(
      {"certify", shop.public_key, "--number", "1", "--counters", "1-2", "--prepare", bytes, "--json"});
  CHECK(nlohmann::json::parse(certified.output)["algorithm"] == "es256");
}

TEST_CASE("options that make no sense together are refused as usage") {
  const Workshop shop;
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"sign", shop.patch},
           {"sign", shop.patch, "--key", shop.key},
           {"sign", shop.patch, "--key", shop.key, "--prepare", "x"},
           {"sign", shop.patch, "--prepare", shop.folder / "x", "-o", shop.signed_patch},
           {"sign", shop.patch, "--prepare", shop.folder / "x", "--key-id", "k"},
           {"sign", shop.patch, "--prepare", shop.folder / "x", "--encrypt", shop.key},
           {"sign", shop.patch, "--key", shop.key, "--secret", shop.key, "-o", "x"},
           {"sign", shop.patch, "--attach", shop.key, "-o", "x"},
           {"sign", shop.patch, "--key", shop.key, "-o", "x", "--public-key", shop.public_key},
           {"sign", shop.patch, "--key", shop.key, "-o", "x", "--algorithm", "ed25519"},
           {"sign", shop.patch, "--key", shop.key, "-o", "x", "--type", "aes-cmac"},
           {"diff", shop.base, shop.target, "-o", "x", "--certificate", shop.key},
           {"diff", shop.base, shop.target, "-o", "x", "--key-id", "k"},
           {"diff", shop.base, shop.target, "-o", "x", "--encrypt-key-id", "k"},
           {"keygen", shop.folder / "new", "--may-revoke"},
           {"keygen", shop.folder / "new", "--type", "rsa"}}) {
    const Finished finished = run_tmd(arguments);
    CHECK(finished.status == 2);
    CHECK(is_one_error_line(finished.errors));
  }
}
