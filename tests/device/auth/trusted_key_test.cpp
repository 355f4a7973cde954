// SPDX-License-Identifier: Apache-2.0
#include "tmd/auth/trusted_key.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace tmd;

namespace {

constexpr TrustedKey key(std::uint8_t number) {
  return TrustedKey{number, CoseAlgorithm::es256, ConstBytes(), ConstBytes()};
}
constexpr TrustedKey kFixed[] = {key(4), key(0), key(31)};

bool have_own_numbers(const std::vector<TrustedKey>& keys) {
  return detail::has_own_numbers(keys.data(), keys.data() + keys.size());
}

}  // namespace

TEST_CASE("a key says what it may do, and nothing more by itself") {
  CHECK_FALSE(kFixed[0].may_revoke);
  CHECK_FALSE(kFixed[0].may_certify);
  CHECK(kFixed[0].stored_key == 0);
  CHECK(kFixed[0].thumbprint.empty());
}

TEST_CASE("numbers are below 32 and stand once") {
  CHECK(have_own_numbers({}));
  CHECK(have_own_numbers({key(0), key(31), key(15)}));
  CHECK_FALSE(have_own_numbers({key(32)}));
  CHECK_FALSE(have_own_numbers({key(33)}));
  CHECK_FALSE(have_own_numbers({key(5), key(6), key(5)}));
}

TEST_CASE("a fixed table is its array") {
  using Keys = FixedKeys<kFixed>;
  CHECK(Keys::end() - Keys::begin() == 3);
  CHECK(Keys::begin()[2].number == 31);
}

TEST_CASE("a table of run time trusts nobody until it is given, and at most 32 keys") {
  const KeyTable none;
  CHECK(none.begin() == none.end());
  const KeyTable given(kFixed);
  CHECK(given.end() - given.begin() == 3);
  std::vector<TrustedKey> many;
  for (unsigned i = 0; i < 40; ++i) many.push_back(key(static_cast<std::uint8_t>(i)));
  const KeyTable clipped(many.data(), many.size());
  CHECK(clipped.end() - clipped.begin() == 32);
}
