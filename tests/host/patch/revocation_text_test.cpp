// SPDX-License-Identifier: Apache-2.0
#include "patch/revocation_text.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/error.hpp"
#include "support/hex.hpp"

using namespace tmd::host;
using patch::describe_revocations;
using patch::parse_revocations;
using tmd::test::hex;
using tmd::test::join;
using tmd::test::text;

TEST_CASE("keys are named by identifier, thumbprint and number, several with commas") {
  CHECK(parse_revocations("id:release") == join({hex("01 07"), text("release")}));
  CHECK(parse_revocations("id:0xd29e3e92") == hex("01 04 d29e3e92"));
  CHECK(parse_revocations("number:7") == hex("03 01 07"));
  const std::string digits(64, 'a');
  CHECK(parse_revocations("thumbprint:" + digits) == join({hex("02 20"), hex(digits)}));
  CHECK(parse_revocations("thumbprint:0x" + digits) == join({hex("02 20"), hex(digits)}));
  CHECK(parse_revocations("number:0,id:a,number:31") == hex("03 01 00 01 01 61 03 01 1f"));
}

TEST_CASE("what would revoke nothing, or another key, is an error") {
  for (const char* words : {"", "release", "number:32", "number:", "number:x", "number:-1", "id:", "id:0x",
                            "id:0xabc", "thumbprint:00", "number:1,", ",number:1", "Number:1"}) {
    CAPTURE(words);
    CHECK_THROWS_AS((void)parse_revocations(words), Error);
  }
  // Also where the length's low eight bits would do.
  for (const std::size_t length : {256U, 257U, 300U})
    CHECK_THROWS_AS((void)parse_revocations("id:" + std::string(length, 'k')), Error);
  CHECK_NOTHROW((void)parse_revocations("id:" + std::string(255, 'k')));
}

TEST_CASE("a list is described as it could be written, a malformed one by its digits") {
  for (const std::string line : {"number:7", "id:0xd29e3e92", "number:0,id:0x61,number:31"})
    CHECK(describe_revocations(view(parse_revocations(line))) == line);
  CHECK(describe_revocations(view(parse_revocations("id:a"))) == "id:0x61");
  CHECK(describe_revocations(view(hex("03 01 07 09"))) == "03010709");
  CHECK(describe_revocations(tmd::ConstBytes()).empty());
}
