// SPDX-License-Identifier: Apache-2.0
#include "slim/answer_source.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "model/reader.hpp"
#include "support/identity_model.hpp"

using namespace tmd;
using namespace tmd::host::slim;
using host::inference::Sample;

namespace {

const std::vector<Sample> kSamples = {{{1, 2}, ""}, {{3, 4}, ""}, {{5, 6}, ""}};
const host::Bytes kModel = {9, 8, 7};

}  // namespace

TEST_CASE("a command gets the files of model and input, and prints numbers") {
  const auto source = command_of_user("sh -c 'od -An -tu1 {model} {input}'", {});
  const auto answers = source->answers(host::view(kModel), kSamples, 2);
  REQUIRE(answers.size() == 2);
  CHECK(answers[0] == std::vector<double>{9, 8, 7, 1, 2});
  CHECK(answers[1] == std::vector<double>{9, 8, 7, 3, 4});
  CHECK(source->answers(host::view(kModel), kSamples, 9).size() == 3);
}

TEST_CASE("a command that fails, prints something else or has no place for the files is an error") {
  CHECK_THROWS_WITH_AS((void)command_of_user("run {model}", {}), "the command 'run {model}' has no {input}",
                       host::Error);
  const auto said = [](const char* command) -> std::string {
    try {
      (void)command_of_user(command, {})->answers(host::view(kModel), kSamples, 1);
    } catch (const host::Error& error) {
      return error.what();
    }
    return "";
  };
  CHECK(said("sh -c 'echo no such model >&2; exit 3 # {model} {input}'")
            .ends_with("ended with status 3: no such model"));
  CHECK(said("echo word {model} {input}") == "'word' is no number");
  CHECK(said("true {model} {input}").ends_with("printed no number"));
  CHECK(said("false {model} {input}").ends_with("ended with status 1"));
  CHECK(said("no-such-program {model} {input}").ends_with("there is no program no-such-program"));
}

TEST_CASE("numbers are read as people and libraries print them") {
  CHECK(numbers_in("[[ 0.5, -1e-3\n 7.]]") == std::vector<double>{0.5, -1e-3, 7});
  CHECK(numbers_in("").empty());
  CHECK_THROWS_AS((void)numbers_in("0.5 0x10"), host::Error);
  CHECK_THROWS_AS((void)numbers_in("nan"), host::Error);
}

TEST_CASE("answers are compared by their largest element and by how far they are") {
  const auto change = compare({{0.1, 0.9}, {0.8, 0.2}}, {{0.2, 0.8}, {0.4, 0.6}});
  CHECK(change.samples == 2);
  CHECK(change.agree == 1);
  CHECK(change.largest_difference == doctest::Approx(0.4));
  CHECK(change.mean_difference == doctest::Approx(0.25));
  CHECK(squared_difference({{1, 2}}, {{3, 3}}) == doctest::Approx(5));
  CHECK_THROWS_AS((void)compare({{1, 2}}, {{1}}), host::Error);
}

TEST_CASE("samples are as one model takes them: a model of another quantisation gets the same real values") {
  const host::Bytes coarse = test::identity_model(2, 1.0F, 0), fine = test::identity_model(2, 0.5F, 4);
  const auto recorded = host::model::parse_or_throw(host::view(coarse), "coarse").main().tensors[0];
  const auto own = own_interpreter(recorded);
  CHECK(own->answers(host::view(coarse), kSamples, 3) == Answers{{1, 2}, {3, 4}, {5, 6}});
  CHECK(own->answers(host::view(fine), kSamples, 3) == Answers{{1, 2}, {3, 4}, {5, 6}});
  const auto command = command_of_user("sh -c 'od -An -tu1 {input} # {model}'", recorded);
  CHECK(command->answers(host::view(coarse), kSamples, 2) == Answers{{1, 2}, {3, 4}});
  CHECK(command->answers(host::view(fine), kSamples, 3) == Answers{{6, 8}, {10, 12}, {14, 16}});
  CHECK(command->answers(host::view(coarse), kSamples, 1) == Answers{{1, 2}});
}
