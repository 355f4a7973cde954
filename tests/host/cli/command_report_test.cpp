// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <filesystem>

#include "support/checked_models.hpp"
#include "support/patched_pair.hpp"
#include "support/released_fleet.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

/// The parts that count of an Edge Impulse export of the small classifier.
void make_export(const std::filesystem::path& folder, const std::string& arena_bytes) {
  std::filesystem::create_directories(folder / "tflite-model");
  std::filesystem::create_directories(folder / "model-parameters");
  std::string array = "const unsigned char tflite_learn_5[] = {";
  const std::vector<std::uint8_t> model = small_classifier().file();
  for (const std::uint8_t byte : model) array += std::to_string(byte) + ", ";
  put_contents(folder / "tflite-model/tflite_learn_5.h",
               array + "};\nconst unsigned int tflite_learn_5_len = " + std::to_string(model.size()) + ";\n");
  put_contents(folder / "tflite-model/trained_model_ops_define.h", "#define EI_TFLITE_ADD 1\n");
  put_contents(folder / "model-parameters/model_metadata.h",
               "#define EI_CLASSIFIER_PROJECT_ID 12345\n#define EI_CLASSIFIER_PROJECT_DEPLOY_VERSION 7\n"
               "#define EI_CLASSIFIER_COMPILED 0\n#define EI_CLASSIFIER_TFLITE_LARGEST_ARENA_SIZE " +
                   arena_bytes + "\n");
}

}  // namespace

TEST_CASE("a page that cannot be written is said before the models are read") {
  const PatchedPair pair = edited_pair();
  const std::string nowhere = pair.folder / "none/report.html", absent = pair.folder / "absent.bin";
  check_failure(run_tmd({"report", pair.base, absent, "-o", nowhere}),
                "cannot create " + nowhere + ": No such file or directory");
  check_failure(run_tmd({"report", pair.base, absent, "-o", pair.folder.path()}), "Is a directory");
}

TEST_CASE("a page is about two models or about a fleet") {
  const PatchedPair pair = edited_pair();
  const std::string page = pair.folder / "report.html";
  const auto words = [&](const std::vector<std::string>& what) {
    const Finished finished = run_tmd({"report", "-o", page}, what);
    CHECK(finished.status == 2);
    CHECK(is_one_error_line(finished.errors));
    return finished.errors;
  };
  CHECK(words({}).find("BASE TARGET") != std::string::npos);
  CHECK(words({pair.base}).find("BASE TARGET") != std::string::npos);
  CHECK(words({pair.base, pair.target, "--bases", pair.folder.path()})
            .find("it takes the place of BASE, TARGET and --patch") != std::string::npos);
  CHECK(words({"--bases", pair.folder.path(), "--raw"}).find("--raw: only for models") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(page));
}

TEST_CASE("a page that has no patch is about the one that tmd diff makes") {
  const CheckedModels models;
  const std::string base = models / "base.tflite", target = models / "operator.tflite",
                    patch = models / "update.tmd", page = models / "report.html";
  REQUIRE(run_tmd({"diff", base, target, "-o", patch}).status == 0);
  REQUIRE(run_tmd({"report", base, target, "-o", page}).status == 0);
  const std::string bytes =
      "<dt>Patch</dt><dd>" + std::to_string(std::filesystem::file_size(patch)) + " bytes";
  CHECK(contents_of(page).find(bytes) != std::string::npos);
  CHECK(contents_of(page).find("Entry: operators") != std::string::npos);
}

TEST_CASE("a page's verdict is that of tmd check where an export says its arena") {
  const TemporaryFolder folder;
  const std::string page = folder / "report.html";
  const std::vector<std::string> models = {folder / "before", folder / "after"};
  make_export(models[0], "11496");
  make_export(models[1], "12000");
  const Finished check = run_tmd({"check"}, models);
  CHECK(check.output.find("needs an arena of 12000 bytes, the firmware has 11496") != std::string::npos);
  REQUIRE(run_tmd({"report", "-o", page}, models).status == 0);
  CHECK(contents_of(page).find("needs an arena of 12000 bytes, the firmware has 11496") != std::string::npos);
}

TEST_CASE("a page says where its figures are not of the patch that was given") {
  const PatchedPair pair = edited_pair();
  const std::string page = pair.folder / "report.html", words = "the one that was given has a body of";
  for (const auto& options : std::vector<std::vector<std::string>>{{}, {"--format", "1"}}) {
    CAPTURE(options.size());
    REQUIRE(pair.diff(options).status == 0);
    REQUIRE(run_tmd({"report", pair.base, pair.target, "--patch", pair.patch, "-o", page}).status == 0);
    CHECK((contents_of(page).find(words) != std::string::npos) == !options.empty());
  }
}

TEST_CASE("a patch of other models is told from that of these") {
  const PatchedPair pair = edited_pair();
  const std::string page = pair.folder / "report.html";
  REQUIRE(pair.diff({"--quick"}).status == 0);
  check_failure(run_tmd({"report", pair.target, pair.target, "--patch", pair.patch, "-o", page}),
                "target.bin is not the base of " + pair.patch);
  check_failure(run_tmd({"report", pair.base, pair.base, "--patch", pair.patch, "-o", page}),
                "base.bin is not the target of " + pair.patch);
  CHECK_FALSE(std::filesystem::exists(page));
}

TEST_CASE("no page is written about a fleet's patches that are damaged") {
  const ReleasedFleet fleet;
  REQUIRE(fleet.diff().status == 0);
  const std::string page = fleet.folder / "report.html";
  const std::string patch = fleet.first_patch();
  put_contents(patch, contents_of(patch) + "x");
  check_failure(run_tmd({"report", "--bases", fleet.patches, "-o", page}), 3,
                patch + " is not the patch that its manifest describes");
  CHECK_FALSE(std::filesystem::exists(page));
}
