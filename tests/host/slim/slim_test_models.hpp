// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "inference/answers.hpp"
#include "model/open_model.hpp"
#include "model/reader.hpp"
#include "support/trained_models.hpp"

namespace tmd::test {

/// A model that was trained here, read.
inline host::model::OpenModel open(const modelgen::TrainedModel& trained) {
  const ConstBytes bytes(trained.file.data(), trained.file.size());
  return {host::model::parse_or_throw(bytes, trained.name), bytes};
}

/// Random inputs for it.
inline std::vector<host::inference::Sample> samples(const host::model::OpenModel& model,
                                                    std::uint32_t count) {
  const host::inference::ModelRunner runner(model.bytes, "the model");
  std::vector<host::inference::Sample> result;
  for (std::uint32_t seed = 1; seed <= count; ++seed) result.push_back({runner.generated_input(seed), ""});
  return result;
}

}  // namespace tmd::test
