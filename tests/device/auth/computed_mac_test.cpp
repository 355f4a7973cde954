// SPDX-License-Identifier: Apache-2.0
#include "tmd/auth/computed_mac.hpp"

#include <doctest/doctest.h>
#include <sodium.h>

#include "support/hex.hpp"
#include "tmd/auth/verifier.hpp"
#include "tmd/digest/digests.hpp"

using tmd::CoseAlgorithm;
using tmd::Status;
using tmd::TrustedKey;
using tmd::test::Bytes;
using tmd::test::hex;
using tmd::test::text;
using tmd::test::view;

namespace {
/// A library that computes a MAC and leaves the comparison to us: libsodium's streaming HMAC.
class SodiumHmac {
 public:
  static constexpr CoseAlgorithm kAlgorithm = CoseAlgorithm::hmac_sha256;
  static constexpr std::size_t kTagSize = crypto_auth_hmacsha256_BYTES;
  Status begin(tmd::ConstBytes key) {
    return crypto_auth_hmacsha256_init(&state_, key.data(), key.size()) == 0 ? Status::ok
                                                                             : Status::bad_signature;
  }
  Status update(tmd::ConstBytes bytes) {
    return crypto_auth_hmacsha256_update(&state_, bytes.data(), bytes.size()) == 0 ? Status::ok
                                                                                   : Status::bad_signature;
  }
  Status finish(tmd::MutableBytes tag) {
    return crypto_auth_hmacsha256_final(&state_, tag.data()) == 0 ? Status::ok : Status::bad_signature;
  }

 private:
  crypto_auth_hmacsha256_state state_{};
};
}  // namespace

TEST_CASE("a computed MAC is taken in full length only and refused at every flipped bit") {
  const Bytes secret = text("Jefe");
  const Bytes message = text("what do ya want for nothing?");
  const Bytes tag =
      hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");  // RFC 4231, section 4.3
  const TrustedKey key{0, CoseAlgorithm::hmac_sha256, {}, view(secret)};
  tmd::BytePieces pieces;
  pieces.add(view(message).first(5));
  pieces.add(view(message).from(5));
  tmd::Verifiers<tmd::ComputedMac<SodiumHmac>> verifier;  // finds it by its algorithm
  tmd::AllDigests digests;
  CHECK(verifier.verify(key, pieces, view(tag), digests) == Status::ok);
  CHECK(verifier.verify(key, pieces, view(tag).first(31), digests) == Status::bad_signature);
  CHECK(verifier.verify(key, pieces, {}, digests) == Status::bad_signature);
  for (std::size_t bit = 0; bit < tag.size() * 8; ++bit) {
    Bytes damaged = tag;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1U << (bit % 8)));
    CHECK(verifier.verify(key, pieces, view(damaged), digests) == Status::bad_signature);
  }
}
