// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "support/checked_models.hpp"

using namespace tmd;
using namespace tmd::test;
using nlohmann::json;

namespace {

/// The small classifier, its weights moved a little, and inputs for both.
struct SlimModels : CheckedModels {
  SlimModels() {
    ModelMaker moved = small_classifier();
    for (std::size_t i = 0; i < moved.model.buffers[1]->data.size(); ++i)
      moved.model.buffers[1]->data[i] = static_cast<std::uint8_t>(moved.model.buffers[1]->data[i] + i % 3);
    put("moved.tflite", moved);
    std::filesystem::create_directory(path() / "inputs");
    put_contents(*this / "inputs/all", noise(4 * 40, 3));
  }
};

}  // namespace

TEST_CASE("slim writes a model, tells agreement and leaves the verdict to the user") {
  const SlimModels models;
  const auto done = run_tmd({"slim", models / "base.tflite", models / "moved.tflite", "-o",
                             models / "slim.tflite", "--data", models / "inputs", "--agree", "0.9"});
  CHECK(done.status == 0);
  CHECK(done.output.find("agreement with the target: ") != std::string::npos);
  CHECK(done.output.find("of 40 given inputs") != std::string::npos);
  CHECK(done.output.find("This is agreement, not accuracy") != std::string::npos);
  CHECK(contents_of(models / "slim.tflite").size() == contents_of(models / "base.tflite").size());
  CHECK(run_tmd({"check", models / "base.tflite", models / "slim.tflite"}).status == 0);
}

TEST_CASE("agreement on a few inputs means little, and slim and compare say so") {
  const SlimModels models;
  for (const std::string command : {"slim", "compare"}) {
    const auto said_with = [&](std::size_t inputs) {
      put_contents(models / "inputs/all", noise(4 * inputs, 3));
      const auto done = run_tmd({command, models / "base.tflite", models / "moved.tflite", "--data",
                                 models / "inputs", command == "slim" ? "--agree" : "--min-agreement", "0"});
      CHECK(done.status == 0);
      return done.output;
    };
    CHECK(said_with(1).find("on so few inputs means little, one of them is 100 %") != std::string::npos);
    CHECK(said_with(31).find("on so few inputs means little, one of them is 3 %") != std::string::npos);
    CHECK(said_with(32).find("so few inputs") == std::string::npos);
  }
}

TEST_CASE("what needs no other quantisation is on the base's") {
  const SlimModels models;
  const auto moved = run_tmd(
      {"slim", models / "base.tflite", models / "moved.tflite", "--data", models / "inputs", "--agree", "0"});
  CHECK(moved.output.find("activations: on the base's quantisation") != std::string::npos);
}

TEST_CASE("the whole trade-off is a table, JSON and a picture") {
  const SlimModels models;
  const std::vector<std::string> command = {"slim",
                                            models / "base.tflite",
                                            models / "moved.tflite",
                                            "-o",
                                            models / "slim.tflite",
                                            "--curve",
                                            "--agree",
                                            "0"};
  const auto done = run_tmd(command);
  REQUIRE(done.status == 0);
  const std::string table = contents_of(models / "slim.curve.txt");
  CHECK(done.output.starts_with(table));
  CHECK(table.find("<- chosen") != table.npos);
  const json curve = json::parse(contents_of(models / "slim.curve.json"));
  CHECK(curve["curve"].size() >= 2);
  CHECK(curve["samples_are_generated"] == true);
  CHECK(contents_of(models / "slim.curve.svg").starts_with("<svg "));
  const auto as_json = run_tmd(command, {"--json"});
  CHECK(json::parse(as_json.output) == curve);
}

