// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/simulated_pair.hpp"

using namespace tmd;
using namespace tmd::test;
using nlohmann::json;

namespace {

struct Bench : SimulatedPair {
  json report(std::vector<std::string> more = {}) const {
    more.push_back("--json");
    const Finished finished = simulate(std::move(more));
    CAPTURE(finished.errors);
    REQUIRE(finished.status == 0);
    return json::parse(finished.output);
  }
};

}  // namespace

TEST_CASE("simulate streams a patch into flash, tries the model and keeps it") {
  const Bench bench;
  const json report = bench.report({"--mtu", "51"});
  CHECK(bench.has_target());
  CHECK(report["finished"] == true);
  CHECK(report["before"]["slot"] == "A");
  CHECK(report["trial"]["state"] == "on trial");
  CHECK(report["after"]["slot"] == "B");
  CHECK(report["after"]["state"] == "confirmed");
  CHECK(report["packets_sent"] == report["packets_needed"]);
  CHECK(report["programmed_bytes"].get<int>() >= 30000);
}

TEST_CASE("lost packets are sent again; the same seed loses the same ones") {
  const Bench bench;
  const json report = bench.report({"--mtu", "20", "--loss", "0.2", "--seed", "7"});
  CHECK(bench.has_target());
  CHECK(report["packets_lost"].get<int>() > 5);
  CHECK(report["packets_sent"].get<int>() > report["packets_needed"].get<int>());
  std::filesystem::remove(bench.flash);
  CHECK(bench.report({"--mtu", "20", "--loss", "0.2", "--seed", "7"}) == report);
  std::filesystem::remove(bench.flash);
  CHECK(bench.report({"--mtu", "20", "--loss", "0.2", "--seed", "8"}) != report);
}

TEST_CASE("the power is cut at any operation or share of the patch, and the update goes on") {
  for (const char* cut : {"1", "2", "3", "10", "33", "60", "1%", "50%", "99%"}) {
    CAPTURE(cut);
    const Bench bench;
    const json report = bench.report({"--cut-at", cut, "--erase-size", "1024", "--program-size", "8"});
    CHECK(bench.has_target());
    bool was_cut = false;
    for (const json& event : report["events"]) was_cut = was_cut || event["event"] == "power_cut";
    CHECK(was_cut);
  }
}

TEST_CASE("a slot's size is not chosen where a patch is applied in place") {
  const SimulatedPair bench({"--in-place"});
  const Finished finished = bench.simulate({"--slot-size", "4096"});
  CHECK(finished.status == 2);
  CHECK(finished.errors.find("--slot-size: not for a patch that is applied in place") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(bench.flash));
}

TEST_CASE("patches of format 1 are simulated too, over a bad link and with the power cut") {
  for (const char* cut : {"1", "10", "40", "50%"}) {
    CAPTURE(cut);
    const Bench bench;
    REQUIRE(run_tmd({"diff", bench.base, bench.target, "--format", "1", "-o", bench.patch}).status == 0);
    const json report =
        bench.report({"--loss", "0.1", "--cut-at", cut, "--mtu", "100", "--erase-size", "1024"});
    CHECK(bench.has_target());
    CHECK(report["packets_lost"].get<int>() > 0);
    bool was_cut = false;
    for (const json& event : report["events"]) was_cut = was_cut || event["event"] == "power_cut";
    CHECK(was_cut);
  }
}

TEST_CASE("options of format 1 that are not read are said to be that, not damage") {
  const Bench bench;
  REQUIRE(run_tmd({"diff", bench.base, bench.target, "--format", "1", "-o", bench.patch}).status == 0);
  const std::string good = contents_of(bench.patch);
  constexpr std::size_t kDigestKind = 1, kFlags = 78, kMetadataSize = 76;
  const auto metadata = static_cast<unsigned char>(good[kMetadataSize]) +
                        256U * static_cast<unsigned char>(good[kMetadataSize + 1]);
  const std::size_t encoding = 80 + metadata + 6;
  for (const auto& [at, value] : {std::pair(kDigestKind, 3), std::pair(kFlags, 1), std::pair(encoding, 2)}) {
    std::string other = good;
    other[at] = static_cast<char>(value);
    put_contents(bench.patch, other);
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {"inspect", bench.patch}, {"apply", bench.base, bench.patch, "-o", bench.output}}) {
      const Finished finished = run_tmd(arguments);
      CHECK(finished.status == 3);
      CHECK(finished.errors.find("made with an option that this does not read; make it without") !=
            std::string::npos);
    }
  }
}

TEST_CASE("an image is never half a one: a model that does not fit leaves no file") {
  const Bench bench;
  CHECK(bench.simulate({"--slot-size", "4096"}).status == 3);
  CHECK_FALSE(std::filesystem::exists(bench.flash));
}

TEST_CASE("an output that cannot be written is said before the image is made") {
  const Bench bench;
  const Finished refused = run_tmd(
      {"simulate", bench.base, bench.patch, "--flash", bench.flash, "-o", bench.folder / "none/model"});
  CHECK(refused.status == 3);
  CHECK_FALSE(std::filesystem::exists(bench.flash));
}

TEST_CASE("an update that one process left unfinished, another takes up") {
  const Bench bench;
  const json first = bench.report({"--cut-at", "60%", "--stop-at-cut"});
  CHECK(first["finished"] == false);
  CHECK_FALSE(std::filesystem::exists(bench.output));
  const json second = bench.report();
  CHECK(second["events"][0]["event"] == "resumed");
  CHECK(second["events"][0]["patch_offset"].get<int>() > 0);
  CHECK(second["packets_sent"].get<int>() < second["packets_needed"].get<int>());
  CHECK(bench.has_target());
}

