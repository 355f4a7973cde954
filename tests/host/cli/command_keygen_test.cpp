// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <sys/stat.h>

#include "support/signing_workshop.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("keys are created for their owner alone and never overwritten or printed") {
  for (const std::string type : {"es256", "ed25519", "hmac-sha256", "aes-cmac"}) {
    const TemporaryFolder folder;
    const std::string key = folder / "key";
    const Finished made = run_tmd({"keygen", key, "--type", type});
    REQUIRE(made.status == 0);
    struct stat status {};
    REQUIRE(::stat(key.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600);
    const std::string content = contents_of(key);
    const std::string secret_line = content.substr(content.find("-----\n") + 1).substr(0, 40);
    CHECK((made.output + made.errors).find(secret_line) == std::string::npos);
    const Finished again = run_tmd({"keygen", key, "--type", type});
    CHECK(again.status == 3);
    CHECK(is_one_error_line(again.errors));
    CHECK(again.errors.find("exists, and no key is written over; give another name") != std::string::npos);
    CHECK(contents_of(key) == content);
  }
}