TEST_CASE("each point of the trade-off can be had as a model, in the curve's order") {
  const SlimModels models;
  const auto done = run_tmd({"slim", models / "base.tflite", models / "moved.tflite", "--data",
                             models / "inputs", "--agree", "0", "--points", models / "new/points", "--json"});
  REQUIRE(done.status == 0);
  const std::size_t count = json::parse(done.output)["curve"].size();
  REQUIRE(count >= 2);
  for (std::size_t i = 1; i <= count; ++i) {
    const std::string point = models / ("new/points/" + std::to_string(i) + ".tflite");
    CHECK(run_tmd({"check", models / "base.tflite", point}).status == 0);
  }
  const std::filesystem::path folder = models / "new/points";
  CHECK(std::distance(std::filesystem::directory_iterator(folder), {}) == static_cast<std::ptrdiff_t>(count));
  const auto no_folder = run_tmd({"slim", models / "base.tflite", models / "moved.tflite", "--agree", "0",
                                  "--points", models / "operator.tflite"});
  CHECK(no_folder.status == 3);
  CHECK(no_folder.errors.find("operator.tflite") != no_folder.errors.npos);
}

TEST_CASE("a command of the user's can run the models") {
  const SlimModels models;
  put_contents(models / "inputs/all", noise(4 * 8, 3));  // each of them starts a program for each model
  // It answers with the model's weights: their places are those of the base's file.
  const std::string weights = contents_of(models / "base.tflite");
  const std::string first = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const std::string at = std::to_string(weights.find(first));
  const auto slim = [&](const std::string& command) {
    return run_tmd({"slim", models / "base.tflite", models / "moved.tflite", "-o", models / "slim.tflite",
                    "--data", models / "inputs", "--run", command, "--agree", "1", "--json"});
  };
  const auto done = slim("sh -c 'od -An -td1 -j " + at + " -N 12 {model}; : {input}'");
  REQUIRE(done.status == 0);
  CHECK(json::parse(done.output)["samples"] == 8);
  const auto failed = slim("sh -c 'exit 4; : {model} {input}'");
  CHECK(failed.status == 3);
  CHECK(failed.errors.find("status 4") != std::string::npos);
  CHECK(run_tmd({"slim", models / "base.tflite", models / "moved.tflite", "--run", "x {model} {input}"})
            .status == 2);
}

TEST_CASE("what cannot be done is said") {
  const SlimModels models;
  const auto other = run_tmd({"slim", models / "base.tflite", models / "operator.tflite"});
  CHECK(other.status == 3);
  CHECK(other.errors.find("operator.tflite: base and target are not the same graph") != std::string::npos);
  const auto few = run_tmd({"slim", models / "base.tflite", models / "moved.tflite", "--bytes", "1"});
  CHECK(few.status == 3);
  CHECK(few.errors.find("nothing within 1 bytes") != std::string::npos);
}

TEST_CASE("a folder for the points that takes no files is said before the search") {
  const SlimModels models;
  const auto refused = run_tmd(
      {"slim", models / "base.tflite", models / "moved.tflite", "--points", "/proc/self", "--bytes", "1"});
  CHECK(refused.status == 3);
  CHECK(refused.errors.find("1.tflite") != std::string::npos);
}

TEST_CASE("where the curve's files can't lie beside the slim model is said before the search") {
  const SlimModels models;
  const auto slim = [&](const std::string& output) {
    return run_tmd(
        {"slim", models / "base.tflite", models / "moved.tflite", "-o", output, "--curve", "--bytes", "1"});
  };
  const auto no_file = slim("/dev/null");
  CHECK(no_file.status == 2);
  CHECK(no_file.errors.find("/dev/null is no file, and the curve's files go beside one") !=
        std::string::npos);
  std::filesystem::create_directory(models / "slim.curve.svg");
  const auto taken = slim(models / "slim.tflite");
  CHECK(taken.status == 3);
  CHECK(taken.errors.find("slim.curve.svg") != std::string::npos);
}

