// SPDX-License-Identifier: Apache-2.0
#include "modelgen/temperature.hpp"

namespace modelgen {
namespace {

constexpr float kNoise = 0.08F;      // of the sensor, in degrees
constexpr float kLoose = 1.5F;       // degrees
constexpr float kRestShare = 0.65F;  // of a cycle: warming is slower than cooling

/// Where in its cycle the room is at a moment, as a part of the way from the lowest temperature to the highest.
float warmth(float cycle) {
  const float part = cycle - static_cast<float>(static_cast<int>(cycle));
  return part < kRestShare ? part / kRestShare : (1.0F - part) / (1.0F - kRestShare);
}

TemperatureWindow room(const Season& season, float minutes, Random& random) {
  TemperatureWindow window{};
  const float phase = random.uniform();
  const float cycle_minutes = minutes * (1.0F + 0.05F * random.normal());
  for (std::size_t i = 0; i < kReadings; ++i) {
    const float cycle = phase + static_cast<float>(i) / cycle_minutes;
    window[i] = season.lowest + (season.highest - season.lowest) * warmth(cycle) + kNoise * random.normal();
  }
  return window;
}

TemperatureWindow faulty(const Season& season, Fault fault, Random& random) {
  TemperatureWindow window = room(season, fault == Fault::short_cycles ? 4.0F : season.minutes, random);
  const float slope = random.uniform(0.10F, 0.20F);  // degrees a minute
  for (std::size_t i = 1; i < kReadings; ++i) {
    if (fault == Fault::sensor_loose) window[i] += kLoose * random.normal();
    if (fault == Fault::door_open) window[i] += slope * static_cast<float>(i);
  }
  return window;
}

}  // namespace

std::vector<TemperatureWindow> normal_readings(const Season& season, std::size_t windows, Random random) {
  std::vector<TemperatureWindow> all;
  for (std::size_t i = 0; i < windows; ++i) all.push_back(room(season, season.minutes, random));
  return all;
}

std::vector<TemperatureWindow> abnormal_readings(const Season& season, std::size_t windows, Random random) {
  std::vector<TemperatureWindow> all;
  for (std::size_t i = 0; i < windows; ++i)
    all.push_back(faulty(season, static_cast<Fault>(i % kFaults), random));
  return all;
}

}  // namespace modelgen
