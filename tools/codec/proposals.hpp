// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "codec/trial_cost.hpp"
#include "codec/units.hpp"

namespace tmd::host {

/// Where there are so many bytes that they are worth a look as weights: bytes that no model says anything about may
/// be a file of nothing else, and new weights are not coded as literals, which a device decodes slower.
constexpr std::uint32_t kLikelyWeights = 1024;

/// How the elements of an array relate to those before.
struct Pace {
  std::uint32_t stride = 0;
  bool follows = false;
};
/// The same operations at another pace, where they go element by element.
Operations paced(Operations operations, Pace pace);

/// The operations that could produce a unit: what is sensible for what the unit holds. Which is the cheapest is
/// for others to find out.
class Proposals {
 public:
  Proposals(ConstBytes base, ConstBytes target, const std::vector<ModelRegion>& target_regions)
      : base_(base), target_(target), target_regions_(target_regions) {}

  /// `beside`: the place in the base that the decoder is at.
  std::vector<Operations> of(const Unit& unit, std::uint32_t beside);
  /// The paces that the shape of the unit's region suggests.
  std::vector<Pace> paces(const Unit& unit) const;

 private:
  const ModelRegion* region_of(const Unit& unit) const {
    return unit.region >= 0 ? &target_regions_[static_cast<std::size_t>(unit.region)] : nullptr;
  }
  bool is_weights(const Unit& unit) const;
  void propose_unaligned(const Unit& unit, std::uint32_t beside);
  void propose_aligned(const Unit& unit);
  void propose_scaled(codec::OperationKind kind, const Alignment& range, std::uint32_t row,
                      std::vector<codec::Ratio> ratios);
  void propose_sparse(const Unit& unit);
  void propose_new(const Unit& unit);
  void propose_product(const Unit& unit, const ModelRegion& region);
  Operations runs(const Alignment& range, std::uint32_t shortest, codec::OperationKind otherwise) const;

  ConstBytes base_;
  ConstBytes target_;
  const std::vector<ModelRegion>& target_regions_;
  std::vector<Operations> candidates_;
};

}  // namespace tmd::host
