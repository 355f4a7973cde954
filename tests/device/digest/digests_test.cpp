// SPDX-License-Identifier: Apache-2.0
#include "tmd/digest/digests.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "support/hash_unit.hpp"

using namespace tmd;
using tmd::test::HashUnit;
using tmd::test::HashUnitDigests;

namespace {

ConstBytes bytes_of(const std::string& text) {
  return ConstBytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

std::string hex(ConstBytes bytes) {
  std::string text;
  char two[3];
  for (const std::uint8_t byte : bytes) {
    std::snprintf(two, sizeof(two), "%02x", byte);
    text += two;
  }
  return text;
}

std::string sha256_of(const std::string& text) {
  return hex(digest_of(DigestKind::sha256, bytes_of(text)).view());
}

}  // namespace

TEST_CASE("CRC-32 gives the check value of its definition") {
  CHECK(Crc32::of(bytes_of("123456789")) == 0xCBF43926U);
  CHECK(Crc32::of(bytes_of("")) == 0);
}

// NIST CAVP "SHA Test Vectors for Hashing Byte-Oriented Messages" (SHA256ShortMsg) and the examples of FIPS
// 180-2.
TEST_CASE("SHA-256 gives the NIST vectors") {
  CHECK(sha256_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_of("\xd3") == "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1");
  CHECK(sha256_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256_of(std::string(1000000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("a digest does not depend on how the message is cut, and can be forked at any point") {
  std::vector<std::uint8_t> message(300);
  for (std::size_t i = 0; i < message.size(); ++i) message[i] = static_cast<std::uint8_t>(i * 7);
  const ConstBytes all(message.data(), message.size());
  for (const DigestKind kind : {DigestKind::crc32, DigestKind::sha256}) {
    for (std::size_t cut = 0; cut <= all.size(); cut += 13) {
      AllDigests digests;
      REQUIRE(digests.begin(kind) == Status::ok);
      digests.update(all.first(cut));
      AllDigests fork = digests;
      CHECK(fork.finish() == digest_of(kind, all.first(cut)));
      digests.update(all.from(cut));
      CHECK(digests.finish() == digest_of(kind, all));
    }
  }
}

TEST_CASE("a CRC-32 build refuses SHA-256 by name") {
  Crc32Digests digests;
  CHECK(digests.begin(DigestKind::sha256) == Status::unsupported_digest);
  CHECK(digests.begin(DigestKind::crc32) == Status::ok);
  static_assert(check_digests_policy<Crc32Digests>(), "");
  static_assert(check_digests_policy<AllDigests>(), "");
}

TEST_CASE("a computation that was given up leaves nothing behind for the next") {
  const std::string text = "the next message";
  AllDigests digests;
  for (const DigestKind kind : {DigestKind::crc32, DigestKind::sha256}) {
    REQUIRE(digests.begin(kind) == Status::ok);
    digests.update(
        bytes_of("a message that nobody wanted to the end, longer than one block of the hash function"));
    CHECK(digest_of(digests, kind, bytes_of(text)) == digest_of(kind, bytes_of(text)));
  }
}

TEST_CASE("a hash unit behind a handle, without default constructor, not copyable, is a Digests policy") {
  static_assert(check_digests_policy<HashUnitDigests>(), "");
  static_assert(!std::is_default_constructible<HashUnitDigests>::value, "");
  static_assert(!std::is_copy_constructible<HashUnitDigests>::value, "");
  HashUnit unit;
  HashUnitDigests digests(unit);
  for (const DigestKind kind : {DigestKind::crc32, DigestKind::sha256}) {
    CHECK(digest_of(digests, kind, bytes_of("abc")) == digest_of(kind, bytes_of("abc")));
  }
  CHECK(digest_of(digests, DigestKind::none, bytes_of("abc")) == Digest());
  CHECK(unit.begins == 2);
  CHECK(unit.finishes == 2);
  CHECK(unit.overlaps == 0);
}

TEST_CASE("the unit of the tests notices two users at once, and a user before any") {
  HashUnit unit;
  HashUnitDigests first(unit), second(unit);
  first.update(bytes_of("too early"));
  CHECK(unit.overlaps == 1);
  CHECK(first.finish() == Digest());
  CHECK(unit.overlaps == 2);
  REQUIRE(first.begin(DigestKind::sha256) == Status::ok);
  REQUIRE(second.begin(DigestKind::sha256) == Status::ok);
  CHECK(unit.overlaps == 3);
  first.update(bytes_of("in between"));
  CHECK(unit.overlaps == 4);
  second.update(bytes_of("abc"));
  CHECK(second.finish() == digest_of(DigestKind::sha256, bytes_of("abc")));
  CHECK(unit.overlaps == 4);
}

TEST_CASE("a unit that has failed proves nothing") {
  HashUnit unit;
  HashUnitDigests digests(unit);
  unit.fails = true;
  const Digest digest = digest_of(digests, DigestKind::sha256, bytes_of("abc"));
  CHECK(digest.kind == DigestKind::none);
  CHECK(digest != digest_of(DigestKind::sha256, bytes_of("abc")));
}

TEST_CASE("a unit for SHA-256 and software for CRC-32 make one policy") {
  HashUnit unit;
  HashUnitDigests hardware(unit);
  Crc32Digests software;
  DigestsByKind<HashUnitDigests, Crc32Digests> digests(hardware, software);
  static_assert(check_digests_policy<decltype(digests)>(), "");
  CHECK(digest_of(digests, DigestKind::crc32, bytes_of("123456789")) ==
        digest_of(DigestKind::crc32, bytes_of("123456789")));
  CHECK(unit.begins == 0);
  CHECK(digest_of(digests, DigestKind::sha256, bytes_of("abc")) ==
        digest_of(DigestKind::sha256, bytes_of("abc")));
  CHECK(unit.begins == 1);
  CHECK(digest_of(digests, DigestKind::none, bytes_of("abc")) == Digest());
}
