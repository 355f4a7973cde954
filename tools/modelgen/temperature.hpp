// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "modelgen/random.hpp"

namespace modelgen {

/// So many readings, one a minute, are judged together.
inline constexpr std::size_t kReadings = 32;

/// Readings of a cold room's sensor, in degrees Celsius.
using TemperatureWindow = std::array<float, kReadings>;

/// How the room's cooling runs: the temperature rises while the machine rests and falls while it runs.
struct Season {
  float lowest;   ///< at which the machine stops, in degrees
  float highest;  ///< at which it starts
  float minutes;  ///< from one start to the next
};
/// What the first model was trained on.
constexpr Season winter() {
  return {2.0F, 4.0F, 20.0F};
}
/// Warmer outside: the machine starts more often and the room gets warmer.
constexpr Season summer() {
  return {3.0F, 7.0F, 11.0F};
}

enum class Fault : std::uint8_t {
  door_open,     ///< it gets warmer and the machine cannot follow
  sensor_loose,  ///< readings jump
  short_cycles,  ///< the machine starts every few minutes
};
inline constexpr unsigned kFaults = 3;

std::vector<TemperatureWindow> normal_readings(const Season& season, std::size_t windows, Random random);
/// The faults in turn.
std::vector<TemperatureWindow> abnormal_readings(const Season& season, std::size_t windows, Random random);

}  // namespace modelgen
