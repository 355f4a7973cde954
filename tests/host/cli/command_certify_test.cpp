// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <filesystem>

#include "support/signing_workshop.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// A workshop whose key is the release's, and a root beside it.
struct Certifying : Workshop {
  std::string root = folder / "root.pem", root_public = folder / "root_public.pem",
              certificate = folder / "release.cert";

  explicit Certifying(const std::string& type = "es256") : Workshop(type) {
    REQUIRE(run_tmd({"keygen", root, "--type", type, "--public", root_public}).status == 0);
  }
  Finished certify(const std::vector<std::string>& more) const {
    return run_tmd({"certify", public_key, "--number", "7", "-o", certificate}, more);
  }
  Finished sign_with_counter(const std::string& counter) const {
    const std::string counted = folder / "counted.tmd";
    REQUIRE(
        run_tmd({"diff", "--quick", base, target, "-o", counted, "--meta", "counter=" + counter}).status ==
        0);
    return run_tmd({"sign", counted, "--key", key, "--certificate", certificate, "-o", signed_patch});
  }
  int verified_by_root() const {
    return run_tmd({"verify", signed_patch, "--public-key", root_public}).status;
  }
};

}  // namespace

TEST_CASE("a certified key signs what the root's public key verifies, for its counters alone") {
  for (const std::string type : {"es256", "ed25519"}) {
    const Certifying shop(type);
    const Finished made = shop.certify({"--key", shop.root, "--counters", "10-20"});
    REQUIRE(made.status == 0);
    CHECK(made.output.find("as key 7, counters 10-20") != std::string::npos);
    REQUIRE(shop.sign_with_counter("10").status == 0);
    CHECK(shop.verified_by_root() == 0);
    const Finished beyond = shop.sign_with_counter("21");
    CHECK((beyond.status != 0 || shop.verified_by_root() == 1));
  }
}

TEST_CASE("another root's certificate is not believed") {
  const Certifying shop, other;
  REQUIRE(shop.certify({"--key", other.root, "--counters", "1"}).status == 0);
  REQUIRE(shop.sign_with_counter("1").status == 0);
  CHECK(shop.verified_by_root() == 1);
}

TEST_CASE("a root in a safe signs in two steps") {
  if (!has_openssl()) return;
  const Certifying shop;
  const std::string to_sign = shop.folder / "to_sign", signature = shop.folder / "signature";
  REQUIRE(run_tmd({"certify", shop.public_key, "--number", "7", "--counters", "1-9", "--prepare", to_sign})
              .status == 0);
  REQUIRE(
      run_program({"openssl", "dgst", "-sha256", "-sign", shop.root, "-out", signature, to_sign}).status ==
      0);
  REQUIRE(
      shop.certify({"--attach", signature, "--public-key", shop.root_public, "--counters", "1-9"}).status ==
      0);
  REQUIRE(shop.sign_with_counter("9").status == 0);
  CHECK(shop.verified_by_root() == 0);
}

TEST_CASE("wrong use is told apart from errors, and nothing is written") {
  const Certifying shop;
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{"--counters", "1-9"},
        {"--counters", "1-9", "--key", shop.root, "--prepare", shop.folder / "x"},
        {"--counters", "1-9", "--attach", shop.base},
        {"--counters", "1-9", "--prepare", shop.folder / "x"}}) {
    const Finished finished = shop.certify(more);
    CHECK(finished.status == 2);
    CHECK(is_one_error_line(finished.errors));
  }
  CHECK(run_tmd({"certify", shop.public_key, "--number", "7", "--counters", "1", "--prepare",
                 shop.folder / "x", "--root-key-id", "k"})
            .status == 2);
  CHECK_FALSE(std::filesystem::exists(shop.folder / "x"));
  CHECK(run_tmd({"certify", shop.public_key, "--number", "32", "--counters", "1", "--key", shop.root, "-o",
                 shop.certificate})
            .status == 2);
  for (const char* counters : {"twenty", "20-10", "1-99999999999", "1-2-3", "10-"}) {
    CAPTURE(counters);
    const Finished finished = shop.certify({"--key", shop.root, "--counters", counters});
    CHECK(finished.status == 2);
    CHECK(finished.errors.starts_with("tmd: error: --counters: "));
  }
  const Finished family = shop.certify({"--key", shop.root, "--counters", "1", "--family", "gesture"});
  CHECK(family.status == 2);
  CHECK(family.errors.starts_with("tmd: error: --family: "));
  CHECK_FALSE(std::filesystem::exists(shop.certificate));
}

TEST_CASE("a certificate that is none is said by its file's name") {
  const Certifying shop;
  const Finished refused = run_tmd(
      {"sign", shop.patch, "--key", shop.key, "--certificate", shop.public_key, "-o", shop.signed_patch});
  CHECK(refused.status == 3);
  CHECK(refused.errors ==
        "tmd: error: " + shop.public_key + ": this is no certificate; tmd certify makes one\n");
}

TEST_CASE("a signature that is none, or one of something else, is said by its file's name") {
  const Certifying shop;
  const auto attach = [&](const std::string& signature) {
    const Finished refused =
        shop.certify({"--attach", signature, "--public-key", shop.root_public, "--counters", "1-9"});
    CHECK(refused.status == 3);
    CHECK_FALSE(std::filesystem::exists(shop.certificate));
    return refused.errors;
  };
  CHECK(attach(shop.base).starts_with("tmd: error: " + shop.base + ": the signature is neither"));
  const std::string other = shop.folder / "other";
  put_contents(other, std::string(64, 'x'));
  CHECK(attach(other) ==
        "tmd: error: " + other + ": the signature is not one over this certificate by the root key\n");
}
