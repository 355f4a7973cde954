// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "support/checked_models.hpp"
#include "support/corpus.hpp"
#include "support/self_test_models.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("tmd run refuses what it cannot run by name") {
  const SelfTestModels models;
  put_contents(models.target, "no model");
  CHECK(run_tmd({"run", models.target}).status != 0);
  CHECK(run_tmd({"run", models.target, "--seed", "0"}).status == 2);
  CHECK(run_tmd({"run", models.target, "--seed", "3", "--input", models.input}).status == 2);
}

TEST_CASE("tmd run prints the answer, and --self-test-auto expects it of the device") {
  const std::filesystem::path corpus = corpus_folder();
  if (corpus.empty()) {
    MESSAGE("skipped: the corpus of published models is not beside the checkout");
    return;
  }
  const std::string model = (corpus / "models" / "micro_speech.v2.tflite").string();
  const auto run = run_tmd({"run", model, "--seed", "7", "--json", "--profile"});
  REQUIRE(run.status == 0);
  const nlohmann::json answer = nlohmann::json::parse(run.output);
  CHECK(answer["output"].size() == 4);
  CHECK(answer["macs"] == 336000);
  CHECK(run_tmd({"run", model, "--max-ms", "0.001"}).status == 1);
  CHECK(run_tmd({"run", model, "--max-ms", "100000"}).status == 0);

  const SelfTestModels models;
  const auto diff = run_tmd({"diff", "/dev/null", model, "-o", models.patch, "--quick", "--self-test-seed",
                             "7", "--self-test-auto"});
  CHECK(diff.status == 0);
  CHECK(run_tmd({"inspect", models.patch}).output.find("input generated from 7, output CRC-32") !=
        std::string::npos);
}

TEST_CASE("tmd run names the input that does not fit") {
  CheckedModels models;
  put_contents(models / "short.bin", "ab");
  const auto run = run_tmd({"run", models / "base.tflite", "--input", models / "short.bin"});
  CHECK(run.status == 3);
  CHECK(run.errors.find(models / "short.bin has 2 bytes and the input of " + models / "base.tflite") !=
        std::string::npos);
}

TEST_CASE("figures of a device are wrong usage where nothing is worked out from them") {
  const CheckedModels models;
  const auto run = [&](const std::vector<std::string>& more) {
    return run_tmd({"run", models / "base.tflite"}, more);
  };
  for (const std::string figure : {"--mhz", "--cycles-per-mac", "--cycles-per-element"}) {
    CAPTURE(figure);
    const Finished alone = run({figure, "1"});
    CHECK(alone.status == 2);
    CHECK(alone.errors.find(figure + ": only with one of --profile, --max-ms, --max-mw") !=
          std::string::npos);
    CHECK(run({figure, "1", "--profile"}).status == 0);
    CHECK(run({figure, "1", "--max-ms", "1e6"}).status == 0);
    CHECK(run({figure, "1", "--max-mw", "1e6"}).status == 0);
  }
  for (const std::string figure : {"--active-mw", "--idle-mw", "--period-ms"}) {
    CAPTURE(figure);
    const Finished timed = run({figure, "1", "--max-ms", "1e6"});
    CHECK(timed.status == 2);
    CHECK(timed.errors.find(figure + ": only with one of --profile, --max-mw") != std::string::npos);
    CHECK(run({figure, "1", "--profile"}).status == 0);
    CHECK(run({figure, "1", "--max-mw", "1e6"}).status == 0);
  }
}