TEST_CASE("inputs that the base answers as the target does are said to tell nothing") {
  SlimModels models;
  ModelMaker other = small_classifier();
  std::reverse(other.model.buffers[1]->data.begin(), other.model.buffers[1]->data.end());
  models.put("other.tflite", other);
  ModelMaker nudged = small_classifier();
  ++nudged.model.buffers[1]->data[0];
  models.put("nudged.tflite", nudged);
  const auto slim = [&](const char* target, std::vector<std::string> more = {}) {
    return run_tmd(
               {"slim", models / "base.tflite", models / target, "--data", models / "inputs", "--agree", "0"},
               more)
        .output;
  };
  const std::string warning = ": these inputs can't tell an update from none\n";
  CHECK(slim("nudged.tflite").find("the base agrees on 40 of them already" + warning) != std::string::npos);
  CHECK(slim("other.tflite").find(warning) == std::string::npos);
  CHECK(json::parse(slim("other.tflite", {"--json"}))["base_agrees"] < 40);
}

TEST_CASE("where the target is the base there is nothing to search for, and it is written as it is") {
  const SlimModels models;
  const std::string copy = models / "copy.tflite";
  const std::string base = contents_of(models / "base.tflite");
  put_contents(copy, base);
  // A command that fails: no model is run.
  const std::vector<std::string> runner = {"--run", "false {model} {input}", "--data", models / "inputs"};
  for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{
           {}, {"--data", models / "inputs"}, {"--bytes", "100"}, {"--agree", "1"}, {"--curve"}, runner}) {
    const auto done = run_tmd({"slim", models / "base.tflite", copy, "-o", models / "slim.tflite"}, more);
    CHECK(done.status == 0);
    CHECK(done.output.find("nothing to slim: base and target are equal\n") != std::string::npos);
    CHECK(done.output.find("agreement with the target") == std::string::npos);
    CHECK(contents_of(models / "slim.tflite") == base);
  }
  const auto as_json =
      run_tmd({"slim", models / "base.tflite", copy, "--json", "--points", models / "points"});
  const json said = json::parse(as_json.output);
  CHECK(said["nothing_to_slim"] == true);
  CHECK(said["samples"] == 0);
  CHECK(said["curve"].size() == 1);
  CHECK(said["chosen"]["body_bytes"] == said["plain_body_bytes"]);
  CHECK(contents_of(models / "points/1.tflite") == base);
  const auto other =
      run_tmd({"slim", models / "base.tflite", models / "moved.tflite", "--json", "--agree", "0"});
  CHECK(json::parse(other.output)["nothing_to_slim"] == false);
}

TEST_CASE("weights that are used in several places are said to be left as they are") {
  const CheckedModels models;
  const auto two_layers = [](std::uint8_t weight) {
    ModelMaker maker;
    const int in = maker.tensor("in", TensorType::INT8, {1, 2}, 0.5F);
    const int kernel = maker.constant("twice", TensorType::INT8, {2, 2}, {weight, 2, 3, 4}, {0.5F});
    const int own = maker.constant("once", TensorType::INT8, {2, 2}, {weight, 6, 7, 8}, {0.5F});
    int before = in;
    for (const int weights : {kernel, kernel, own}) {
      const int after = maker.tensor("out", TensorType::INT8, {1, 2}, 0.5F);
      maker.add(BuiltinOperator::FULLY_CONNECTED, 4, {before, weights, -1}, {after},
                tflite::FullyConnectedOptionsT());
      before = after;
    }
    maker.inputs({in}).outputs({before});
    return maker;
  };
  models.put("from.tflite", two_layers(20));
  models.put("to.tflite", two_layers(30));
  const std::vector<std::string> slim = {"slim", models / "from.tflite", models / "to.tflite", "--agree",
                                         "0"};
  const Finished finished = run_tmd(slim);
  REQUIRE(finished.status == 0);
  CHECK(finished.output.find(
            "twice                                    as in the target: its weights are used in "
            "several places") != std::string::npos);
  CHECK(json::parse(run_tmd(slim, {"--json"}).output)["left_as_they_are"] == json{"twice"});
}
