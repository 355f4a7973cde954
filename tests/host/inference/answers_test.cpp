// SPDX-License-Identifier: Apache-2.0
#include "inference/answers.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>

#include "base/error.hpp"
#include "base/files.hpp"
#include "modelgen/evaluation.hpp"
#include "support/identity_model.hpp"
#include "support/made_model.hpp"
#include "support/trained_models.hpp"

using namespace tmd;
using namespace tmd::host;

namespace {

/// A folder of its own, gone at the end.
struct Folder {
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("tmd_answers_" + std::to_string(::getpid()));
};

}  // namespace

TEST_CASE("a model agrees with itself, to the byte") {
  inference::ModelRunner model(view(modelgen::models().base.file), "base");
  std::vector<inference::Sample> samples;
  for (std::uint32_t seed = 1; seed <= 20; ++seed) samples.push_back({model.generated_input(seed), ""});
  const inference::AnswerChange change = inference::compare_answers(model, model, samples);
  CHECK(change.samples == 20);
  CHECK(change.agree == 20);
  CHECK(change.equal == 20);
  CHECK(change.largest_difference == 0);
  CHECK_FALSE(change.labelled);
}

TEST_CASE("recorded inputs by class tell that the fine-tuned model is better for its users") {
  const modelgen::Models& models = modelgen::models();
  inference::ModelRunner before(view(models.base.file), "base"), after(view(models.fine_tuned.file), "new");
  const Folder folder;
  const std::vector<modelgen::MotionWindow> windows =
      modelgen::synthesise(modelgen::other_users(), 120, modelgen::Random(99));
  const Bytes recorded = modelgen::recorded_windows(view(models.base.file), windows);
  const std::size_t size = before.input_size();
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const std::filesystem::path label = folder.path / std::to_string(recorded[i * (size + 1)]);
    std::filesystem::create_directories(label);
    const auto start = recorded.begin() + static_cast<std::ptrdiff_t>(i * (size + 1) + 1);
    host::write_file((label / (std::to_string(i) + ".bin")).string(),
                     view(Bytes(start, start + static_cast<std::ptrdiff_t>(size))));
  }
  const std::vector<inference::Sample> samples = inference::read_samples(folder.path.string(), size);
  REQUIRE(samples.size() == 120);
  const inference::AnswerChange change = inference::compare_answers(before, after, samples);
  CHECK(change.labelled);
  REQUIRE(change.classes.size() == 6);
  std::size_t old_correct = 0, new_correct = 0, all = 0;
  for (const inference::ClassChange& group : change.classes) {
    old_correct += group.old_correct;
    new_correct += group.new_correct;
    all += group.samples;
  }
  CHECK(all == 120);
  CHECK(new_correct > old_correct);
  CHECK(change.agree < 120);
  CHECK(change.largest_difference > 0);
}

TEST_CASE("a file that is no whole number of inputs, and a folder without any, are named") {
  const Folder folder;
  CHECK_THROWS_AS((void)inference::read_samples(folder.path.string(), 192), Error);
  CHECK_THROWS_AS((void)inference::read_samples((folder.path / "none").string(), 192), Error);
  host::write_file((folder.path / "short.bin").string(), view(Bytes(100)));
  CHECK_THROWS_AS((void)inference::read_samples(folder.path.string(), 192), Error);
}

TEST_CASE("the mean difference is that of all elements, the largest that of one") {
  inference::AnswerTally tally;
  tally.add({0, 1}, {0.5, 1}, false);
  tally.add({1, 2, 3}, {1, 2, 4}, false);
  const inference::AnswerChange change = tally.change();
  CHECK(change.samples == 2);
  CHECK(change.agree == 2);
  CHECK(change.equal == 0);
  CHECK(change.largest_difference == 1);
  CHECK(change.mean_difference == doctest::Approx(0.3));
}

TEST_CASE("models that take other inputs have no answers to compare") {
  inference::ModelRunner windows(view(modelgen::models().base.file), "windows");
  const Bytes file = test::small_classifier().file();
  inference::ModelRunner four(view(file), "four numbers");
  CHECK_THROWS_WITH_AS((void)inference::compare_answers(windows, four, {}),
                       "windows and four numbers take different inputs: no answers to compare", Error);
}

TEST_CASE("that inputs are few is said of fewer than 32") {
  CHECK(inference::remark_on_few(4).find("one of them is 25 %") != std::string::npos);
  CHECK_FALSE(inference::remark_on_few(31).empty());
  CHECK(inference::remark_on_few(32).empty());
}

TEST_CASE(
    "inputs are the old model's: a new one with another quantisation of its input gets the same real "
    "values") {
  const Bytes old_file = test::identity_model(4, 0.5F, 0), new_file = test::identity_model(4, 0.25F, 10);
  inference::ModelRunner before(view(old_file), "old"), after(view(new_file), "new");
  const inference::AnswerChange change =
      inference::compare_answers(before, after, {{{2, 0xFC, 7, 0}, ""}, {{0, 1, 2, 3}, ""}});
  CHECK(change.agree == 2);
  CHECK(change.largest_difference == 0);
}

TEST_CASE("a class without an input is named: left out, it would move the numbers of those behind it") {
  const Folder folder;
  for (const char* label : {"0-rest", "1-wave", "2-tap"})
    std::filesystem::create_directory(folder.path / label);
  host::write_file((folder.path / "0-rest" / "a").string(), view(Bytes(4)));
  host::write_file((folder.path / "2-tap" / "a").string(), view(Bytes(4)));
  CHECK_THROWS_WITH_AS((void)inference::read_samples(folder.path.string(), 4),
                       doctest::Contains("1-wave: there is no input of this class in it"), Error);
}
