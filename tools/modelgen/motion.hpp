// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "modelgen/random.hpp"

namespace modelgen {

/// One window of an accelerometer: 64 samples at 50 Hz of three axes, in g, sample after sample.
inline constexpr int kWindowSamples = 64;
inline constexpr int kAxes = 3;

inline constexpr std::array<std::string_view, 6> kGestures = {"rest",  "wave", "circle",
                                                              "shake", "lift", "knock"};

struct MotionWindow {
  std::array<float, kWindowSamples * kAxes> samples;
  std::uint32_t gesture;  ///< index into kGestures
};

/// Who wears the sensor, and how it is mounted.
struct Population {
  float mounting_turns = 0.0F;  ///< how far the sensor is turned about an oblique axis; 1 is a whole turn
  float wobble = 0.06F;         ///< spread of the hand's own angles from window to window, in turns
  float noise = 0.10F;          ///< standard deviation of the sensor noise, in g
  float tempo = 1.0F;           ///< of the gestures, relative to those of the first users
  float vigour = 1.0F;          ///< amplitude, likewise
};

/// Those the base model is trained for.
constexpr Population first_users() {
  return Population{};
}

/// Other people, a noisier part, and a strap worn at another angle.
constexpr Population other_users() {
  return Population{0.08F, 0.07F, 0.13F, 1.15F, 0.80F};
}

/// `count` windows, all gestures equally often, in random order.
std::vector<MotionWindow> synthesise(const Population& population, std::size_t count, Random random);

}  // namespace modelgen
