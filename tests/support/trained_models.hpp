// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "modelgen/experiment.hpp"

namespace modelgen {

/// The models of one quick experiment, trained once for all the tests of the process.
struct Models {
  TrainedModel base;
  TrainedModel head;
  TrainedModel fine_tuned;

  std::vector<const TrainedModel*> all() const { return {&base, &head, &fine_tuned}; }
};

inline const Models& models() {
  static const Models trained = [] {
    const Experiment experiment(1, Effort::quick());
    TrainedModel base = experiment.base();
    TrainedModel head = experiment.head(base);
    TrainedModel fine_tuned = experiment.fine_tune(base, false);
    return Models{std::move(base), std::move(head), std::move(fine_tuned)};
  }();
  return trained;
}

}  // namespace modelgen
