// SPDX-License-Identifier: Apache-2.0
#include "modelgen/anomaly.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <utility>

#include "interpreter/interpreter.hpp"
#include "modelgen/quantise.hpp"
#include "modelgen/regression.hpp"
#include "modelgen/tflite_writer.hpp"

namespace modelgen {
namespace {

enum AnomalyStream : std::uint64_t { kAnomalyWeights = 1, kAnomalyWindows, kAnomalyOrder, kAnomalyUnseen };

constexpr std::size_t kSeasonWindows = 1200;  // of each season
constexpr std::size_t kUnseenWindows = 400;
constexpr TrainingPlan kFromScratch{60, 4e-3F, 0};
constexpr TrainingPlan kGoOn{40, 2e-3F, 0};
// Trained on tens of degrees: a network likes numbers about one. The files take degrees.
constexpr float kDegrees = 0.1F;
constexpr float kHighest = 16.0F;  // degrees that the input's quantisation reaches

Network autoencoder(Random random) {
  Network network({static_cast<int>(kReadings), 1});
  network.add_fully_connected("temperature/encode1", 16, true, random);
  network.add_fully_connected("temperature/encode2", 6, false, random);
  network.add_fully_connected("temperature/decode1", 16, true, random);
  network.add_fully_connected("temperature/decode2", static_cast<int>(kReadings), false, random);
  return network;
}

Example example_of(const TemperatureWindow& window) {
  std::vector<float> values(window.begin(), window.end());
  for (float& value : values) value *= kDegrees;
  return {values, values};
}

/// The same function of degrees: the factor goes into the weights at both ends.
Network in_degrees(Network network) {
  for (float& weight : network.layers().front().weights) weight *= kDegrees;
  for (float& weight : network.layers().back().weights) weight /= kDegrees;
  for (float& bias : network.layers().back().biases) bias /= kDegrees;
  return network;
}

/// The int8 file, which takes and gives degrees in one quantisation.
std::vector<std::uint8_t> quantised(const Network& trained, std::span<const TemperatureWindow> calibration) {
  const Network network = in_degrees(trained);
  std::vector<Range> ranges(network.layers().size() + 1);
  for (const TemperatureWindow& window : calibration) widen(ranges, network, window);
  // Room for what is not normal.
  ranges.front().high = std::max({ranges.front().high, ranges.back().high, kHighest});
  ranges.front().low = std::min(ranges.front().low, ranges.back().low);
  ranges.back() = ranges.front();
  return write_tflite(quantise_regression(network, ranges, "temperature", "reconstruction"),
                      "MLIR Converted.");
}

AnomalyDetector fitted(Network network, std::span<const Season> seasons, const TrainingPlan& plan,
                       Random random) {
  std::vector<Example> examples;
  std::vector<TemperatureWindow> calibration;
  for (std::size_t i = 0; i < seasons.size(); ++i) {
    const std::vector<TemperatureWindow> windows =
        normal_readings(seasons[i], kSeasonWindows, random.stream(kAnomalyWindows).stream(i));
    for (const TemperatureWindow& window : windows) examples.push_back(example_of(window));
    calibration.insert(calibration.end(), windows.begin(), windows.begin() + kCalibrationWindows);
  }
  train_regression(network, examples, plan, random.stream(kAnomalyOrder));
  AnomalyDetector detector{std::move(network), {}, 0};
  detector.file = quantised(detector.network, calibration);
  std::uint32_t most = 0;
  for (std::size_t i = 0; i < seasons.size(); ++i) {
    for (const TemperatureWindow& window :
         normal_readings(seasons[i], kUnseenWindows, random.stream(kAnomalyUnseen).stream(i)))
      most = std::max(most, score(detector.file, window));
  }
  detector.threshold = most + most / 2;
  return detector;
}

}  // namespace

AnomalyDetector train_detector(std::span<const Season> seasons, Random random) {
  return fitted(autoencoder(random.stream(kAnomalyWeights)), seasons, kFromScratch, random);
}

AnomalyDetector train_on(const AnomalyDetector& first, std::span<const Season> seasons, Random random) {
  return fitted(first.network, seasons, kGoOn, random);
}

std::uint32_t score(const std::vector<std::uint8_t>& file, const TemperatureWindow& window) {
  using tmd::host::interpreter::InterpreterStatus;
  std::array<std::uint8_t, 1024> arena{};
  tmd::host::interpreter::Interpreter interpreter;
  const tmd::ConstBytes bytes(file.data(), file.size());
  if (interpreter.load(bytes, tmd::MutableBytes(arena.data(), arena.size())) != InterpreterStatus::ok)
    throw std::runtime_error("the autoencoder does not run");
  const float step = std::bit_cast<float>(interpreter.input_scale_bits());
  const int zero = interpreter.input_zero_point();
  std::array<std::int8_t, kReadings> taken{};
  for (std::size_t i = 0; i < kReadings; ++i) {
    const int stored = static_cast<int>(std::floor(window[i] / step + 0.5F)) + zero;
    taken[i] = static_cast<std::int8_t>(std::clamp(stored, -128, 127));
    interpreter.input()[i] = static_cast<std::uint8_t>(taken[i]);
  }
  if (interpreter.invoke() != InterpreterStatus::ok) throw std::runtime_error("the autoencoder does not run");
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < kReadings; ++i) {
    const int off = static_cast<std::int8_t>(interpreter.output()[i]) - taken[i];
    sum += static_cast<std::uint32_t>(off * off);
  }
  return sum / kReadings;
}

std::vector<std::uint8_t> companion_of(const AnomalyDetector& detector) {
  std::vector<std::uint8_t> bytes(4);
  tmd::store_le32(bytes.data(), detector.threshold);
  return bytes;
}

std::string text_of(std::span<const TemperatureWindow> windows) {
  std::string text;
  for (const TemperatureWindow& window : windows) {
    for (const float degrees : window) {
      // Without the C library's formatting of floats, which a locale changes.
      const int hundredths = static_cast<int>(std::floor(degrees * 100.0F + 0.5F));
      const int magnitude = hundredths < 0 ? -hundredths : hundredths;
      if (hundredths < 0) text += '-';
      text += std::to_string(magnitude / 100);
      text += '.';
      text += static_cast<char>('0' + magnitude / 10 % 10);
      text += static_cast<char>('0' + magnitude % 10);
      text += '\n';
    }
  }
  return text;
}

}  // namespace modelgen
