// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/format/identity.hpp"

#include <doctest/doctest.h>

#include <set>

#include "format/container.hpp"
#include "support/bytes.hpp"
#include "tmd/digest/digests.hpp"

using namespace tmd;
using tmd::host::Bytes;

namespace {

host::format::PatchParts parts_for(const Bytes& target) {
  host::format::PatchParts parts;
  parts.base = digest_of(DigestKind::sha256, host::view(test::random_bytes(100, 1)));
  parts.target = digest_of(DigestKind::sha256, host::view(target));
  parts.base_length = 100;
  parts.target_length = static_cast<std::uint32_t>(target.size());
  parts.body_length = 70;
  return parts;
}

std::uint32_t identity_of_patch(const Bytes& patch) {
  Manifest manifest;
  REQUIRE(format2::parse(host::view(patch), manifest) == Status::ok);
  return identity_of(host::view(patch), manifest);
}

Bytes patch_of(const host::format::PatchParts& parts, const Bytes& signature = {}) {
  return host::format::join_patch(host::format::write_manifest(parts), signature, Bytes(70, 5));
}

}  // namespace

TEST_CASE("patches of one release have identities of their own") {
  // With 16 bits that matter some of 4,000 would be the same; with 32 it is one chance in 537.
  std::set<std::uint32_t> seen;
  for (unsigned i = 0; i < 4000; ++i)
    seen.insert(identity_of_patch(patch_of(parts_for(test::random_bytes(90, i)))));
  CHECK(seen.size() == 4000);
}

TEST_CASE("every byte of the manifest and of the signature counts, those of the body do not") {
  host::format::PatchParts parts = parts_for(test::random_bytes(90, 2));
  parts.authenticated = true;
  const Bytes signature = test::random_bytes(64, 3);
  const std::uint32_t identity = identity_of_patch(patch_of(parts, signature));
  const auto differs = [&] { return identity_of_patch(patch_of(parts, signature)) != identity; };
  parts.base.bytes[0] ^= 1;
  CHECK(differs());
  parts.base.bytes[0] ^= 1;
  parts.target.bytes[31] ^= 0x80;
  CHECK(differs());
  parts.target.bytes[31] ^= 0x80;
  parts.codec_parameters ^= 1;
  CHECK(differs());
  parts.codec_parameters ^= 1;
  CHECK_FALSE(differs());
  for (std::size_t i = 0; i < signature.size(); ++i) {
    Bytes other = signature;
    other[i] ^= 1;
    CHECK(identity_of_patch(patch_of(parts, other)) != identity);
  }
  Bytes patch = patch_of(parts, signature);
  patch.back() ^= 1;
  CHECK(identity_of_patch(patch) == identity);
}
