// SPDX-License-Identifier: Apache-2.0
#include "modelgen/motion.hpp"

#include <utility>

#include "modelgen/portable_math.hpp"

namespace modelgen {
namespace {

struct Vector {
  double x = 0, y = 0, z = 0;
};

/// What differs from one performance of a gesture to the next.
struct Performance {
  double cycles;     ///< repetitions in a window, for a gesture that repeats
  double phase;      ///< in turns
  double amplitude;  ///< in g
  double start;      ///< of a single movement, as a part of the window
  double handed;     ///< +1 or -1
  double slant;      ///< how much of the movement leaks into the other axes
};

Performance perform(std::uint32_t gesture, const Population& population, Random& random) {
  constexpr std::array<double, kGestures.size()> kCycles = {0.7, 2.4, 1.9, 5.2, 1.0, 2.5};
  constexpr std::array<double, kGestures.size()> kAmplitude = {0.10, 0.80, 0.70, 0.90, 0.80, 1.60};
  Performance p{};
  p.cycles = kCycles[gesture] * static_cast<double>(population.tempo) * (1.0 + 0.16 * random.normal());
  p.phase = random.uniform();
  p.amplitude = kAmplitude[gesture] * static_cast<double>(population.vigour) * (1.0 + 0.25 * random.normal());
  p.start = random.uniform(0.02F, 0.40F);
  p.handed = random.uniform() < 0.3F ? -1.0 : 1.0;
  p.slant = 0.25 * random.normal();
  return p;
}

/// A movement that starts, goes one way, comes back, and is over.
double stroke(double time, double start, double duration) {
  const double part = (time - start) / duration;
  return part < 0 || part > 1 ? 0.0 : sine(part);
}

/// A knock rings: it dies away within a few samples.
double ring(double time, double start) {
  return time < start ? 0.0 : exponential(-(time - start) * 22.0) * cosine((time - start) * 14.0);
}

/// The acceleration of the hand at `time`, a part of the window, without gravity.
Vector acceleration(std::uint32_t gesture, const Performance& p, double time) {
  const double turn = p.cycles * time + p.phase;
  switch (gesture) {
    case 1: {  // wave: side to side
      const double swing = p.amplitude * sine(turn);
      return {swing, p.slant * swing, 0.2 * p.amplitude * sine(2 * turn)};
    }
    case 2:  // circle: two axes a quarter turn apart
      return {p.amplitude * sine(turn), p.handed * p.amplitude * (0.75 + p.slant) * cosine(turn), 0.0};
    case 3: {  // shake: faster, with an edge to it
      const double shake = p.amplitude * (sine(turn) + 0.3 * sine(3 * turn));
      return {shake, p.slant * shake, 0.25 * shake};
    }
    case 4: {  // lift: once, upwards
      const double lift = p.amplitude * stroke(time, p.start, 0.55 / p.cycles);
      return {p.slant * lift, 0.2 * lift, lift};
    }
    case 5: {  // knock: two or three taps
      double taps = 0;
      for (int n = 0; n < 3; ++n) taps += ring(time, p.start + static_cast<double>(n) / (2.0 * p.cycles));
      return {p.slant * p.amplitude * taps, 0.15 * p.amplitude * taps, p.amplitude * taps};
    }
    default: {  // rest: breathing and drift
      const double drift = p.amplitude * sine(turn);
      return {drift, p.slant * drift, drift};
    }
  }
}

Vector rotate(const Vector& v, const Vector& axis, double turns) {  // Rodrigues
  const double c = cosine(turns), s = sine(turns);
  const double along = (axis.x * v.x + axis.y * v.y + axis.z * v.z) * (1 - c);
  return {v.x * c + (axis.y * v.z - axis.z * v.y) * s + axis.x * along,
          v.y * c + (axis.z * v.x - axis.x * v.z) * s + axis.y * along,
          v.z * c + (axis.x * v.y - axis.y * v.x) * s + axis.z * along};
}

MotionWindow record(std::uint32_t gesture, const Population& population, Random& random) {
  constexpr Vector kStrapAxis{2.0 / 3.0, 1.0 / 3.0, 2.0 / 3.0};
  constexpr Vector kX{1, 0, 0}, kY{0, 1, 0};
  const Performance performance = perform(gesture, population, random);
  const double roll = static_cast<double>(population.wobble * random.normal());
  const double pitch = static_cast<double>(population.wobble * random.normal());
  MotionWindow window{};
  window.gesture = gesture;
  for (int i = 0; i < kWindowSamples; ++i) {
    Vector felt = acceleration(gesture, performance, static_cast<double>(i) / kWindowSamples);
    felt.z += 1.0;  // gravity
    felt = rotate(rotate(felt, kX, roll), kY, pitch);
    felt = rotate(felt, kStrapAxis, static_cast<double>(population.mounting_turns));
    float* sample = &window.samples[static_cast<std::size_t>(i) * kAxes];
    sample[0] = static_cast<float>(felt.x) + population.noise * random.normal();
    sample[1] = static_cast<float>(felt.y) + population.noise * random.normal();
    sample[2] = static_cast<float>(felt.z) + population.noise * random.normal();
  }
  return window;
}

}  // namespace

std::vector<MotionWindow> synthesise(const Population& population, std::size_t count, Random random) {
  std::vector<MotionWindow> windows;
  windows.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    windows.push_back(record(static_cast<std::uint32_t>(i % kGestures.size()), population, random));
  }
  for (std::size_t i = count; i > 1; --i) {
    std::swap(windows[i - 1], windows[random.below(static_cast<std::uint32_t>(i))]);
  }
  return windows;
}

}  // namespace modelgen
