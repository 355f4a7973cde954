// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "codec/trial_cost.hpp"
#include "codec/units.hpp"

namespace tmd::host {

/// Where there are so many bytes that they are worth a look as weights: bytes that no model says anything about may
/// be a file of nothing else, and new weights are not coded as literals, which a device decodes slower.
constexpr std::uint32_t kLikelyWeights = 1024;

/// How the elements of an array relate to those before.
struct PredictionMode {
  std::uint32_t stride = 0;
  bool predicted = false;
  std::uint32_t above = 0;  ///< Elements of a row, where rows above foretell.
};
/// The same operations at another mode, where they go element by element.
Operations with_mode(Operations operations, PredictionMode mode);

/// The operations that could produce a unit: what is sensible for what the unit holds. Which is the cheapest is
/// for others to find out.
class Proposals {
 public:
  Proposals(ConstBytes base, ConstBytes target, const std::vector<ModelRegion>& target_regions)
      : base_(base), target_(target), target_regions_(target_regions) {}

  /// `colocated`: the place in the base that the decoder is at.
  std::vector<Operations> of(const Unit& unit, std::uint32_t colocated);
  /// The prediction_modes that the shape of the unit's region suggests.
  std::vector<PredictionMode> prediction_modes(const Unit& unit) const;
  /// Distances at which its elements may resemble each other: those that its shape says, where that is known.
  std::vector<std::uint32_t> likely_strides(const Unit& unit) const;
  /// The same operation with what it foretells from, and how fast that learns, in other ways.
  std::vector<codec::Operation> filter_shapes(const Unit& unit, const codec::Operation& operation) const;
  static std::vector<codec::Operation> flags(const codec::Operation& operation);
  static std::vector<codec::Operation> filter_speeds(const codec::Operation& operation);
  /// Elements of a row of weights that may foretell the next ones; 0 where there is none.
  std::uint32_t row_above(const Unit& unit) const;

 private:
  const ModelRegion* region_of(const Unit& unit) const {
    return unit.region >= 0 ? &target_regions_[static_cast<std::size_t>(unit.region)] : nullptr;
  }
  /// Whether it is long enough for its elements to have something in common.
  static bool may_be_array(const Unit& unit) {
    return unit.range.length >= (unit.region >= 0 ? 64 : kLikelyWeights);
  }
  std::vector<std::uint32_t> strides(const Unit& unit, bool powers_of_two) const;
  bool is_weights(const Unit& unit) const;
  void propose_unaligned(const Unit& unit, std::uint32_t colocated);
  void propose_aligned(const Unit& unit);
  void propose_runs(const Alignment& range, std::initializer_list<std::uint32_t> lengths,
                    codec::OperationKind otherwise);
  void propose_scaled(codec::OperationKind kind, const Alignment& range, std::uint32_t row,
                      std::vector<codec::Ratio> ratios);
  void propose_sparse(const Unit& unit);
  void centre_all(std::uint8_t centre);
  void propose_new(const Unit& unit);
  void propose_product(const Unit& unit, const ModelRegion& region);
  Operations runs(const Alignment& range, std::uint32_t shortest, codec::OperationKind otherwise) const;

  ConstBytes base_;
  ConstBytes target_;
  const std::vector<ModelRegion>& target_regions_;
  std::vector<Operations> candidates_;
};

}  // namespace tmd::host
