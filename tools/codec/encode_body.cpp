// SPDX-License-Identifier: Apache-2.0
#include "codec/encode_body.hpp"

#include <stdexcept>

#include "codec/encode_plan.hpp"
#include "codec/planner.hpp"
#include "tmd/internal/codec/decoder.hpp"

namespace tmd::host {
namespace {

/// The bytes of RAM that a decoder of so many counters takes.
std::uint8_t parameters_for(std::uint32_t ram) {
  const std::uint32_t fixed =
      sizeof(codec::Decoder<codec::DefaultConfig>) - codec::DefaultConfig::kCounters * sizeof(codec::Counter);
  if (ram == 0) return static_cast<std::uint8_t>(codec::DefaultConfig::kCounters / codec::kCounterUnit - 1);
  if (ram < fixed + codec::kCounterUnit * 2) throw std::invalid_argument("no decoder is that small");
  const std::uint32_t units = (ram - fixed) / (codec::kCounterUnit * 2);
  return static_cast<std::uint8_t>(units > 256 ? 255 : units - 1);
}

}  // namespace

EncodedBody encode_body(ConstBytes base, ConstBytes target, const EncodeOptions& options) {
  const std::uint8_t parameters = parameters_for(options.decoder_ram);
  EncodedBody body = encode_plan(make_plan(base, target, codec::counter_count(parameters), options),
                                 parameters, base, target, options.window);
  if (options.progress) options.progress(1.0);
  return body;
}

}  // namespace tmd::host
