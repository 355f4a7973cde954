// SPDX-License-Identifier: Apache-2.0
#include "tmd/auth/cipher.hpp"

#include <doctest/doctest.h>

#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

Bytes block_at(const Bytes& first, std::uint32_t offset) {
  Bytes block(16);
  counter_block_at(view(first), offset, MutableBytes(block.data(), block.size()));
  return block;
}
struct WithoutDecrypt {
  Status begin(ConstBytes) { return Status::ok; }
};

}  // namespace

TEST_CASE("the counters of NIST SP 800-38A, section F.5.1") {
  const Bytes first = hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
  CHECK(block_at(first, 0) == first);
  CHECK(block_at(first, 15) == first);
  CHECK(block_at(first, 16) == hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdff00"));
  CHECK(block_at(first, 32) == hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdff01"));
  CHECK(block_at(first, 63) == hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdff02"));
}

TEST_CASE("a carry goes through all 16 bytes, and the last one is dropped") {
  CHECK(block_at(Bytes(16, 0xFF), 16) == Bytes(16, 0));
  CHECK(block_at(Bytes(16, 0xFF), 0xFFFFFFFF) == hex("00000000 00000000 00000000 0ffffffe"));
  CHECK(block_at(hex("00ffffffffffffffffffffffffffffff"), 16) == hex("01000000000000000000000000000000"));
}

TEST_CASE("an entry is an algorithm, a first counter, and a key's name of up to 32 bytes") {
  const Bytes counter = random_bytes(16, 1);
  CipherEntry entry;
  for (const std::size_t name : {0U, 1U, 32U}) {
    const Bytes value = join({{CipherEntry::kAesCtr}, counter, Bytes(name, 7)});
    CHECK(parse_cipher_entry(view(value), entry) == Status::ok);
    CHECK(equal_bytes(entry.first_counter, view(counter)));
    CHECK(entry.key_identifier.size() == name);
  }
  const auto status_of = [&](const Bytes& value) { return parse_cipher_entry(view(value), entry); };
  CHECK(status_of({}) == Status::malformed_manifest);
  CHECK(status_of(join({{1}, Bytes(15, 0)})) == Status::malformed_manifest);
  CHECK(status_of(join({{1}, Bytes(16 + 33, 0)})) == Status::malformed_manifest);
  CHECK(status_of(join({{2}, Bytes(16, 0)})) == Status::unsupported_algorithm);
}

TEST_CASE("firmware without a cipher says so, and what is a policy is told from what is none") {
  NoCipher none;
  std::uint8_t bytes[4] = {1, 2, 3, 4};
  CHECK(none.begin(ConstBytes()) == Status::unsupported_algorithm);
  CHECK(none.decrypt(0, MutableBytes(bytes)) == Status::cipher_failure);
  CHECK(check_cipher_policy<NoCipher>());
  CHECK_FALSE(detail::IsCipher<WithoutDecrypt>::value);
}
