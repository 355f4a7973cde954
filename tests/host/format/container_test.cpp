// SPDX-License-Identifier: Apache-2.0
#include "format/container.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <utility>

#include "support/bytes.hpp"
#include "tmd/internal/format/format2.hpp"

using namespace tmd;
using test::Bytes;
using test::view;

TEST_CASE("numbers take seven bits a byte, low ones first") {
  const std::pair<std::uint32_t, Bytes> cases[] = {{0, {0}},
                                                   {127, {0x7F}},
                                                   {128, {0x80, 0x01}},
                                                   {300, {0xAC, 0x02}},
                                                   {0xFFFFFFFFU, {0xFF, 0xFF, 0xFF, 0xFF, 0x0F}}};
  for (const auto& [value, expected] : cases) {
    Bytes out;
    host::format::append_varint(out, value);
    CHECK(out == expected);
  }
}

TEST_CASE("entries are written by rising number, each once and of its length") {
  host::format::PatchParts parts;
  parts.base.kind = parts.target.kind = DigestKind::crc32;
  parts.entries = {{EntryNumber::note, false, {'x'}}, {EntryNumber::abi, true, {3, 0}}};
  Bytes written;
  REQUIRE_NOTHROW(written = host::format::write_manifest(parts));
  const Bytes patch = host::format::join_patch(written, {}, {});
  Manifest manifest;
  REQUIRE(format2::parse(view(patch), manifest) == Status::ok);
  parts.entries.push_back({EntryNumber::abi, false, {4, 0}});
  CHECK_THROWS_AS((void)host::format::write_manifest(parts), std::invalid_argument);
  parts.entries = {{EntryNumber::abi, false, {3}}};
  CHECK_THROWS_AS((void)host::format::write_manifest(parts), std::invalid_argument);
}

TEST_CASE("a patch is manifest, authentication block with its length, body") {
  CHECK(host::format::join_patch({1, 2}, {}, {9}) == Bytes{1, 2, 9});
  const Bytes block(200, 7);
  Bytes expected = {1, 2, 0xC8, 0x01};
  expected.insert(expected.end(), block.begin(), block.end());
  expected.push_back(9);
  CHECK(host::format::join_patch({1, 2}, block, {9}) == expected);
}

TEST_CASE("a manifest reads back as it was meant, whichever model is longer") {
  host::format::PatchParts parts;
  parts.base.kind = parts.target.kind = DigestKind::crc32;
  for (const auto& [base, target] : {std::pair{1000U, 900U}, {900U, 1000U}, {0U, 1U << 30}}) {
    parts.base_length = base;
    parts.target_length = target;
    Manifest manifest;
    REQUIRE(format2::parse(view(host::format::write_manifest(parts)), manifest) == Status::ok);
    CHECK(manifest.base_length == base);
    CHECK(manifest.target_length == target);
  }
}

TEST_CASE("entries take 65,535 bytes in all, and not one more") {
  host::format::PatchParts parts;
  parts.base.kind = parts.target.kind = DigestKind::crc32;
  // Number and length of an entry of that size take four bytes.
  parts.entries = {{EntryNumber::note, false, Bytes(65531, 'x')}};
  CHECK_NOTHROW((void)host::format::write_manifest(parts));
  parts.entries[0].value.push_back('x');
  CHECK_THROWS_WITH_AS((void)host::format::write_manifest(parts), "the manifest entries exceed 65,535 bytes",
                       std::invalid_argument);
}
