// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/input_files.hpp"

using namespace tmd;
using namespace tmd::test;

TEST_CASE("an Edge Impulse export is read from its folder and from its archive") {
  const TemporaryFolder folder;
  make_export(folder, "tflite_learn_5.h", edge_impulse_header("tflite_learn_5", kModel), 0);
  const TemporaryFolder elsewhere;
  zip_folder(folder.path(), elsewhere / "export.zip");
  for (const std::filesystem::path& path : {folder.path(), std::filesystem::path(elsewhere / "export.zip")}) {
    const host::input::Input input = host::input::load_input(path);
    CHECK(input.kind == InputKind::edge_impulse);
    CHECK(input.bytes == kModel);
    CHECK(input.arena_bytes == 11496);
    REQUIRE(input.version.has_value());
    CHECK((*input.version)[0] == 7);
    REQUIRE(input.family.has_value());
    CHECK(((*input.family)[6] >> 4) == 8);  // a UUID of version 8
    CHECK(((*input.family)[8] >> 6) == 2);
  }
  const auto family = host::input::load_input(folder.path()).family;
  CHECK(family == host::input::load_input(elsewhere / "export.zip").family);
}

TEST_CASE("what an export compiles into the firmware must stay the same") {
  const TemporaryFolder before;
  const TemporaryFolder after;
  make_export(before, "tflite_learn_5.h", edge_impulse_header("tflite_learn_5", kModel), 0);
  make_export(after, "tflite_learn_5.h", edge_impulse_header("tflite_learn_5", kModel), 0);
  const auto variables = [](const TemporaryFolder& folder, const char* label, int frame) {
    put_contents(folder.path() / "model-parameters" / "model_variables.h",
                 fmt::format("const char* ei_classifier_inferencing_categories[] = {{ \"idle\", \"{}\" }};\n"
                             "ei_dsp_config_mfcc_t ei_dsp_config_3 = {{\n 3,\n {}\n}};\n",
                             label, frame));
  };
  variables(before, "wave", 20);
  const auto kinds = [&] {
    host::model::CheckReport report;
    host::input::add_compiled_in(report, host::input::load_input(before.path()),
                                 host::input::load_input(after.path()));
    std::string text;
    for (const host::model::Reason& reason : report.reasons) {
      CHECK(reason.kind == "compiled-in");
      text += reason.text.substr(0, reason.text.find(' ')) + ";";
    }
    CHECK((report.verdict == host::model::Verdict::patch) == text.empty());
    return text;
  };
  variables(after, "wave", 20);
  CHECK(kinds() == "");
  variables(after, "snake", 20);
  CHECK(kinds() == "ei_classifier_inferencing_categories;");
  variables(after, "wave", 25);
  CHECK(kinds() == "ei_dsp_config_3;");
  variables(after, "wave", 20);
  put_contents(after.path() / "model-parameters" / "model_metadata.h",
               "#define EI_CLASSIFIER_PROJECT_ID 999\n#define EI_CLASSIFIER_PROJECT_DEPLOY_VERSION 8\n"
               "#define EI_CLASSIFIER_COMPILED 0\n#define EI_CLASSIFIER_RAW_SAMPLE_COUNT 16000\n");
  CHECK(kinds() == "EI_CLASSIFIER_PROJECT_ID;EI_CLASSIFIER_RAW_SAMPLE_COUNT;");
}

TEST_CASE("the arena of newer exports stands beside the model's array") {
  const TemporaryFolder folder;
  make_export(folder, "tflite_learn_5.h",
              "#define EI_CLASSIFIER_TFLITE_LEARN_5_ARENA_SIZE     289580\n" +
                  edge_impulse_header("tflite_learn_5", kModel),
              0);
  put_contents(folder.path() / "model-parameters" / "model_metadata.h",
               "#define EI_CLASSIFIER_PROJECT_ID 42\n");
  CHECK(host::input::load_input(folder.path()).arena_bytes == 289580);
}

TEST_CASE("of two exports in one folder or archive neither is taken for the other") {
  const TemporaryFolder folder;
  const std::filesystem::path metadata = "model-parameters/model_metadata.h";
  for (const char* one : {"gestures", "sounds"}) {
    std::filesystem::create_directories(folder.path() / one / "model-parameters");
    std::filesystem::create_directories(folder.path() / one / "tflite-model");
    put_contents(folder.path() / one / metadata, "#define EI_CLASSIFIER_COMPILED 0\n");
    put_contents(folder.path() / one / "tflite-model" / "model.h", edge_impulse_header(one, kModel));
  }
  const std::string error = error_of(folder.path());
  CHECK(error.find("(gestures/model-parameters/model_metadata.h and sounds/model-parameters") != error.npos);
  CHECK(host::input::load_input(folder.path() / "sounds").bytes == kModel);
}

TEST_CASE("an export compiled with EON is explained and refused") {
  const TemporaryFolder folder;
  make_export(folder, "tflite_learn_5_compiled.cpp", "const ALIGN(16) int32_t tensor_data1[2] = { 1, 2, };\n",
              1);
  CHECK(contains(error_of(folder.path()), "compiled with EON"));
  CHECK(contains(error_of(folder.path()), "export again with the EON compiler switched off"));
}

TEST_CASE("folders and archives that are no export are refused") {
  const TemporaryFolder folder;
  CHECK(contains(error_of(folder.path()), "only Edge Impulse C++ library exports"));
  put_contents(folder / "model.tflite", "a model");
  CHECK(contains(error_of(folder.path()), "; give model.tflite out of it"));
  put_contents(folder / "saved_model.pb", "a graph");
  CHECK(contains(error_of(folder.path()), "looks like a TensorFlow SavedModel; convert it to .tflite first"));
  put_contents(folder / "broken.zip", std::string("PK\3\4") + "nothing more");
  CHECK(contains(error_of(folder / "broken.zip"), "not a sound .zip archive"));
}

TEST_CASE("an archive of which each member is small enough and all together are not is refused in time") {
  const TemporaryFolder folder;
  const std::string metadata = "#define EI_CLASSIFIER_PROJECT_ID 1";
  const Bytes zeros(64U << 20);
  const std::string archive = folder / "trap.zip";
  zip_t* zip = ::zip_open(archive.c_str(), ZIP_CREATE, nullptr);
  REQUIRE(zip != nullptr);
  ::zip_file_add(zip, "model-parameters/model_metadata.h",
                 ::zip_source_buffer(zip, metadata.data(), metadata.size(), 0), 0);
  for (const char* member : {"1", "2", "3", "4", "5"}) {
    const zip_int64_t index = ::zip_file_add(zip, ("tflite-model/" + std::string(member)).c_str(),
                                             ::zip_source_buffer(zip, zeros.data(), zeros.size(), 0), 0);
    REQUIRE(::zip_set_file_compression(zip, static_cast<zip_uint64_t>(index), ZIP_CM_DEFLATE, 1) == 0);
  }
  REQUIRE(::zip_close(zip) == 0);
  REQUIRE(std::filesystem::file_size(archive) < (4U << 20));
  CHECK(contains(error_of(archive), "the archive unpacks to more than 256 MiB, which is no model"));
}
