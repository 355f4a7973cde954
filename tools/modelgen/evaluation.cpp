// SPDX-License-Identifier: Apache-2.0
#include "modelgen/evaluation.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <vector>

#include "interpreter/interpreter.hpp"

namespace modelgen {

using namespace tmd::host::interpreter;
namespace {

void check(InterpreterStatus status) {
  if (status != InterpreterStatus::ok) throw std::runtime_error("the interpreter refuses the model");
}

void quantise_input(const MotionWindow& window, float scale, std::int32_t zero, tmd::MutableBytes input) {
  if (input.size() != window.samples.size()) throw std::runtime_error("the model takes other windows");
  for (std::size_t i = 0; i < input.size(); ++i) {
    const float steps = std::round(window.samples[i] / scale) + static_cast<float>(zero);
    input[i] = static_cast<std::uint8_t>(static_cast<std::int8_t>(std::clamp(steps, -128.0F, 127.0F)));
  }
}

std::size_t largest_byte(tmd::ConstBytes output) {
  const auto less = [](std::uint8_t a, std::uint8_t b) { return signed_byte(a) < signed_byte(b); };
  return static_cast<std::size_t>(std::max_element(output.begin(), output.end(), less) - output.begin());
}

}  // namespace

std::vector<std::uint8_t> recorded_windows(tmd::ConstBytes model, std::span<const MotionWindow> windows) {
  Interpreter interpreter;
  if (interpreter.load(model, {}) != InterpreterStatus::arena_too_small)
    throw std::runtime_error("the interpreter refuses the model");
  const float scale = std::bit_cast<float>(interpreter.input_scale_bits());
  std::vector<std::uint8_t> bytes;
  for (const MotionWindow& window : windows) {
    std::vector<std::uint8_t> input(window.samples.size());
    quantise_input(window, scale, interpreter.input_zero_point(), {input.data(), input.size()});
    bytes.push_back(static_cast<std::uint8_t>(window.gesture));
    bytes.insert(bytes.end(), input.begin(), input.end());
  }
  return bytes;
}

float accuracy(tmd::ConstBytes model, std::span<const MotionWindow> windows) {
  Interpreter interpreter;
  if (interpreter.load(model, {}) != InterpreterStatus::arena_too_small) {
    throw std::runtime_error("the interpreter refuses the model");
  }
  std::vector<std::uint8_t> arena(interpreter.arena_needed());
  check(interpreter.load(model, {arena.data(), arena.size()}));
  const float scale = std::bit_cast<float>(interpreter.input_scale_bits());
  std::size_t right = 0;
  for (const MotionWindow& window : windows) {
    quantise_input(window, scale, interpreter.input_zero_point(), interpreter.input());
    check(interpreter.invoke());
    if (largest_byte(interpreter.output()) == window.gesture) ++right;
  }
  return static_cast<float>(right) / static_cast<float>(windows.size());
}

}  // namespace modelgen
