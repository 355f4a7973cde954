// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "support/made_model.hpp"

namespace tmd::test {

/// A model that answers with its input, so many int8 numbers of this quantisation.
inline std::vector<std::uint8_t> identity_model(int numbers, float scale, std::int64_t zero) {
  ModelMaker maker;
  const int in = maker.tensor("in", TensorType::INT8, {1, numbers}, scale, zero);
  const int out = maker.tensor("out", TensorType::INT8, {numbers}, scale, zero);
  maker.add(BuiltinOperator::RESHAPE, 1, {in}, {out});
  maker.inputs({in}).outputs({out});
  return maker.file();
}

}  // namespace tmd::test