TEST_CASE("an image that holds another model, or has another size, is refused by name") {
  const Bench bench;
  REQUIRE(bench.simulate().status == 0);
  const Finished again = bench.simulate();
  CHECK(again.status == 3);
  CHECK(again.errors.find("holds another model than") != std::string::npos);
  const Finished other = bench.simulate({"--slot-size", "65536"});
  CHECK(other.status == 3);
  CHECK(other.errors.find("flash.bin is a flash image of") != std::string::npos);
  for (const auto& wrong : std::vector<std::vector<std::string>>{{"--program-size", "3"},
                                                                 {"--erase-size", "0"},
                                                                 {"--slot-size", "100000"},
                                                                 {"--slot-size", "4294967295"},
                                                                 {"--loss", "1"},
                                                                 {"--cut-at", "soon"},
                                                                 {"--cut-at", "0"},
                                                                 {"--cut-at", "101%"},
                                                                 {"--mtu", "0"}}) {
    CAPTURE(wrong.front());
    CHECK(bench.simulate(wrong).status == 2);
  }
}

TEST_CASE("--log prints what happened to the device's models, over several runs and a power cut") {
  const Bench bench;
  const Finished cut = bench.simulate({"--log", "--cut-at", "50%", "--stop-at-cut"});
  REQUIRE(cut.status == 0);
  CHECK(cut.output.find("log ") == std::string::npos);  // the image stays as the cut left it
  const json log = bench.report({"--log"})["log"];
  CHECK(log["whole"] == true);
  CHECK(log["dropped"] == 0);
  std::vector<std::string> events;
  for (const json& entry : log["entries"]) events.push_back(entry["event"]);
  CHECK(events == std::vector<std::string>{"activated", "update begun", "activated", "confirmed"});
  CHECK(log["entries"][3]["time"].get<std::uint64_t>() > 1'700'000'000);
  CHECK(log["chain"] == log["entries"][3]["chain"]);

  // The way back, and a patch that is refused.
  const std::string back = bench.folder / "back.tmd";
  REQUIRE(run_tmd({"diff", bench.target, bench.base, "-o", back}).status == 0);
  const Finished reverse = run_tmd({"simulate", bench.target, back, "--flash", bench.flash, "--log"});
  CHECK(reverse.status == 0);
  CHECK(reverse.output.find("log        7 entries, 0 dropped before them; chain ") != std::string::npos);
  CHECK(reverse.output.find(", without a gap\n       1   20") != std::string::npos);
  const Finished refused = run_tmd({"simulate", bench.base, back, "--flash", bench.flash, "--log"});
  CHECK(refused.status == 3);
  CHECK(refused.output.find("update refused") != std::string::npos);
  CHECK(refused.output.find("counter 0: the active model is not the patch's base") != std::string::npos);
}

TEST_CASE("an image with a log and one without are not taken for each other") {
  const Bench bench;
  REQUIRE(bench.simulate().status == 0);
  CHECK(bench.simulate({"--log"}).status == 3);
}

TEST_CASE("a manifest that the library's default does not take is simulated, and said") {
  for (const char* how : {"--digest=sha256", "--in-place"}) {
    CAPTURE(how);
    const Bench bench;
    CHECK(bench.simulate().output.find("kManifestSize") == std::string::npos);
    const std::string input = bench.folder / "input.bin";
    put_contents(input, noise(900, 3));
    REQUIRE(run_tmd({"diff", "--quick", bench.base, bench.target, "-o", bench.patch, "--self-test", input,
                     "--expect-crc32", "12345678", how})
                .status == 0);
    std::filesystem::remove(bench.flash);
    const std::string said = bench.simulate().output;
    CHECK(bench.has_target());
    std::filesystem::remove(bench.flash);
    const std::string bytes = std::to_string(bench.report()["manifest_bytes"].get<int>());
    CHECK(said.find("\nmanifest   " + bytes + " bytes: for firmware whose kManifestSize is at least " +
                    bytes + " (by default 768)\n") != std::string::npos);
  }
}

TEST_CASE("a manifest that no firmware takes is refused with what to make shorter") {
  const Bench bench;
  const std::string input = bench.folder / "input.bin";
  put_contents(input, noise(60000, 3));
  const Finished finished =
      run_tmd({"diff", "--quick", bench.base, bench.target, "-o", bench.folder / "long.tmd", "--self-test",
               input, "--expect-crc32", "12345678"});
  CHECK(finished.status == 3);
  CHECK(finished.errors.find("57,344 bytes: make the patch with less in it") != std::string::npos);
}

TEST_CASE("a seed without a loss, and a packet to lose behind the last one, would change nothing") {
  const Bench bench;
  for (const std::vector<std::string>& idle :
       std::vector<std::vector<std::string>>{{"--seed", "7"}, {"--lose-at", "999999"}}) {
    CAPTURE(idle.front());
    const Finished finished = bench.simulate(idle);
    CHECK(finished.status == 2);
    CHECK(finished.errors.starts_with("tmd: error: " + idle.front()));
    CHECK_FALSE(std::filesystem::exists(bench.flash));
  }
  const json report = bench.report({"--mtu", "100", "--lose-at", "100"});
  CHECK(report["packets_lost"] == 1);
}
