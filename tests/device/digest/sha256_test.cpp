// SPDX-License-Identifier: Apache-2.0
#include "tmd/digest/sha256.hpp"

#include <doctest/doctest.h>

#include "support/bytes.hpp"
#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

Bytes finished(Sha256& hash) {
  Bytes digest(32);
  hash.finish(MutableBytes(digest.data(), digest.size()));
  return digest;
}
Bytes one_shot(const Bytes& message) {
  Sha256 hash;
  hash.update(view(message));
  return finished(hash);
}

}  // namespace

TEST_CASE("the vectors of FIPS 180 and of NIST's validation suite") {
  CHECK(one_shot({}) == hex("e3b0c442 98fc1c14 9afbf4c8 996fb924 27ae41e4 649b934c a495991b 7852b855"));
  CHECK(one_shot(text("abc")) ==
        hex("ba7816bf 8f01cfea 414140de 5dae2223 b00361a3 96177a9c b410ff61 f20015ad"));
  CHECK(one_shot(text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        hex("248d6a61 d20638b8 e5c02693 0c3e6039 a33ce459 64ff2167 f6ecedd4 19db06c1"));
  CHECK(one_shot(Bytes(1000000, 'a')) ==
        hex("cdc76e5c 9914fb92 81a1c7e2 84d73e67 f1809a48 a497200e 046d39cc c7112cd0"));
}

TEST_CASE("lengths around a block, in one piece, byte by byte and in pieces that end within words") {
  // The padding takes one block more from 56 bytes on.
  const Bytes bytes = random_bytes(130, 1);
  for (const std::size_t length : {54U, 55U, 56U, 57U, 63U, 64U, 65U, 119U, 120U, 128U, 130U}) {
    const Bytes message(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    Sha256 hash;
    for (const std::uint8_t& byte : message) hash.update(ConstBytes(&byte, 1));
    CHECK(finished(hash) == one_shot(message));
    hash.restart();
    for (std::size_t at = 0; at < length; at += 37) hash.update(view(message).slice(at, 37));
    CHECK(finished(hash) == one_shot(message));
  }
  CHECK(one_shot(Bytes(55, 'a')) ==
        hex("9f4390f8 d30c2dd9 2ec9f095 b65e2b9a e9b0a925 a5258e24 1c9f1e91 0f734318"));
  CHECK(one_shot(Bytes(56, 'a')) ==
        hex("b35439a4 ac6f0948 b6d6f9e3 c6af0f5f 590ce20f 1bde7090 ef797068 6ec6738a"));
}

TEST_CASE("it is copied at any point, and starts again after restart") {
  const Bytes message = random_bytes(200, 2);
  Sha256 hash;
  hash.update(view(message).first(100));
  Sha256 fork = hash;
  fork.update(view(message).from(100));
  CHECK(finished(fork) == one_shot(message));
  hash.restart();
  hash.update(view(message));
  CHECK(finished(hash) == one_shot(message));
}

TEST_CASE("less room than a digest takes its first bytes") {
  Sha256 hash;
  std::uint8_t out[6] = {0, 0, 0, 0, 0xEE, 0xEE};
  hash.update(view(text("abc")));
  hash.finish(MutableBytes(out, 4));
  CHECK(Bytes(out, out + 6) == hex("ba7816bf eeee"));
}
