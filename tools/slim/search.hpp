// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "inference/answers.hpp"
#include "slim/answer_source.hpp"
#include "slim/input_moments.hpp"
#include "slim/slim_model.hpp"

namespace tmd::host::slim {

/// One way to trade bytes for answers: a slim model and what was measured of it.
struct Point {
  const SharedGraph* graph = nullptr;  ///< Whose layers these are.
  std::vector<LayerValues> layers;
  std::size_t body_bytes = 0;  ///< Of the patch's body, from the base, by the codec itself.
  /// Against the target, on the samples; all zero where there are none.
  inference::AnswerChange change;

  /// Share of the samples on which both have the same top-1; 1 where there are none.
  double agreement() const {
    return change.samples == 0 ? 1.0
                               : static_cast<double>(change.agree) / static_cast<double>(change.samples);
  }
};

struct SearchInput {
  const SharedGraph& graph;
  ConstBytes base;
  /// What sensitivity and agreement are measured on. Empty: sensitivity comes from the weights alone.
  const std::vector<inference::Sample>& samples;
  /// What runs the models.
  AnswerSource& source;
  /// The target's answers to all samples.
  const Answers& wanted;
  /// How the layers' inputs are spread.
  const std::vector<LayerMoments>& moments;
  /// So many samples tell sensitivity; all of them agreement.
  std::size_t sensitivity_samples = 256;
  std::function<void(double)> on_progress = {};
};

/// The curve of bytes against answers, from all that the target says to next to nothing: each layer solved at
/// several rates, the codec's own price of what comes out, and how far it moves the model's outputs; then,
/// for each of a row of exchange rates, the layers' solutions that cost least in all (Lagrange), and all
/// layers at one rate. Points are by falling bytes, without those that another beats in bytes and answers.
std::vector<Point> trade_off(const SearchInput& input);

/// One curve from several: by falling bytes, without points that another beats in bytes and answers.
std::vector<Point> merged(std::vector<Point> points);

/// The point with the fewest bytes whose agreement is at least `agree`; null where none is.
const Point* smallest_that_agrees(const std::vector<Point>& curve, double agree);

/// The point with the best answers of at most `bytes` of body; null where none is.
const Point* best_within(const std::vector<Point>& curve, std::size_t bytes);

}  // namespace tmd::host::slim
