// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "modelgen/network.hpp"
#include "modelgen/random.hpp"

namespace modelgen {

/// The field's first example: a network of 321 weights and biases that gives the sine of an angle in radians, from 0 to
/// a whole turn, in int8.
struct SineModel {
  Network network;
  std::vector<std::uint8_t> file;  ///< a whole .tflite
};

/// Trained for a short time only: it is off by a tenth or more here and there.
SineModel train_sine(Random random);
/// The same network trained on, much longer.
SineModel improve_sine(const SineModel& first, Random random);

}  // namespace modelgen
