// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/open_model.hpp"
#include "model/reader.hpp"
#include "support/trained_models.hpp"

namespace tmd::test {

/// A model that was trained here, read.
inline host::model::OpenModel open(const modelgen::TrainedModel& trained) {
  const ConstBytes bytes(trained.file.data(), trained.file.size());
  return {host::model::parse_or_throw(bytes, trained.name), bytes};
}

}  // namespace tmd::test
