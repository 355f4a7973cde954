// SPDX-License-Identifier: Apache-2.0
// What the experiment shows: the models work, int8 is as good as float, and adapting helps.
#include "modelgen/experiment.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "interpreter/interpreter.hpp"
#include "modelgen/evaluation.hpp"
#include "modelgen/quantised_tensors.hpp"
#include "support/trained_models.hpp"

namespace modelgen {

TEST_CASE("the base model knows its users' gestures") {
  // Guessing would be right once in six.
  CHECK(models().base.first_users.in_float > 0.80F);
  CHECK(models().base.first_users.in_int8 > 0.80F);
}

TEST_CASE("eight bits cost at most a few percent of accuracy") {
  for (const TrainedModel* model : models().all()) {
    CAPTURE(model->name);
    CHECK(std::abs(model->first_users.in_float - model->first_users.in_int8) < 0.04F);
    CHECK(std::abs(model->other_users.in_float - model->other_users.in_int8) < 0.04F);
  }
}

TEST_CASE(
    "other users are worse served by the base, and better by the adapted models, best by the fine-tuned") {
  const Models& trained = models();
  CHECK(trained.base.other_users.in_int8 < trained.base.first_users.in_int8 - 0.05F);
  CHECK(trained.head.other_users.in_int8 > trained.base.other_users.in_int8);
  CHECK(trained.fine_tuned.other_users.in_int8 > trained.base.other_users.in_int8 + 0.03F);
}

TEST_CASE("the same seed gives the same bytes, another seed others") {
  const Effort short_effort{240, 120, 60, 1, 1};
  const Experiment first(7, short_effort), again(7, short_effort), other(8, short_effort);
  const TrainedModel base = first.base();
  CHECK(base.file == again.base().file);
  CHECK(base.file != other.base().file);
  CHECK(first.fine_tune(base, false).file == again.fine_tune(base, false).file);
  CHECK(first.from_scratch().file == again.from_scratch().file);
}

TEST_CASE("patch-aware fine-tuning moves no more than its share of the weights, on the base's grid") {
  const Effort short_effort{240, 120, 60, 1, 1};
  const Experiment experiment(7, short_effort);
  const TrainedModel base = experiment.base();
  const TrainedModel few = experiment.patch_aware(base, 0.02);
  REQUIRE(few.file.size() == base.file.size());
  std::size_t moved = 0;
  std::size_t weights = 0;
  std::size_t biases = 0;
  const std::vector<Layer>& before = base.network.layers();
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (!before[i].trainable()) continue;
    const std::vector<float> scales = weight_scales(before[i]);
    const auto now = quantised_weights(few.network.layers()[i], scales).data;
    const auto then = quantised_weights(before[i], scales).data;
    for (std::size_t w = 0; w < now.size(); ++w) moved += now[w] != then[w] ? 1 : 0;
    weights += now.size();
    biases += before[i].biases.size();
  }
  CHECK(moved > 0);
  CHECK(moved <= weights / 50 + 1);
  // Nothing else of the file changed: no scale, no zero point, no structure.
  std::size_t differing = 0;
  for (std::size_t i = 0; i < base.file.size(); ++i) differing += few.file[i] != base.file[i] ? 1 : 0;
  CHECK(differing >= moved);
  CHECK(differing <= moved + 4 * biases);
}

TEST_CASE("calibrating on the other users changes the scale of the input, keeping the calibration does not") {
  const Effort short_effort{240, 120, 60, 1, 1};
  const Experiment experiment(7, short_effort);
  const TrainedModel base = experiment.base();
  const auto input_scale = [](const TrainedModel& model) {
    Interpreter interpreter;
    CHECK(interpreter.load({model.file.data(), model.file.size()}, {}) == InterpreterStatus::arena_too_small);
    return interpreter.input_scale_bits();
  };
  CHECK(input_scale(experiment.fine_tune(base, false)) == input_scale(base));
  CHECK(input_scale(experiment.fine_tune(base, true)) != input_scale(base));
}

TEST_CASE("a file that is no model is refused, not scored") {
  const std::vector<std::uint8_t> noise(4096, 0x5A);
  const std::vector<MotionWindow> windows = synthesise(first_users(), 6, Random(1));
  CHECK_THROWS_AS(static_cast<void>(accuracy(tmd::ConstBytes(noise.data(), noise.size()), windows)),
                  std::runtime_error);
}

}  // namespace modelgen
