// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "support/made_model.hpp"
#include "support/program.hpp"

using namespace tmd;
using test::contents_of;
using test::put_contents;
using test::run_tmd;
using test::TemporaryFolder;

namespace {

/// A folder with base.tflite and three targets.
struct Models : TemporaryFolder {
  Models() {
    put("base.tflite", test::small_classifier());
    test::ModelMaker weights = test::small_classifier();
    weights.model.buffers[1]->data[0] = 77;
    put("weights.tflite", weights);
    test::ModelMaker scaled = test::small_classifier();
    scaled.tensor_at(0).quantization->scale[0] = 0.25F;
    put("scaled.tflite", scaled);
    test::ModelMaker larger = test::small_classifier();
    larger.add(test::BuiltinOperator::LOGISTIC, 1, {4}, {4});
    put("operator.tflite", larger);
  }
  void put(const std::string& name, const test::ModelMaker& maker) {
    const std::vector<std::uint8_t> file = maker.file();
    put_contents(path() / name, std::string(file.begin(), file.end()));
  }
};

}  // namespace

TEST_CASE("check answers with its exit status, for CI") {
  const Models models;
  const auto patch = run_tmd({"check", models / "base.tflite", models / "weights.tflite"});
  CHECK(patch.status == 0);
  CHECK(patch.output.starts_with("patch: "));
  CHECK(patch.output.find("1 of 24 bytes of weights differ") != std::string::npos);
  const auto firmware = run_tmd({"check", models / "base.tflite", models / "operator.tflite"});
  CHECK(firmware.status == 1);
  CHECK(firmware.errors.empty());
  CHECK(firmware.output.starts_with("firmware: "));
  CHECK(firmware.output.find("new operator LOGISTIC") != std::string::npos);
}

TEST_CASE("check prints JSON for programs") {
  const Models models;
  const auto json = nlohmann::json::parse(
      run_tmd({"check", models / "base.tflite", models / "operator.tflite", "--json"}).output);
  CHECK(json["verdict"] == "firmware");
  CHECK(json["reasons"][0]["kind"] == "new-operator");
  CHECK(json["reasons"][0]["verdict"] == "firmware");
}

TEST_CASE("limits writes a header that check holds a target against") {
  const Models models;
  const std::string header = models / "limits.hpp";
  REQUIRE(run_tmd({"limits", models / "operator.tflite", "-o", header, "--allow-relaxed", "--name", "Mine"})
              .status == 0);
  CHECK(contents_of(header).find("struct Mine : tmd::FirmwareStatement") != std::string::npos);
  const std::string base = models / "base.tflite";
  CHECK(run_tmd({"check", base, models / "operator.tflite", "--limits", header}).status == 0);
  CHECK(run_tmd({"check", base, models / "scaled.tflite", "--limits", header}).status == 0);
  CHECK(run_tmd({"check", base, models / "scaled.tflite", "--limits", header, "--strict"}).status == 1);
  REQUIRE(run_tmd({"limits", base, "-o", header}).status == 0);
  CHECK(run_tmd({"check", base, models / "scaled.tflite", "--limits", header}).status == 1);
}

TEST_CASE("a file that is no model is one line on standard error") {
  const Models models;
  put_contents(models / "text", "hello");
  for (const auto& arguments : {std::vector<std::string>{"check", models / "text", models / "base.tflite"},
                                {"limits", models / "text", "-o", models / "limits.hpp"}}) {
    const auto finished = run_tmd(arguments);
    CHECK(finished.status == 1);
    CHECK(test::is_one_error_line(finished.errors));
    CHECK(finished.errors.find("text") != std::string::npos);
  }
  CHECK_FALSE(std::filesystem::exists(models / "limits.hpp"));
}

TEST_CASE("a patch says what its target needs, unless it is told not to") {
  const Models models;
  const auto entries = [&](const std::vector<std::string>& more) {
    REQUIRE(
        run_tmd({"diff", models / "base.tflite", models / "operator.tflite", "-o", models / "p.tmd"}, more)
            .status == 0);
    std::string text;
    const auto json = nlohmann::json::parse(run_tmd({"inspect", models / "p.tmd", "--json"}).output);
    for (const auto& entry : json["entries"])
      text += entry["name"].get<std::string>() + "=" + entry["value"].get<std::string>() + "\n";
    return text;
  };
  CHECK(entries({}).find("operators=FULLY_CONNECTED v4, LOGISTIC v1, SOFTMAX v2\n") != std::string::npos);
  CHECK(entries({"--arena", "4321"}).find("arena=4321\n") != std::string::npos);
  CHECK(entries({"--meta", "arena=99"}).find("arena=99\n") != std::string::npos);
  CHECK(entries({"--no-meta"}).empty());
}

TEST_CASE("a C array and the file that it was made from are the same model") {
  const Models models;
  const std::string file = contents_of(models / "weights.tflite");
  std::string source = "const unsigned char g_model[] = {";
  for (const char byte : file) source += std::to_string(static_cast<unsigned char>(byte)) + ",";
  put_contents(models / "model.cc", source + "};\n");
  REQUIRE(run_tmd({"diff", models / "base.tflite", models / "model.cc", "-o", models / "p.tmd"}).status == 0);
  REQUIRE(run_tmd({"apply", models / "base.tflite", models / "p.tmd", "-o", models / "out"}).status == 0);
  CHECK(contents_of(models / "out") == file);
}
