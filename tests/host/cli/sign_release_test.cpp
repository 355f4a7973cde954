// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "support/released_fleet.hpp"
#include "support/signing_workshop.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// The patches of a release, a key, and the folders of signing in two steps.
struct ReleaseToSign : ReleasedFleet {
  std::string key = folder / "private.pem", public_key = folder / "public.pem";
  std::string to_sign = folder / "to-sign", output = folder / "signed";

  explicit ReleaseToSign(const std::string& type = "es256") {
    REQUIRE(diff().status == 0);
    REQUIRE(run_tmd({"keygen", key, "--type", type, "--public", public_key}).status == 0);
  }
  Finished prepare(const std::vector<std::string>& more = {}) const {
    return run_tmd({"sign", patches, "--prepare", to_sign}, more);
  }
  Finished attach() const {
    return run_tmd({"sign", patches, "--attach", to_sign, "--public-key", public_key, "-o", output});
  }
  json list() const { return manifest().at("patches"); }
  /// Each patch is signed by the key, makes what its manifest says, and is what the manifest says.
  void check_output() const {
    const json manifest = json::parse(contents_of(output + "/manifest.json"));
    CHECK(manifest.at("patches").size() == 4);
    CHECK(manifest.at("target") == this->manifest().at("target"));
    for (const json& patch : manifest.at("patches")) {
      const std::string file = output + "/" + patch.at("file").get<std::string>();
      CHECK(run_tmd({"verify", file, "--public-key", public_key, "--target", target}).status == 0);
      CHECK(patch.at("bytes") == std::filesystem::file_size(file));
    }
    // What publishes reads every file against the manifest.
    CHECK(run_tmd({"publish", output, folder / "tree", "--channel", "stable"}).status == 0);
  }
};

/// Runs tmd with a file as its standard input, which is read once, as from a pipe.
Finished run_tmd_with(const std::string& input, const std::vector<std::string>& arguments) {
  const std::string program = std::getenv("TMD_PROGRAM");
  std::vector<std::string> all = {"sh", "-c",  "input=$1; shift; cat \"$input\" | exec \"$@\"",
                                  "sh", input, program};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run_program(all);
}

}  // namespace

TEST_CASE("tmd sign signs all patches of a release in one go") {
  const ReleaseToSign release;
  REQUIRE(run_tmd({"sign", release.patches, "--key", release.key, "-o", release.output}).status == 0);
  release.check_output();
}

TEST_CASE("a key that can be read once signs all patches of a release, and the log of a tree") {
  const ReleaseToSign release;
  const auto succeeds = [&](const std::string& key, const std::vector<std::string>& arguments) {
    const Finished finished = run_tmd_with(key, arguments);
    CAPTURE(finished.errors);
    CHECK(finished.status == 0);
  };
  succeeds(release.key, {"sign", release.patches, "--key", "-", "-o", release.output});
  release.check_output();
  succeeds(release.key, {"diff", "--quick", "--bases", release.released, release.target, "-o", release.output,
                         "--sign", "/dev/stdin"});
  release.check_output();
  const std::string tree = release.folder / "signed-tree";
  succeeds(release.key, {"publish", release.output, tree, "--channel", "beta", "--key", "/dev/stdin"});
  succeeds(release.key, {"publish", release.output, tree, "--channel", "stable", "--key", "-"});
  succeeds(release.public_key, {"publish", "--verify", tree, "--public-key", "-"});
  const std::string secret = release.folder / "secret", body = release.folder / "body.key";
  REQUIRE(run_tmd({"keygen", secret, "--type", "hmac-sha256"}).status == 0);
  REQUIRE(run_tmd({"keygen", body, "--type", "aes-ctr"}).status == 0);
  std::filesystem::remove_all(release.output);
  succeeds(body, {"sign", release.patches, "--secret", secret, "--encrypt", "-", "-o", release.output});
  const std::string first = release.output + "/" + release.list().at(0).at("file").get<std::string>();
  CHECK(run_tmd({"verify", first, "--secret", secret}).status == 0);
}

