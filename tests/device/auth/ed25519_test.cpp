// SPDX-License-Identifier: Apache-2.0
// What stands around a library's function; RFC 8032's vectors: host/sign/sodium_ed25519_test.cpp.
#include "tmd/auth/ed25519.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

Bytes seen_message;
unsigned calls = 0;
bool answer = true;

bool library(ConstBytes, ConstBytes message, ConstBytes) {
  ++calls;
  seen_message.assign(message.begin(), message.end());
  return answer;
}
using Verifier = Ed25519<library, 40>;

const Bytes kKey = random_bytes(32, 1);
const Bytes kSignature = random_bytes(64, 2);

Status verified(const std::vector<Bytes>& pieces, const Bytes& signature = kSignature,
                const Bytes& key = kKey) {
  const TrustedKey trusted{0, CoseAlgorithm::eddsa, ConstBytes(), view(key)};
  BytePieces message;
  for (const Bytes& piece : pieces) message.add(view(piece));
  Verifier verifier;
  calls = 0;
  return verifier.verify(trusted, message, view(signature));
}

}  // namespace

TEST_CASE("the pieces of a message reach the library as one") {
  answer = true;
  CHECK(verified({text("one"), text("two"), {}, text("three")}) == Status::ok);
  CHECK(seen_message == text("onetwothree"));
  answer = false;
  CHECK(verified({text("one")}) == Status::bad_signature);
}

TEST_CASE("a message that does not fit is refused, not cut") {
  answer = true;
  CHECK(verified({Bytes(20, 1), Bytes(20, 2)}) == Status::ok);
  CHECK(seen_message.size() == 40);
  CHECK(verified({Bytes(20, 1), Bytes(21, 2)}) == Status::manifest_too_large);
  CHECK(calls == 0);
}

TEST_CASE("signatures and keys of another length never reach the library") {
  answer = true;
  CHECK(verified({text("one")}, Bytes(63, 1)) == Status::bad_signature);
  CHECK(verified({text("one")}, Bytes(114, 1)) == Status::bad_signature);  // Ed448
  CHECK(verified({text("one")}, kSignature, Bytes(31, 1)) == Status::bad_signature);
  CHECK(verified({text("one")}, kSignature, {}) == Status::bad_signature);
  CHECK(calls == 0);
}
