// SPDX-License-Identifier: Apache-2.0
#include "codec/encode_body.hpp"

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "codec/encode_plan.hpp"
#include "codec/model_regions.hpp"
#include "codec/planner.hpp"
#include "tmd/internal/codec/decoder.hpp"

namespace tmd::host {
namespace {

/// As many counters as a decoder in so many bytes of RAM has; never more than the default build's, which is the largest
/// that a patch may count on.
std::uint8_t parameters_for(std::uint32_t ram) {
  constexpr std::uint32_t kMostUnits = codec::DefaultConfig::kCounters / codec::kCounterUnit;
  const std::uint32_t fixed =
      sizeof(codec::Decoder<codec::DefaultConfig>) - codec::DefaultConfig::kCounters * sizeof(codec::Counter);
  if (ram == 0) return static_cast<std::uint8_t>(kMostUnits - 1);
  if (ram < fixed + codec::kCounterUnit * 2)
    throw std::invalid_argument("a decoder has at least " + std::to_string(fixed + codec::kCounterUnit * 2) +
                                " bytes of RAM, not " + std::to_string(ram));
  const std::uint32_t units = (ram - fixed) / (codec::kCounterUnit * 2);
  return static_cast<std::uint8_t>(std::min(units, kMostUnits) - 1);
}

/// Into what a file is cut that no model explains: which is best shows afterwards only. Larger ones, and those with
/// little time, are cut in one way. `options` has the target's regions.
std::vector<std::uint32_t> pieces_for(ConstBytes target, const EncodeOptions& options) {
  constexpr std::size_t kLargestTried = 512 * 1024;
  const bool is_explained = !options.target_regions.empty();
  if (is_explained || options.effort == Effort::quick || target.size() > kLargestTried)
    return {kLongestPiece};
  return {kLongestPiece, 4096, 1024};
}

}  // namespace

EncodedBody encode_body(ConstBytes base, ConstBytes target, const EncodeOptions& options) {
  const std::uint8_t parameters = parameters_for(options.decoder_ram);
  EncodeOptions pass = options;
  if (pass.target_regions.empty()) pass.target_regions = model_regions(target);
  const std::vector<std::uint32_t> pieces = pieces_for(target, pass);
  EncodedBody best;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (options.progress) {
      pass.progress = [&](double share) {
        options.progress((static_cast<double>(i) + share) / static_cast<double>(pieces.size()));
      };
    }
    const Plan plan = make_plan(base, target, codec::counter_count(parameters), pass, pieces[i]);
    EncodedBody body = encode_plan(plan, parameters, base, target, options.window);
    if (i == 0 || body.bytes.size() < best.bytes.size()) best = std::move(body);
  }
  if (options.progress) options.progress(1.0);
  return best;
}

}  // namespace tmd::host
