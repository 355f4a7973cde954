// SPDX-License-Identifier: Apache-2.0
// examples/class_names as a process: names of classes that come with two updates.
#include <doctest/doctest.h>

#include <cstdlib>

#include "support/made_model.hpp"
#include "support/program.hpp"

using namespace tmd::test;

namespace {

/// An export of the small classifier whose classes have these names.
std::string make_export(const TemporaryFolder& folder, const std::string& name, const std::string& labels) {
  const std::filesystem::path root = folder.path() / name;
  std::filesystem::create_directories(root / "tflite-model");
  std::filesystem::create_directories(root / "model-parameters");
  const std::vector<std::uint8_t> model = small_classifier().file();
  put_contents(root / "tflite-model" / "trained.tflite", std::string(model.begin(), model.end()));
  put_contents(root / "model-parameters" / "model_metadata.h", "#define EI_CLASSIFIER_PROJECT_ID 42\n");
  put_contents(root / "model-parameters" / "model_variables.h",
               "const char* ei_classifier_inferencing_categories[] = { " + labels + " };\n");
  return root.string();
}

}  // namespace

TEST_CASE("a device calls its classes what came with the newest model") {
  const char* device = std::getenv("CLASS_NAMES_DEVICE");
  REQUIRE(device != nullptr);
  const TemporaryFolder folder;
  const std::string before = make_export(folder, "one", "\"idle\", \"wave\", \"snake\"");
  const std::string after = make_export(folder, "two", "\"idle\", \"wave\", \"circle\"");
  const std::string first = folder / "first.tmd";
  const std::string update = folder / "update.tmd";
  const std::vector<std::string> labels = {"--companion-from", "labels", "--companion-schema", "1"};
  REQUIRE(run_tmd({"diff", "/dev/null", before, "-o", first}, labels).status == 0);
  // What the device holds then is the next one's base.
  const std::string slot = folder / "slot.bin";
  REQUIRE(run_tmd({"apply", "/dev/null", first, "-o", slot}).status == 0);
  REQUIRE(run_tmd({"diff", slot, after, "-o", update}, labels).status == 0);
  const Finished run = run_program({device, first, update});
  CHECK(run.status == 0);
  CHECK(run.output == first + ": ok\nclass 0: idle\nclass 1: wave\nclass 2: snake\n" + update +
                          ": ok\nclass 0: idle\nclass 1: wave\nclass 2: circle\n");
}
