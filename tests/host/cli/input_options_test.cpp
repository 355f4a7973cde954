// SPDX-License-Identifier: Apache-2.0
// Models in their wrappings are recognised by every command that takes one.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/made_model.hpp"
#include "support/program.hpp"

using namespace tmd::test;
using nlohmann::json;

namespace {

std::string c_array(const std::string& name, const std::vector<std::uint8_t>& bytes) {
  std::string text = "alignas(16) const unsigned char " + name + "[] = {";
  for (const std::uint8_t byte : bytes) text += std::to_string(byte) + ", ";
  return text + "};\nconst unsigned int " + name + "_len = " + std::to_string(bytes.size()) + ";\n";
}

/// A small classifier and its next version, as a C source and as an Edge Impulse export.
struct Wrapped {
  TemporaryFolder folder;
  std::vector<std::uint8_t> old_model = small_classifier().file();
  std::vector<std::uint8_t> new_model = changed();
  std::string base = folder / "model.cc";
  std::string target = folder / "export";
  std::string patch = folder / "update.tmd";
  std::string output = folder / "output.bin";

  Wrapped() {
    put_contents(base, c_array("g_model", old_model));
    const std::filesystem::path root = target;
    std::filesystem::create_directories(root / "tflite-model");
    std::filesystem::create_directories(root / "model-parameters");
    put_contents(root / "tflite-model" / "tflite_learn_5.h", c_array("tflite_learn_5", new_model));
    put_contents(root / "model-parameters" / "model_metadata.h",
                 "#define EI_CLASSIFIER_PROJECT_ID 4711\n"
                 "#define EI_CLASSIFIER_PROJECT_DEPLOY_VERSION 12\n"
                 "#define EI_CLASSIFIER_TFLITE_LARGEST_ARENA_SIZE 3210\n");
  }
  static std::vector<std::uint8_t> changed() {
    ModelMaker maker = small_classifier();
    maker.model.buffers[1]->data[3] = 77;
    return maker.file();
  }
  std::string arena_of_patch() const {
    const json inspected = json::parse(run_tmd({"inspect", patch, "--json"}).output);
    for (const json& entry : inspected["entries"]) {
      if (entry["name"] == "arena") return entry["value"];
    }
    return "none";
  }
};

void check_success(const Finished& finished) {
  CAPTURE(finished.errors);
  CHECK(finished.status == 0);
}

}  // namespace

TEST_CASE("diff, apply, verify and simulate take C arrays and Edge Impulse exports for models") {
  const Wrapped wrapped;
  check_success(run_tmd({"diff", wrapped.base, wrapped.target, "-o", wrapped.patch}));
  check_success(run_tmd({"apply", wrapped.base, wrapped.patch, "-o", wrapped.output}));
  CHECK(contents_of(wrapped.output) == std::string(wrapped.new_model.begin(), wrapped.new_model.end()));
  check_success(run_tmd({"verify", wrapped.patch, "--base", wrapped.base, "--target", wrapped.target}));
  check_success(run_tmd({"simulate", wrapped.base, wrapped.patch, "--flash", wrapped.folder / "flash.bin",
                         "-o", wrapped.output}));
  CHECK(contents_of(wrapped.output) == std::string(wrapped.new_model.begin(), wrapped.new_model.end()));
}

TEST_CASE("the arena that Edge Impulse measured goes into the patch, unless a person knows better") {
  const Wrapped wrapped;
  check_success(run_tmd({"diff", wrapped.base, wrapped.target, "-o", wrapped.patch}));
  CHECK(wrapped.arena_of_patch() == "3210");
  check_success(run_tmd({"diff", wrapped.base, wrapped.target, "-o", wrapped.patch, "--arena-factor", "2"}));
  CHECK(wrapped.arena_of_patch() == "6420");
  check_success(run_tmd({"diff", wrapped.base, wrapped.target, "-o", wrapped.patch, "--arena", "999"}));
  CHECK(wrapped.arena_of_patch() == "999");
  // Nothing is computed that could be multiplied.
  CHECK(run_tmd({"diff", wrapped.base, wrapped.target, "-o", wrapped.patch, "--arena", "9", "--arena-factor",
                 "2"})
            .status == 2);
  // It would count as not given.
  CHECK(run_tmd({"diff", wrapped.base, wrapped.target, "-o", wrapped.patch, "--arena", "0"}).status == 2);
  const std::string header = wrapped.folder / "limits.hpp";
  check_success(run_tmd({"limits", wrapped.target, "-o", header}));
  CHECK(contents_of(header).find("kArenaBytes = 3210;") != std::string::npos);
  check_success(run_tmd({"check", wrapped.target, wrapped.target}));
}

