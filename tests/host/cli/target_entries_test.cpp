// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "support/checked_models.hpp"

using namespace tmd;
using namespace tmd::test;
using nlohmann::json;

TEST_CASE("a target that cannot be read is an error, unless nothing shall be said about it") {
  const CheckedModels models;
  std::string damaged = contents_of(models / "base.tflite");
  damaged[0] = static_cast<char>(damaged[0] ^ 0x40);
  put_contents(models / "damaged.tflite", damaged);
  const auto diff = [&](const std::vector<std::string>& more) {
    return run_tmd({"diff", models / "base.tflite", models / "damaged.tflite", "-o", models / "p.tmd"}, more);
  };
  const Finished refused = diff({});
  CHECK(refused.status == 3);
  CHECK(is_one_error_line(refused.errors));
  CHECK(refused.errors.find("damaged.tflite: ") != std::string::npos);
  CHECK(refused.errors.find("--no-meta") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(models / "p.tmd"));
  CHECK(diff({"--no-meta"}).status == 0);
  CHECK(diff({"--raw"}).status == 0);
  // The base may be anything: devices have it already.
  CHECK(run_tmd({"diff", models / "damaged.tflite", models / "base.tflite", "-o", models / "p.tmd"}).status ==
        0);
}

TEST_CASE("what diff makes by itself is what plan and report reckon with") {
  const CheckedModels models;
  const std::string older = models / "step-1.0.0.tflite", newer = models / "step-1.1.0.tflite",
                    folder = models / "steps";
  std::filesystem::create_directory(folder);
  for (const auto& [from, to] : {std::pair("base.tflite", older), std::pair("operator.tflite", newer)}) {
    put_contents(to, contents_of(models / from));
    std::filesystem::copy_file(to, folder / std::filesystem::path(to).filename());
  }
  REQUIRE(run_tmd({"diff", older, newer, "-o", models / "p.tmd"}).status == 0);
  const auto bytes = std::filesystem::file_size(models / "p.tmd");
  const Finished plan = run_tmd({"plan", folder, "--device", "1.0.0", "--json"});
  REQUIRE(plan.status == 0);
  CHECK(json::parse(plan.output)["direct"]["bytes"] == bytes);
  REQUIRE(run_tmd({"report", older, newer, "-o", models / "page.html"}).status == 0);
  CHECK(contents_of(models / "page.html").find("<dt>Patch</dt><dd>" + std::to_string(bytes) + " bytes") !=
        std::string::npos);
}

TEST_CASE("a patch says what its target needs, unless it is told not to") {
  const CheckedModels models;
  const auto entries = [&](const std::vector<std::string>& more) {
    REQUIRE(
        run_tmd({"diff", models / "base.tflite", models / "operator.tflite", "-o", models / "p.tmd"}, more)
            .status == 0);
    std::string text;
    const auto answer = nlohmann::json::parse(run_tmd({"inspect", models / "p.tmd", "--json"}).output);
    for (const auto& entry : answer["entries"])
      text += entry["name"].get<std::string>() + "=" + entry["value"].get<std::string>() + "\n";
    return text;
  };
  const std::string plain = entries({});
  CAPTURE(plain);
  CHECK(plain.find(
            "operators=FULLY_CONNECTED v4 (int8 data, per-channel weights), LOGISTIC v1, SOFTMAX v2\n") !=
        std::string::npos);
  const std::string given = entries({"--arena", "4320"});
  CAPTURE(given);
  CHECK(given.find("arena=4320\n") != std::string::npos);
  // What would read as an estimate with unknown kernels is one byte more.
  CHECK(entries({"--arena", "4321"}).find("arena=4322\n") != std::string::npos);
  // Arm's kernels keep a sum of the weights of each output, and larger structures: three times 32 bytes.
  const auto arena_with = [&](const char* kernels) {
    const std::string text = entries({"--kernels", kernels});
    return std::stoul(text.substr(text.find("arena=") + 6));
  };
  CHECK(arena_with("cmsis-nn") > arena_with("reference") + 2 * 32);
  CHECK(entries({"--meta", "arena=99"}).find("arena=99\n") != std::string::npos);
  CHECK(entries({"--no-meta"}).empty());
}
