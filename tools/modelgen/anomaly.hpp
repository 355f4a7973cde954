// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "modelgen/network.hpp"
#include "modelgen/temperature.hpp"

namespace modelgen {

/// A model that says how unusual a window of temperatures is: an autoencoder, which gives back what it knows and
/// fails at what it does not.
///
/// The score of a window is the mean squared difference of the model's output and its input, in steps of their
/// quantisation, which they share. So a threshold means nothing without its model, and travels with it.
struct AnomalyDetector {
  Network network;
  std::vector<std::uint8_t> file;  ///< a whole .tflite
  std::uint32_t threshold = 0;     ///< scores above it are unusual
};

/// Trained on normal readings alone. The threshold is half as much again as the largest score of some that it has not
/// seen.
AnomalyDetector train_detector(std::span<const Season> seasons, Random random);
/// The same, from the weights of a first one: what a product would send to devices that have that one.
AnomalyDetector train_on(const AnomalyDetector& first, std::span<const Season> seasons, Random random);

/// As the device computes it, with the interpreter of tools/interpreter.
std::uint32_t score(const std::vector<std::uint8_t>& file, const TemperatureWindow& window);

/// The companion data of schema 1: the threshold, four bytes, little-endian.
std::vector<std::uint8_t> companion_of(const AnomalyDetector& detector);

/// One reading a line, in degrees with two decimals: what a sensor writes.
std::string text_of(std::span<const TemperatureWindow> windows);

}  // namespace modelgen
