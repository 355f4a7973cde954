// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "support/simulated_pair.hpp"

using namespace tmd;
using namespace tmd::test;
using nlohmann::json;

namespace {

/// A device with one slot, and a patch for it.
struct InPlaceBench : SimulatedPair {
  InPlaceBench() : SimulatedPair({"--in-place"}) {}
};

}  // namespace

TEST_CASE("simulate takes patches that are applied in place, and says how long there is no model") {
  const InPlaceBench bench;
  const Finished finished = bench.simulate({"--json", "--loss", "0.1"});
  REQUIRE(finished.status == 0);
  const json report = json::parse(finished.output);
  CHECK(bench.has_target());
  CHECK(report["part"]["spare_blocks"] == 3);
  CHECK(report["power_cut"] == "never");
  CHECK(report["packets_lost"].get<int>() > 0);
  CHECK(report["erases_without_model"].get<int>() > 0);
  CHECK(report["after"]["state"] == "confirmed");
}

TEST_CASE("a power cut while the model is being overwritten is gone on from with nothing sent") {
  const InPlaceBench bench;
  const Finished whole =
      run_tmd({"simulate", bench.base, bench.patch, "--flash", bench.folder / "other.bin", "--json"});
  REQUIRE(whole.status == 0);
  const json report = json::parse(whole.output);
  const int last = report["erases"].get<int>() + report["programs"].get<int>();
  const std::string amid = std::to_string(
      last - (report["erases_without_model"].get<int>() + report["programs_without_model"].get<int>()) / 2);
  const Finished stopped = bench.simulate({"--cut-at", amid, "--stop-at-cut"});
  REQUIRE(stopped.status == 0);
  CHECK(stopped.output.find("power cut while the model was being overwritten") != std::string::npos);
  const Finished finished = bench.simulate();
  CHECK(finished.status == 0);
  CHECK(finished.output.find(": 0 sent, 0 lost") != std::string::npos);
  CHECK(bench.has_target());
}

TEST_CASE("a model that nobody confirms is taken back, in place") {
  const SimulatedPair bench({"--in-place", "--reversible"});
  const Finished finished = bench.simulate({"--unconfirmed"});
  REQUIRE(finished.status == 0);
  CHECK(finished.output.find("reverted   active: 30,000 bytes, reverted") != std::string::npos);
  CHECK(contents_of(bench.output) == contents_of(bench.base));
  // The same again, from there: this time somebody does.
  const Finished confirmed = bench.simulate({"--json"});
  REQUIRE(confirmed.status == 0);
  const json report = json::parse(confirmed.output);
  CHECK(report["trial"]["state"] == "on trial");
  CHECK(report["after"]["state"] == "confirmed");
  CHECK(bench.has_target());
}

TEST_CASE("an encrypted patch with a way back is applied and taken back") {
  const TemporaryFolder keys;
  const std::string key = keys / "body.key";
  REQUIRE(run_tmd({"keygen", key, "--type", "aes-ctr"}).status == 0);
  const SimulatedPair bench({"--in-place", "--reversible", "--encrypt", key});
  const Finished finished = bench.simulate({"--unconfirmed", "--decrypt", key});
  CHECK(finished.errors == "");
  REQUIRE(finished.status == 0);
  CHECK(contents_of(bench.output) == contents_of(bench.base));
}

TEST_CASE("a power cut that never came is said, with how many operations there were") {
  for (const std::vector<std::string>& options :
       std::vector<std::vector<std::string>>{{}, {"--in-place"}, {"--in-place", "--reversible"}}) {
    CAPTURE(options.size());
    const SimulatedPair whole(options);
    const Finished missed = whole.simulate({"--cut-at", "100000", "--stop-at-cut"});
    REQUIRE(missed.status == 0);
    CHECK(whole.has_target());
    const std::string sentence = "no power cut: the update ended after ";
    const std::size_t at = missed.output.find(sentence);
    REQUIRE(at != std::string::npos);
    std::string count = missed.output.substr(at + sentence.size(), 5);
    count.erase(std::remove(count.begin(), count.end(), ','), count.end());
    const int last = std::stoi(count);
    const auto is_missed = [&](int operation) {
      const SimulatedPair pair(options);
      const Finished finished = pair.simulate({"--cut-at", std::to_string(operation), "--json"});
      REQUIRE(finished.status == 0);
      return json::parse(finished.output)["cut_missed"].get<bool>();
    };
    CHECK_FALSE(is_missed(1));
    CHECK_FALSE(is_missed(last));
    CHECK(is_missed(last + 1));
    CHECK(SimulatedPair(options).simulate().output.find("no power cut") == std::string::npos);
  }
}

TEST_CASE("what does not go together is said") {
  const InPlaceBench bench;
  const Finished blocks = bench.simulate({"--erase-size", "1024"});
  CHECK(blocks.status == 2);
  CHECK(blocks.errors.find("--erase-size: the patch is for erase blocks of 4096 bytes") != std::string::npos);
  const Finished never = bench.simulate({"--cut-at", "0"});
  CHECK(never.status == 2);
  CHECK(never.errors.find("--cut-at: programs and erases are counted from 1") != std::string::npos);
  CHECK(bench.simulate({"--log"}).status == 2);
  CHECK(bench.simulate({"--unconfirmed"}).status == 2);
}
