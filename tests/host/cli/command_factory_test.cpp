// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "support/checked_models.hpp"
#include "tmd/factory.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

std::string digest_text(const std::string& bytes) {
  const Digest digest = digest_of(
      DigestKind::sha256, ConstBytes(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
  std::string text;
  for (const std::uint8_t byte : digest.view()) {
    const char digits[] = "0123456789abcdef";
    text += {digits[byte >> 4], digits[byte & 15]};
  }
  return text;
}

}  // namespace

TEST_CASE("factory writes a record, which the device reads, and says what is in it") {
  const CheckedModels models;
  const std::string model = contents_of(models / "base.tflite");
  const Finished ran = run_tmd(
      {"factory", models / "base.tflite", "-o", models / "f.bin", "--model-version", "3.1.0", "--json"});
  REQUIRE(ran.status == 0);
  const nlohmann::json said = nlohmann::json::parse(ran.output);
  CHECK(said["model_bytes"] == model.size());
  CHECK(said["version"] == nlohmann::json::array({3, 1, 0}));
  CHECK(said["digest"] == digest_text(model));
  const std::string record = contents_of(models / "f.bin");
  FactoryModel factory;
  REQUIRE(read_factory_record(ConstBytes(reinterpret_cast<const std::uint8_t*>(record.data()), record.size()),
                              factory) == Status::ok);
  CHECK(factory.length == model.size());
  CHECK(factory.version == ModelVersion{3, 1, 0});
  const Finished nothing = run_tmd({"factory", "/dev/null", "-o", models / "nothing.hpp"});
  CHECK(nothing.status == 3);
  CHECK(nothing.errors.find("/dev/null: this is empty, no model; ") != std::string::npos);
}

TEST_CASE(
    "a header and a C file from factory compile, and their array is the model, aligned, in its section") {
  const CheckedModels models;
  REQUIRE(run_tmd({"factory", models / "base.tflite", "-o", models / "factory.hpp", "--array", "slot_a",
                   "--align", "64"})
              .status == 0);
  REQUIRE(
      run_tmd({"factory", models / "base.tflite", "-o", models / "factory.c", "--array", "slot_c"}).status ==
      0);
  put_contents(
      models / "main.cpp",
      "#include \"factory.hpp\"\n#include <tmd/digest/digests.hpp>\n"
      "extern \"C\" { extern const std::uint32_t tmd_factory_length; extern const std::uint8_t "
      "tmd_factory_digest[32]; extern const std::uint8_t __start_slot_c[], __stop_slot_c[]; }\n"
      "int main() {\n"
      "  const tmd::FactoryModel factory = firmware::factory_model();\n"
      "  const tmd::ConstBytes model(firmware::factory_model_model);\n"
      "  const tmd::ConstBytes in_c(__start_slot_c, tmd_factory_length);\n"
      "  if (tmd::digest_of(tmd::DigestKind::sha256, model) != factory.digest) return 1;\n"
      "  if (factory.length != model.size() || tmd_factory_length != factory.length) return 2;\n"
      "  if (reinterpret_cast<std::uintptr_t>(model.data()) % 64 != 0) return 3;\n"
      "  if (!tmd::equal_bytes(in_c, model)) return 4;\n"
      "  return tmd::equal_bytes(factory.digest.view(), tmd::ConstBytes(tmd_factory_digest)) ? 0 : 5;\n"
      "}\n");
  const char* compiler = std::getenv("TMD_COMPILER");
  REQUIRE(compiler != nullptr);
  const Finished c = run_program({compiler, "-x", "c", "-std=c99", "-Wall", "-Wextra", "-Wpedantic",
                                  "-Werror", "-c", models / "factory.c", "-o", models / "factory.o"});
  CAPTURE(c.errors);
  REQUIRE(c.status == 0);
  for (const char* standard : {"-std=c++17", "-std=c++20"}) {
    const Finished compiled = run_program({compiler, standard, "-Wall", "-Wextra", "-Wpedantic", "-Werror",
                                           "-fno-exceptions", "-I", std::string(TMD_SOURCE_ROOT) + "/include",
                                           models / "main.cpp", models / "factory.o", "-o", models / "main"});
    CAPTURE(compiled.errors);
    REQUIRE(compiled.status == 0);
    CHECK(run_program({models / "main"}).status == 0);
  }
}

TEST_CASE("factory refuses what it cannot write") {
  const CheckedModels models;
  const std::string model = models / "base.tflite";
  CHECK(run_tmd({"factory", model, "-o", models / "f.txt"}).status == 2);
  CHECK(run_tmd({"factory", model, "-o", models / "f.bin", "--array", ".x"}).status == 2);
  CHECK(run_tmd({"factory", model, "-o", models / "f.bin", "--name", "shipped"}).status == 2);
  CHECK(run_tmd({"factory", model, "-o", models / "f.hpp", "--align", "64"}).status == 2);
  CHECK(run_tmd({"factory", model, "-o", models / "f.hpp", "--model-version", "1.2.3.4"}).status == 2);
  CHECK(run_tmd({"factory", model, "-o", models / "f.hpp", "--model-version", "1.x"}).status == 2);
  CHECK(run_tmd({"factory", model, "-o", models / "f.hpp", "--model-version", "70000"}).status == 2);
  CHECK(run_tmd({"factory", model, "-o", models / "f.hpp", "--array", "a\"b"}).status == 3);
  for (const char* name : {"class", "restrict", "_model", "model__2", "2model", "std", ""}) {
    CAPTURE(name);
    const Finished refused = run_tmd({"factory", model, "-o", models / "f.hpp", "--name", name});
    CHECK(refused.status == 2);
    CHECK(refused.errors.find("' is no name in C and C++") != std::string::npos);
  }
  CHECK_FALSE(std::filesystem::exists(models / "f.hpp"));
}
