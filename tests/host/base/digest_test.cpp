// SPDX-License-Identifier: Apache-2.0
#include "base/digest.hpp"

#include <doctest/doctest.h>

#include "base/numbers.hpp"
#include "support/bytes.hpp"

using namespace tmd;

TEST_CASE("digests of either kind are those of the standards") {
  const test::Bytes abc = {'a', 'b', 'c'};
  CHECK(host::to_hex(host::digest_of_file(DigestKind::sha256, test::view(abc)).view()) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-2, B.1
  const test::Bytes digits = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};
  CHECK(host::to_hex(host::digest_of_file(DigestKind::crc32, test::view(digits)).view()) == "2639f4cb");
}
