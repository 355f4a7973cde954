// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "modelgen/motion.hpp"
#include "tmd/bytes.hpp"

namespace modelgen {

/// The part of the windows that a `.tflite` file names the right gesture for, computed by the integer
/// interpreter from the bytes of the file. Throws std::runtime_error where the interpreter refuses the file.
float accuracy(tmd::ConstBytes model, std::span<const MotionWindow> windows);

}  // namespace modelgen
