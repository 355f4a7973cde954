// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/program.hpp"

using namespace tmd;
using namespace tmd::test;
using nlohmann::json;

namespace {

/// A device with one slot, and a patch for it.
struct Bench {
  TemporaryFolder folder;
  std::string base = folder / "base.bin";
  std::string target = folder / "target.bin";
  std::string patch = folder / "update.tmd";
  std::string flash = folder / "flash.bin";
  std::string output = folder / "output.bin";

  Bench() {
    std::string bytes = noise(30000, 1);
    put_contents(base, bytes);
    for (std::size_t at = 100; at + 1000 < bytes.size(); at += 7000) bytes.replace(at, 900, noise(900, 2));
    put_contents(target, bytes);
    REQUIRE(run_tmd({"diff", base, target, "-o", patch, "--in-place"}).status == 0);
  }
  Finished simulate(std::vector<std::string> more = {}) const {
    return run_tmd({"simulate", base, patch, "--flash", flash, "-o", output}, more);
  }
  bool has_target() const { return contents_of(output) == contents_of(target); }
};

}  // namespace

TEST_CASE("simulate takes patches that are applied in place, and says how long there is no model") {
  const Bench bench;
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
  const Bench bench;
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

TEST_CASE("what does not go together is said") {
  const Bench bench;
  const Finished blocks = bench.simulate({"--erase-size", "1024"});
  CHECK(blocks.status == 2);
  CHECK(blocks.errors.find("--erase-size: the patch is for erase blocks of 4096 bytes") != std::string::npos);
  CHECK(bench.simulate({"--log"}).status == 2);
}