TEST_CASE("what is to be signed of a release is said as JSON, too") {
  const ReleaseToSign release;
  const Finished finished = release.prepare({"--json"});
  REQUIRE(finished.status == 0);
  CHECK(finished.errors.empty());
  CHECK(json::parse(finished.output)["patches"] == 4);
}

TEST_CASE("OpenSSL signs a release by its bytes and by their digests") {
  if (!has_openssl()) return;
  for (const bool by_digest : {false, true}) {
    const ReleaseToSign release;
    REQUIRE(release.prepare().status == 0);
    for (const json& patch : release.list()) {
      const std::string name = release.to_sign + "/" + patch.at("file").get<std::string>();
      const std::vector<std::string> signing =
          by_digest
              ? std::vector<std::string>{"openssl", "pkeyutl",        "-sign", "-inkey",     release.key,
                                         "-in",     name + ".sha256", "-out",  name + ".sig"}
              : std::vector<std::string>{"openssl",   "dgst", "-sha256",     "-sign",
                                         release.key, "-out", name + ".sig", name + ".bytes"};
      REQUIRE(run_program(signing).status == 0);
    }
    REQUIRE(release.attach().status == 0);
    release.check_output();
  }
}

TEST_CASE("a release is signed with Ed25519, whose signatures have no digest of their own") {
  if (!has_openssl()) return;
  const ReleaseToSign release("ed25519");
  REQUIRE(release.prepare({"--algorithm", "ed25519"}).status == 0);
  for (const json& patch : release.list()) {
    const std::string name = release.to_sign + "/" + patch.at("file").get<std::string>();
    CHECK(!std::filesystem::exists(name + ".sha256"));
    REQUIRE(run_program({"openssl", "pkeyutl", "-sign", "-inkey", release.key, "-rawin", "-in",
                         name + ".bytes", "-out", name + ".sig"})
                .status == 0);
  }
  REQUIRE(release.attach().status == 0);
  release.check_output();
}

TEST_CASE("a signature that is missing, damaged or another patch's leaves nothing written") {
  const ReleaseToSign release;
  REQUIRE(release.prepare().status == 0);
  check_failure(release.attach(), 3, "4 of 4 signatures are missing");
  REQUIRE(run_tmd({"sign", release.patches, "--key", release.key, "-o", release.output}).status == 0);
  std::filesystem::remove_all(release.output);
  for (const json& patch : release.list())
    put_contents(release.to_sign + "/" + patch.at("file").get<std::string>() + ".sig", noise(64, 7));
  check_failure(release.attach(), 3, "is not the signature of " + release.patches);
  CHECK(!std::filesystem::exists(release.output));
  const std::string first = release.list().at(0).at("file").get<std::string>() + ".sig";
  put_contents(release.to_sign + "/" + first, noise(63, 7));
  check_failure(release.attach(), 3, first + ": the signature is neither 64 bytes");
  CHECK(!std::filesystem::exists(release.output));
  // The next release's bytes take the place of this one's; a signature that lies there is not theirs.
  REQUIRE(release.prepare().status == 0);
  check_failure(release.attach(), 3, "4 of 4 signatures are missing");
}

TEST_CASE("a patch that its manifest does not describe is not signed") {
  const ReleaseToSign release;
  const std::string file = release.manifest().at("patches").at(1).at("file");
  put_contents(release.patches + "/" + file, contents_of(release.patches + "/" + file) + "x");
  check_failure(run_tmd({"sign", release.patches, "--key", release.key, "-o", release.output}), 3,
                "is not the patch that its manifest describes");
  CHECK(!std::filesystem::exists(release.output));
  check_failure(release.prepare(), 3, "is not the patch that its manifest describes");
  // Nor does a manifest reach out of its folder.
  json manifest = release.manifest();
  manifest.at("patches").at(1).at("file") = "../private.pem";
  put_contents(release.patches + "/manifest.json", manifest.dump());
  check_failure(release.prepare(), 3, "is no name of a patch in this folder");
}
