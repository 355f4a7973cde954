// SPDX-License-Identifier: Apache-2.0
#include "sign/sodium_ed25519.hpp"

#include <doctest/doctest.h>

#include "device/auth/psa/published_vectors.hpp"
#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("Ed25519 verifies the signatures of RFC 8032, section 7.1") {
  using Verifier = host::sign::SodiumEd25519<64>;
  check_vector<Verifier>(
      {"test 1",
       hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
       {},
       hex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e3970"
           "1cf9b46bd25bf5f0595bbe24655141438e7a100b")});
  check_vector<Verifier>(
      {"test 2", hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"), hex("72"),
       hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613"
           "d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")});
  check_vector<Verifier>(
      {"test 3", hex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"), hex("af82"),
       hex("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760"
           "984dc6594a7c15e9716ed28dc027beceea1ec40a")});
}

TEST_CASE("Ed25519 refuses a message that is larger than its buffer") {
  host::sign::SodiumEd25519<8> verifier;
  const Bytes key(32, 1), message(9, 2), signature(64, 3);
  BytePieces pieces;
  pieces.add(view(message));
  CHECK(verifier.verify(TrustedKey{0, CoseAlgorithm::eddsa, {}, view(key)}, pieces, view(signature)) ==
        Status::manifest_too_large);
}
