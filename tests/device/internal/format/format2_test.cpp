// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/format/format2.hpp"

#include <doctest/doctest.h>

#include "format/container.hpp"
#include "tmd/digest/digests.hpp"

using namespace tmd;
using tmd::host::Bytes;

namespace {

host::format::PatchParts parts() {
  host::format::PatchParts parts;
  const std::uint8_t base[] = {1, 2, 3};
  const std::uint8_t target[] = {4, 5};
  parts.base = digest_of(DigestKind::crc32, base);
  parts.target = digest_of(DigestKind::crc32, target);
  parts.base_length = 66000;
  parts.target_length = 65990;
  parts.body_length = 300;
  parts.codec_parameters = 9;
  return parts;
}

Status status_of(const Bytes& bytes) {
  Manifest manifest;
  return format2::parse(host::view(bytes), manifest);
}

/// Puts the check right after a deliberate change, so that what lies behind it is reached.
Bytes with_check(Bytes bytes) {
  const std::uint16_t check = format2::check_of(host::view(bytes).first(bytes.size() - 2));
  store_le16(bytes.data() + bytes.size() - 2, check);
  return bytes;
}

}  // namespace

TEST_CASE("a bare manifest takes 20 bytes and comes back as it was written") {
  const Bytes bytes = host::format::write_manifest(parts());
  CHECK(bytes.size() == 20);
  Manifest manifest;
  REQUIRE(format2::parse(host::view(bytes), manifest) == Status::ok);
  CHECK(manifest.base_length == 66000);
  CHECK(manifest.target_length == 65990);
  CHECK(manifest.body_length == 300);
  CHECK(manifest.codec_parameters == 9);
  CHECK(manifest.base == parts().base);
  CHECK(manifest.target == parts().target);
  CHECK(manifest.body_offset == bytes.size());
}

TEST_CASE("a manifest is asked for byte by byte, never beyond its end") {
  host::format::PatchParts wanted = parts();
  wanted.entries = {{EntryNumber::arena_bytes, true, {0, 1, 0, 0}},
                    {EntryNumber::note, false, Bytes(200, 'x')}};
  wanted.authenticated = true;
  const Bytes bytes = host::format::join_patch(host::format::write_manifest(wanted), Bytes(150, 7), {});
  std::uint32_t have = 0;
  Manifest manifest;
  Status status = format2::parse(ConstBytes(), manifest);
  while (status == Status::need_more) {
    REQUIRE(manifest.body_offset > have);
    have = manifest.body_offset;
    REQUIRE(have <= bytes.size());
    status = format2::parse(host::view(bytes).first(have), manifest);
  }
  CHECK(status == Status::ok);
  CHECK(have == bytes.size());
  CHECK(manifest.authentication_size == 150);

  // Nothing follows the check of one that is not signed.
  const Bytes unsigned_one = host::format::write_manifest(parts());
  Manifest short_one;
  REQUIRE(format2::parse(host::view(unsigned_one), short_one) == Status::ok);
  CHECK(short_one.body_offset == unsigned_one.size());
  CHECK(short_one.signed_size == unsigned_one.size());
  CHECK(format2::parse(host::view(unsigned_one).first(unsigned_one.size() - 1), short_one) ==
        Status::need_more);
}

TEST_CASE("flags that mean nothing yet are refused") {
  for (const unsigned flag : {0x10U, 0x20U, 0x40U, 0x80U}) {
    Bytes bytes = host::format::write_manifest(parts());
    bytes[1] = static_cast<std::uint8_t>(bytes[1] | flag);
    CHECK(status_of(with_check(bytes)) == Status::malformed_manifest);
  }
}

TEST_CASE("every flipped bit of a manifest is refused or asks for more") {
  const Bytes good = host::format::write_manifest(parts());
  for (std::size_t bit = 8; bit < good.size() * 8; ++bit) {
    Bytes bytes = good;
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1U << (bit % 8)));
    CAPTURE(bit);
    CHECK(status_of(bytes) != Status::ok);
  }
}

TEST_CASE("entries are refused where they are out of order, doubled, too long or of the wrong length") {
  host::format::PatchParts wanted = parts();
  wanted.entries = {{EntryNumber::arena_bytes, false, {1, 2, 3, 4}}, {EntryNumber::abi, false, {3, 0}}};
  const Bytes good = host::format::write_manifest(wanted);
  REQUIRE(status_of(good) == Status::ok);
  const std::size_t entries = good.size() - 2 - 6 - 4;
  REQUIRE(good[entries] == 0x01);
  Bytes doubled = good;
  doubled[entries + 6] = 0x01;
  CHECK(status_of(with_check(doubled)) == Status::malformed_manifest);
  Bytes zero = good;
  zero[entries] = 0x00;
  CHECK(status_of(with_check(zero)) == Status::malformed_manifest);
  Bytes long_value = good;
  long_value[entries + 7] = 3;
  CHECK(status_of(with_check(long_value)) == Status::malformed_manifest);
  Bytes wrong_length = good;
  wrong_length[entries] = 0x02;
  wrong_length[entries + 6] = 0x03;
  CHECK(status_of(with_check(wrong_length)) == Status::malformed_manifest);
  wanted.entries.push_back({EntryNumber::abi, true, {3, 0}});
  CHECK_THROWS(host::format::write_manifest(wanted));
}

TEST_CASE("lengths near 2^32 are numbers like any other and wrap nothing") {
  host::format::PatchParts wanted = parts();
  wanted.base_length = 0xFFFFFFFFU;
  wanted.target_length = 0xFFFFFFFEU;
  wanted.body_length = 0xFFFFFFFFU;
  Manifest manifest;
  REQUIRE(format2::parse(host::view(host::format::write_manifest(wanted)), manifest) == Status::ok);
  CHECK(manifest.base_length == 0xFFFFFFFFU);
  CHECK(manifest.target_length == 0xFFFFFFFEU);
}