TEST_CASE("--raw takes a wrapping for the model itself") {
  const Wrapped wrapped;
  const std::string as_text = wrapped.folder / "other.cc";
  put_contents(as_text, contents_of(wrapped.base) + "// and more\n");
  check_success(run_tmd({"diff", wrapped.base, as_text, "-o", wrapped.patch, "--raw"}));
  check_success(run_tmd({"apply", wrapped.base, wrapped.patch, "-o", wrapped.output, "--raw"}));
  CHECK(contents_of(wrapped.output) == contents_of(as_text));
  CHECK(run_tmd({"apply", wrapped.base, wrapped.patch, "-o", wrapped.output}).status == 3);
}

TEST_CASE("a part is not asked for where no file has any") {
  const Wrapped wrapped;
  const std::string plain = wrapped.folder / "plain.tflite", output = wrapped.folder / "output.hpp";
  put_contents(plain, std::string(wrapped.old_model.begin(), wrapped.old_model.end()));
  check_success(run_tmd({"diff", plain, wrapped.target, "-o", wrapped.patch}));
  std::filesystem::create_directory(wrapped.folder / "models");
  put_contents(wrapped.folder / "models/gesture-1.0.0.tflite", contents_of(plain));
  const std::vector<std::vector<std::string>> commands = {
      {"diff", plain, plain, "-o", output},
      {"report", plain, plain, "-o", output},
      {"check", plain, plain},
      {"check", plain, "--production"},
      {"apply", plain, wrapped.patch, "-o", output},
      {"simulate", plain, wrapped.patch, "--flash", output},
      {"verify", wrapped.patch, "--base", plain},
      {"factory", plain, "-o", output},
      {"limits", plain, plain, "-o", output},
      {"run", plain},
      {"self-test", plain, "-o", output},
      {"plan", wrapped.folder / "models", "--device", plain}};
  for (const std::vector<std::string>& command : commands) {
    CAPTURE(command.front());
    for (const char* option : {"--section", "--symbol", "--code", "--may-differ"}) {
      const Finished refused = run_tmd(command, {option, "model"});
      CHECK(refused.status == 3);
      CHECK(refused.errors.find(std::string(".tflite is a TFLite model, for which ") + option +
                                " means nothing: leave it out") != std::string::npos);
    }
  }
  CHECK_FALSE(std::filesystem::exists(output));
  // One file that has parts is enough; a C source has arrays and no sections.
  check_success(run_tmd({"diff", wrapped.base, plain, "-o", wrapped.patch, "--symbol", "g_model"}));
  CHECK(run_tmd({"factory", wrapped.base, "-o", output, "--section", ".model"})
            .errors.find("model.cc is a C array, for which --section means nothing") != std::string::npos);
}

TEST_CASE("a wrong file beside a model is found before a patch is made, for one base and for many") {
  const Wrapped wrapped;
  const std::string other = wrapped.folder / "model.onnx", bases = wrapped.folder / "bases";
  put_contents(other,
               std::string("\x08\x07\x12\x07pytorch\x1A\x05\x32\x2E\x30", 17) + std::string(300, '\x81'));
  std::filesystem::create_directories(bases);
  put_contents(bases + "/old.tflite", std::string(wrapped.old_model.begin(), wrapped.old_model.end()));
  for (const Finished& finished : {run_tmd({"diff", wrapped.base, other, "-o", wrapped.patch}),
                                   run_tmd({"diff", "--bases", bases, other, "-o", wrapped.patch}),
                                   run_tmd({"report", wrapped.base, other, "-o", wrapped.patch})}) {
    CHECK(finished.status == 3);
    CHECK(finished.errors.find("model.onnx is none: give two of a kind") != std::string::npos);
  }
  CHECK_FALSE(std::filesystem::exists(wrapped.patch));
}
