// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "inference/model_runner.hpp"

namespace tmd::host::inference {

/// What one operator of the main subgraph costs.
struct LayerCost {
  std::string name;           ///< "CONV_2D"
  std::uint64_t macs = 0;     ///< multiplications with a weight, each with its addition
  std::uint64_t weights = 0;  ///< bytes of its constants
  std::uint64_t live = 0;     ///< bytes of activations that must be held while it runs, each rounded up to 16
  std::uint64_t elements = 0;  ///< of its outputs
  double host_us = 0;          ///< on this workstation, the least of the runs
};

/// What a microcontroller is taken to be. The formula, which is all that is claimed:
///   cycles = macs * cycles_per_mac + elements * cycles_per_element
///   ms     = cycles / (mhz * 1000)
///   mJ     = ms * active_mw / 1000
///   mW     = mJ * 1000 / period_ms + idle_mw      the mean with one inference a period
struct DeviceFigures {
  double mhz = 64;
  double cycles_per_mac = 8;
  double cycles_per_element = 60;
  double active_mw = 12;
  double idle_mw = 0.01;
  double period_ms = 1000;
};

struct Profile {
  std::vector<LayerCost> layers;
  std::uint64_t macs = 0;
  std::uint64_t weights = 0;  ///< bytes of all constants, those that layers share counted once
  std::uint64_t elements = 0;
  double host_us = 0;

  double milliseconds(const DeviceFigures& device) const;
  double millijoules(const DeviceFigures& device) const;
  double mean_milliwatts(const DeviceFigures& device) const;
};

/// Runs the model `runs` times on `input` and counts. A streaming model goes on from where it was.
Profile profile_model(ModelRunner& runner, ConstBytes input, int runs);

/// Multiplications of one operator; 0 for those that have no weights to multiply with.
std::uint64_t macs_of(const model::Model& model, const model::Subgraph& graph, const model::Operator& op);

}  // namespace tmd::host::inference
