// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "codec/model_regions.hpp"
#include "tmd/internal/codec/read_window.hpp"

namespace tmd::host {

/// How much work goes into a body, on either side.
enum class Effort : std::uint8_t {
  quick,     ///< Three tenths of the time; the body is half a percent larger, seldom more than two.
  standard,  ///< What decodes in much less time is taken where it is hardly larger.
  small,     ///< The smallest body, whatever work decoding it is.
};

struct EncodeOptions {
  /// RAM that the device's decoder may take, in bytes; what the default build has unless told otherwise.
  std::uint32_t decoder_ram = 0;
  /// Called now and then with the share that is done, 0 to 1. Null: not called.
  std::function<void(double)> progress;
  Effort effort = Effort::standard;
  /// Where the target is written over its base: what may still be read.
  codec::ReadWindow window;
  /// The arrays in bytes that are no model by themselves, sorted, without overlaps. Empty: what model_regions finds.
  std::vector<ModelRegion> base_regions;
  std::vector<ModelRegion> target_regions;
};

/// Where the bits of a body went: one entry for each stretch of the target.
struct ExplainedRegion {
  std::string name;       ///< The tensor, "model structure" or "file"; empty where only a patch was read.
  std::string operation;  ///< What the decoder does there.
  std::uint32_t target_offset = 0;
  std::uint32_t target_length = 0;
  std::uint32_t source_offset = 0;  ///< In base or target, where the operation has a source.
  double bits = 0;                  ///< Exact share of the body.
  std::uint32_t elements = 0;       ///< Weights, biases, … or bytes.
};

struct EncodedBody {
  std::uint8_t parameters = 0;
  std::vector<std::uint8_t> bytes;
  std::vector<ExplainedRegion> explanation;
};

}  // namespace tmd::host
