// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "support/made_model.hpp"
#include "support/program.hpp"

namespace tmd::test {

/// A folder with base.tflite and three targets.
struct CheckedModels : TemporaryFolder {
  CheckedModels() {
    put("base.tflite", test::small_classifier());
    test::ModelMaker weights = test::small_classifier();
    weights.model.buffers[1]->data[0] = 77;
    put("weights.tflite", weights);
    test::ModelMaker scaled = test::small_classifier();
    scaled.tensor_at(0).quantization->scale[0] = 0.25F;
    put("scaled.tflite", scaled);
    test::ModelMaker larger = test::small_classifier();
    larger.add(test::BuiltinOperator::LOGISTIC, 1, {4}, {4});
    put("operator.tflite", larger);
  }
  void put(const std::string& name, const test::ModelMaker& maker) const {
    const std::vector<std::uint8_t> file = maker.file();
    put_contents(path() / name, std::string(file.begin(), file.end()));
  }
};

}  // namespace tmd::test
