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

TEST_CASE("a header that is there already is not spoken of as a key") {
  const TemporaryFolder folder;
  put_contents(folder / "key.hpp", "mine");
  for (const std::string option : {"--header", "--public"}) {
    const Finished refused = run_tmd({"keygen", folder / "key", option, folder / "key.hpp"});
    CHECK(refused.status == 3);
    CHECK(refused.errors.find("key.hpp exists, and nothing is written over; give another name\n") !=
          std::string::npos);
    CHECK(contents_of(folder / "key.hpp") == "mine");
    CHECK_FALSE(std::filesystem::exists(folder / "key"));
  }
}

TEST_CASE("where one of the files cannot be written none is left, and the next attempt begins anew") {
  const TemporaryFolder folder;
  const std::vector<std::string> keygen = {"keygen", folder / "key", "--public", folder / "key.pub"};
  const Finished failed = run_tmd(keygen, {"--header", folder / "none/key.hpp"});
  CHECK(failed.status == 3);
  CHECK(failed.errors.find("none/key.hpp") != std::string::npos);
  CHECK(std::filesystem::is_empty(folder.path()));
  CHECK(run_tmd(keygen).status == 0);
  const std::string key = contents_of(folder / "key");
  CHECK(run_tmd({"keygen", folder / "key", "--existing", "--header", folder / "none/key.hpp"}).status == 3);
  CHECK(contents_of(folder / "key") == key);
}

TEST_CASE("the type of a key that is there already is its own") {
  const TemporaryFolder folder;
  REQUIRE(run_tmd({"keygen", folder / "key"}).status == 0);
  const Finished refused = run_tmd({"keygen", folder / "key", "--existing", "--type", "ed25519"});
  CHECK(refused.status == 2);
  CHECK(refused.errors.find("--type excludes --existing") != std::string::npos);
}
