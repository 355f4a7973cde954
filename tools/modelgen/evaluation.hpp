// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "modelgen/motion.hpp"
#include "tmd/bytes.hpp"

namespace modelgen {

/// The part of the windows that a `.tflite` file names the right gesture for, computed by the integer
/// interpreter from the bytes of the file. Throws std::runtime_error where the interpreter refuses the file.
float accuracy(tmd::ConstBytes model, std::span<const MotionWindow> windows);

/// What a sensor would have recorded, as the model takes it: for each window the index of its gesture, then its int8
/// samples.
std::vector<std::uint8_t> recorded_windows(tmd::ConstBytes model, std::span<const MotionWindow> windows);

}  // namespace modelgen
