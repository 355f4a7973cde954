// SPDX-License-Identifier: Apache-2.0
#include "exports/suit.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/numbers.hpp"
#include "made_release.hpp"
#include "support/hex.hpp"
#include "tmd/digest/digests.hpp"

using namespace tmd;
using host::Bytes;
using host::exports::SuitEnvelope;
using test::hex;
using test::join;

namespace {

bool contains(const Bytes& bytes, const Bytes& part) {
  return std::search(bytes.begin(), bytes.end(), part.begin(), part.end()) != bytes.end();
}

/// A component's digest and size, as the commands of an envelope have them.
Bytes image_of(const std::string& sha256, std::uint16_t bytes) {
  return join({hex("03 58 24 82 2f 58 20"), host::from_hex(sha256), hex("0e 19"),
               Bytes{static_cast<std::uint8_t>(bytes >> 8), static_cast<std::uint8_t>(bytes)}});
}

struct Release {
  host::fleet::FleetManifest manifest;
  host::fleet::FleetPatch patch;
  Release() {
    manifest.target.sha256 = std::string(64, 'a');
    manifest.target.bytes = 0x0A0A;
    patch.sha256 = std::string(64, 'b');
    patch.bytes = 0x0B0B;
    patch.base.sha256 = std::string(64, 'c');
    patch.base.bytes = 0x0C0C;
  }
  Bytes envelope() const {
    return SuitEnvelope(manifest, patch, 0x01020304)
        .finish(CoseAlgorithm::es256, host::view(Bytes{'k'}), host::view(Bytes(64, 0x55)),
                host::view(Bytes{9, 8, 7}));
  }
};

}  // namespace

TEST_CASE("an envelope asks for its base, brings its patch and leaves its target") {
  Release release;
  const Bytes whole = release.envelope();
  CHECK(contains(whole, hex("02 1a 01020304")));  // the sequence number
  CHECK(contains(whole, image_of(release.patch.base.sha256, 0x0C0C)));
  CHECK(contains(whole, image_of(release.patch.sha256, 0x0B0B)));
  CHECK(contains(whole, image_of(release.manifest.target.sha256, 0x0A0A)));
  const Bytes end = join({hex("66"), test::text("#patch"), hex("43 090807")});
  CHECK(std::equal(end.begin(), end.end(), whole.end() - static_cast<std::ptrdiff_t>(end.size())));
  release.patch.base.bytes = 0;  // for devices without a model: there is nothing to ask for
  CHECK_FALSE(contains(release.envelope(), host::from_hex(release.patch.base.sha256)));
}

TEST_CASE("what is signed is the digest of the manifest with its length before it") {
  const Bytes whole = Release().envelope();
  // Tag 107, a map of three, the authentication as a byte string, then the manifest as one.
  REQUIRE(std::equal(whole.begin(), whole.begin() + 5, hex("d8 6b a3 02 58").begin()));
  const std::size_t manifest = 6 + std::size_t{whole[5]} + 1;
  REQUIRE(whole[manifest - 1] == 3);
  REQUIRE(whole[manifest] == 0x58);
  const std::size_t length = 2 + std::size_t{whole[manifest + 1]};
  const Digest digest = digest_of(DigestKind::sha256, host::view(whole).slice(manifest, length));
  CHECK(contains(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(manifest)),
                 join({hex("82 2f 58 20"), host::to_bytes(digest.view())})));
}

TEST_CASE("nothing is written before every envelope is signed") {
  const test::MadeRelease made;
  host::exports::SuitSigner signer;
  signer.identifier = {'k'};
  std::vector<std::string> files;
  signer.sign = [&](const std::string& file, ConstBytes) -> Bytes {
    files.push_back(file);
    if (files.size() == 2) throw host::Error("no signature for this one");
    return Bytes(64, 0x55);
  };
  const host::exports::ReleaseFolder release = made.open();
  CHECK_THROWS_WITH_AS((void)host::exports::export_suit(release, signer, 1), "no signature for this one",
                       host::Error);
  CHECK(std::filesystem::is_empty(made.folder / "output"));
  files.push_back("");  // from here on all are signed
  const auto exported = host::exports::export_suit(release, signer, 1);
  REQUIRE(exported.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(files[3 + i] == made.manifest.patches[i].file);
    CHECK(test::contents_of(made.folder / "output/" + exported[i].file).size() == exported[i].bytes);
  }
}
