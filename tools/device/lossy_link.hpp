// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>

namespace tmd::host::device {

/// A radio link that loses packets, in a way that depends on nothing but the seed.
struct Link {
  std::uint32_t packet_size = 200;   ///< Patch bytes in a packet.
  double loss = 0;                   ///< The share of packets that do not arrive.
  std::uint64_t seed = 1;            ///< Of the loss.
  std::uint32_t lose_packet_at = 0;  ///< Besides: the first packet at or behind this patch offset; 0: none.
};

/// Decides packet by packet.
class LossyLink {
 public:
  explicit LossyLink(const Link& link) : link_(link), random_(link.seed) {}

  bool loses(std::uint32_t offset) {
    if (link_.lose_packet_at != 0 && !lost_on_purpose_ && offset >= link_.lose_packet_at) {
      lost_on_purpose_ = true;
      return true;
    }
    // No distribution object: the standard does not say how it uses the generator.
    return static_cast<double>(random_() >> 11) * 0x1p-53 < link_.loss;
  }

 private:
  Link link_;
  std::mt19937_64 random_;
  bool lost_on_purpose_ = false;
};

}  // namespace tmd::host::device
