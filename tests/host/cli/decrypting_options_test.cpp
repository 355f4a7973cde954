// SPDX-License-Identifier: Apache-2.0
// Plain and encrypted patches of the same models apply to the same bytes, from the command line.
#include <doctest/doctest.h>

#include <random>

#include "support/patched_pair.hpp"

using namespace tmd::test;

namespace {

struct Encrypted {
  TemporaryFolder folder;
  std::string base = folder / "base.bin";
  std::string target = folder / "target.bin";
  std::string plain = folder / "plain.tmd";
  std::string patch = folder / "encrypted.tmd";
  std::string key = folder / "body.key";
  std::string output = folder / "output.bin";

  Encrypted() {
    std::mt19937 random(5);
    std::string model(9000, '\0');
    for (char& character : model) character = static_cast<char>(random());
    put_contents(base, model);
    for (std::size_t i = 0; i < model.size(); i += 17) model[i] = static_cast<char>(model[i] + 3);
    put_contents(target, model);
    REQUIRE(run_tmd({"keygen", key, "--type", "aes-ctr"}).status == 0);
    REQUIRE(run_tmd({"diff", "--quick", base, target, "-o", plain}).status == 0);
    REQUIRE(
        run_tmd({"diff", "--quick", base, target, "-o", patch, "--encrypt", key, "--encrypt-key-id", "fleet"})
            .status == 0);
  }
};

}  // namespace

TEST_CASE("an encrypted patch applies to what the plain one applies to") {
  const Encrypted encrypted;
  CHECK(contents_of(encrypted.plain) != contents_of(encrypted.patch));
  REQUIRE(run_tmd({"apply", encrypted.base, encrypted.plain, "-o", encrypted.output}).status == 0);
  CHECK(contents_of(encrypted.output) == contents_of(encrypted.target));
  REQUIRE(
      run_tmd({"apply", encrypted.base, encrypted.patch, "-o", encrypted.output, "--decrypt", encrypted.key})
          .status == 0);
  CHECK(contents_of(encrypted.output) == contents_of(encrypted.target));
  CHECK(run_tmd({"verify", encrypted.patch, "--base", encrypted.base, "--target", encrypted.target,
                 "--decrypt", encrypted.key})
            .status == 0);
}

TEST_CASE("without the secret, or with another one, nothing comes out and the line says why") {
  const Encrypted encrypted;
  check_failure(run_tmd({"apply", encrypted.base, encrypted.patch, "-o", encrypted.output}),
                "the body is encrypted: give its secret with --decrypt");
  const std::string other = encrypted.folder / "other.key";
  REQUIRE(run_tmd({"keygen", other, "--type", "aes-ctr"}).status == 0);
  check_failure(
      run_tmd({"apply", encrypted.base, encrypted.patch, "-o", encrypted.output, "--decrypt", other}),
      "is this the secret that it was encrypted with?");
  check_failure(run_tmd({"apply", encrypted.base, encrypted.patch, "-o", encrypted.output, "--decrypt",
                         encrypted.target}),
                "tmd: error: ");
  CHECK_FALSE(std::filesystem::exists(encrypted.output));
}

TEST_CASE("a simulated device with the secret takes an encrypted patch over a bad link and a power cut") {
  const Encrypted encrypted;
  const auto simulate = [&](const std::string& flash, std::vector<std::string> more) {
    return run_tmd({"simulate", encrypted.base, encrypted.patch, "--flash", encrypted.folder / flash, "-o",
                    encrypted.output, "--mtu", "51"},
                   more);
  };
  check_failure(simulate("none", {}), "the body is encrypted: give its secret with --decrypt");
  const std::string other = encrypted.folder / "other.key";
  REQUIRE(run_tmd({"keygen", other, "--type", "aes-ctr"}).status == 0);
  check_failure(simulate("other", {"--decrypt", other}), "is this the secret that it was encrypted with?");
  CHECK_FALSE(std::filesystem::exists(encrypted.output));

  REQUIRE(simulate("good", {"--decrypt", encrypted.key, "--loss", "0.1", "--cut-at", "50%"}).status == 0);
  CHECK(contents_of(encrypted.output) == contents_of(encrypted.target));
  // A device whose power stays away goes on in another process.
  std::filesystem::remove(encrypted.output);
  REQUIRE(simulate("later", {"--decrypt", encrypted.key, "--cut-at", "70%", "--stop-at-cut"}).status == 0);
  CHECK_FALSE(std::filesystem::exists(encrypted.output));
  REQUIRE(simulate("later", {"--decrypt", encrypted.key}).status == 0);
  CHECK(contents_of(encrypted.output) == contents_of(encrypted.target));
}

TEST_CASE("a secret for a patch that is not encrypted is wrong usage, for every command") {
  const Encrypted encrypted;
  const std::string flash = encrypted.folder / "flash";
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"apply", encrypted.base, encrypted.plain, "-o", encrypted.output},
           {"verify", encrypted.plain, "--base", encrypted.base},
           {"simulate", encrypted.base, encrypted.plain, "--flash", flash}}) {
    CAPTURE(command.front());
    check_failure(run_tmd(command, {"--decrypt", encrypted.key}),
                  "--decrypt: " + encrypted.plain + " is not encrypted", 2);
    CHECK(run_tmd(command).status == 0);
    std::filesystem::remove(encrypted.output);
  }
}

TEST_CASE("verify decrypts nothing without a base, and says so") {
  const Encrypted encrypted;
  check_failure(run_tmd({"verify", encrypted.patch, "--decrypt", encrypted.key}),
                "--decrypt: only with --base", 2);
}
