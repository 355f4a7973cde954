// SPDX-License-Identifier: Apache-2.0
// Published vectors of an algorithm, through the same verifier policies that a device uses.
#pragma once

#include <doctest/doctest.h>
#include <psa/crypto.h>

#include "support/bytes.hpp"
#include "tmd/auth/verifier.hpp"
#include "tmd/digest/digests.hpp"

namespace tmd::test {

/// A key, what it signed, and the signature.
struct PublishedVector {
  const char* source;
  Bytes key;
  Bytes message;
  Bytes signature;
};

/// Verifies the message cut at `cut`, so that every vector also shows that pieces and whole give the same.
template <class Verifier>
Status verify_in_pieces(const PublishedVector& vector, std::size_t cut, const Bytes& signature) {
  BytePieces pieces;
  pieces.add(view(vector.message).first(cut));
  pieces.add(view(vector.message).from(cut));
  Verifiers<Verifier> verifier;
  AllDigests digests;
  return verifier.verify(TrustedKey{0, Verifier::kAlgorithm, {}, view(vector.key)}, pieces, view(signature),
                         digests);
}

/// Every bit of the signature is flipped, or every `step`th.
template <class Verifier>
void check_vector(const PublishedVector& vector, std::size_t step = 1) {
  CAPTURE(vector.source);
  REQUIRE(psa_crypto_init() == PSA_SUCCESS);
  for (std::size_t cut = 0; cut <= vector.message.size(); ++cut) {
    CAPTURE(cut);
    CHECK(verify_in_pieces<Verifier>(vector, cut, vector.signature) == Status::ok);
  }
  for (std::size_t bit = 0; bit < vector.signature.size() * 8; bit += step) {
    Bytes damaged = vector.signature;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1U << (bit % 8)));
    CAPTURE(bit);
    CHECK(verify_in_pieces<Verifier>(vector, 0, damaged) == Status::bad_signature);
  }
  for (std::size_t length = 0; length < vector.signature.size(); ++length) {
    const Bytes shortened(vector.signature.begin(),
                          vector.signature.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK(verify_in_pieces<Verifier>(vector, 0, shortened) == Status::bad_signature);
  }
}

}  // namespace tmd::test
