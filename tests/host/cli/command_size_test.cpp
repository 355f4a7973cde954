// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "support/patched_pair.hpp"
#include "support/program.hpp"

using namespace tmd::test;

TEST_CASE("size answers as a table and as JSON") {
  const std::vector<std::string> question = {"size", "--erase", "4096", "--program", "8", "--model", "60000"};
  const Finished table = run_tmd(question);
  REQUIRE(table.status == 0);
  CHECK(table.output.find("slot, each of two             61,440") != std::string::npos);
  const Finished with_json =
      run_tmd(question, {"--decoder", "small", "--page", "4096", "--interval", "555", "--json"});
  REQUIRE(with_json.status == 0);
  const nlohmann::json answer = nlohmann::json::parse(with_json.output);
  CHECK(answer["slot_bytes"] == 61440);
  CHECK(answer["decoder"] == "small");
  CHECK(answer["patch_bytes"] == 15001);
  CHECK(answer["erases"] == answer["slot_erases"].get<int>() + answer["journal_erases"].get<int>());
  CHECK(answer["ram_bytes"] == answer["updater_ram_bytes"].get<int>() + answer["store_ram_bytes"].get<int>());
  REQUIRE(answer["links"].size() == 9);
  for (const nlohmann::json& link : answer["links"]) {
    CHECK(link["airtime_seconds"] > 0);
    CHECK(link["energy_millijoules"] > 0);
  }
}

TEST_CASE("size without a model, or of a device that cannot be, is an error of one line") {
  CHECK(run_tmd({"size"}).status == 2);
  CHECK(run_tmd({"size", "--model", "0"}).status == 2);
  CHECK(run_tmd({"size", "--model", "60000", "--program", "3"}).status == 2);
  CHECK(run_tmd({"size", "--model", "60000", "--decoder", "tiny"}).status == 2);
  const Finished refused = run_tmd({"size", "--model", "60000", "--erase", "1000", "--program", "16"});
  CHECK(refused.status == 3);
  CHECK(is_one_error_line(refused.errors));
  CHECK(run_tmd({"size", "--model", "60000", "--erase", "31"}).status == 2);
  CHECK(run_tmd({"size", "--model", "60000", "--erase", "32"}).status == 0);
  CHECK(run_tmd({"size", "--model", "60000", "--erase", "1000"})
            .errors.find("erase blocks of 1000 bytes: they are to be a multiple of 32") != std::string::npos);
}

TEST_CASE("memory that needs no time to erase or program is not timed as flash") {
  const Finished timed =
      run_tmd({"size", "--model", "60000", "--erase-ms", "0", "--program-us", "0", "--json"});
  REQUIRE(timed.status == 0);
  const nlohmann::json answer = nlohmann::json::parse(timed.output);
  CHECK(answer["erase_seconds"] == 0);
  CHECK(answer["program_seconds"] == 0);
}

TEST_CASE("size --in-place says what one slot takes beside two") {
  const std::vector<std::string> question = {"size", "--model", "20000", "--patch", "5000", "--in-place"};
  const Finished table = run_tmd(question);
  REQUIRE(table.status == 0);
  CHECK(table.output.find("of that of two slots") != std::string::npos);
  const Finished with_json = run_tmd(question, {"--spare", "2", "--json"});
  REQUIRE(with_json.status == 0);
  const nlohmann::json answer = nlohmann::json::parse(with_json.output);
  CHECK(answer["in_place"]["spare_blocks"] == 2);
  CHECK(answer["in_place"]["reversible_staging_bytes"].get<int>() >
        answer["in_place"]["staging_bytes"].get<int>());
  CHECK(answer["in_place"]["flash_bytes"].get<int>() < answer["flash_bytes"].get<int>());
  CHECK(answer["in_place"]["erases"].get<int>() > answer["erases"].get<int>());
  CHECK(run_tmd(question, {"--spare", "5"}).status == 2);
  CHECK(run_tmd(question, {"--decoder", "small"}).status == 2);
  CHECK(run_tmd(question, {"--erase", "3000", "--program", "4"}).status == 3);
  const Finished large = run_tmd({"size", "--model", "1073741824", "--in-place", "--erase", "16777216"});
  CHECK(large.status == 3);
  CHECK(large.errors.find("of 256 to 1048576 bytes; this part has 16777216") != std::string::npos);
}

TEST_CASE("a page that a configuration can't have is refused with one that it can") {
  const Finished units = run_tmd({"size", "--model", "20000", "--program", "512"});
  check_failure(units,
                "a page of 256 bytes is not whole program units of 512: set kPageSize, and --page, to 512");
  check_failure(run_tmd({"size", "--model", "20000", "--program", "8", "--page", "300"}), "to 296");
  CHECK(run_tmd({"size", "--model", "20000", "--program", "512", "--page", "512"}).status == 0);
  check_failure(run_tmd({"size", "--model", "20000", "--page", "65536"}), "from 1 to 32768", 2);
}
