// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "codec/encoded_body.hpp"
#include "codec/proposals.hpp"
#include "codec/trials.hpp"
#include "codec/units.hpp"
#include "tmd/internal/codec/read_window.hpp"

namespace tmd::host {

/// Finds the cheapest operations for one unit. Many ways to code it are proposed and judged by samples, fewer and fewer
/// by longer and longer ones; the few that are left are played whole, and tuned.
class UnitChoice {
 public:
  /// The regions and the trials are used as long as this is.
  UnitChoice(ConstBytes base, ConstBytes target, const std::vector<ModelRegion>& target_regions,
             const Trials& trials, const EncodeOptions& options);

  /// What produces the unit, for a decoder that is at `body`.
  Operations cheapest(const Unit& unit, const AnyBody& body);
  /// The cheapest of the ways that there are to write the bytes of a literal.
  PlannedOperation cheapest_bytes(const PlannedOperation& literal, const AnyBody& body) const;
  bool is_unchanged(const Alignment& range) const {
    return equal_bytes(base_.slice(range.base, range.length), target_.slice(range.target, range.length));
  }

  /// How many ways to code a unit are kept at each step, and how closely they are looked at.
  struct Breadth {
    std::size_t forms;           ///< Kept when kinds and sources were compared; modes are tried with these.
    std::size_t whole;           ///< Kept when modes were compared by a sample; these are played whole.
    std::size_t whole_if_short;  ///< The same where the sample was the whole unit.
    std::size_t tuned;           ///< Kept when they were played whole; these are tuned,
    std::uint64_t nearly;        ///< if so near to the cheapest, in 256ths.
    unsigned rounds;             ///< Of tuning.
    std::uint64_t mode_share;  ///< How much of each is played to find a mode, and to tune: `Trials::sample`.
    std::uint64_t tuning_share;
    std::uint64_t pieces_dearer;  ///< By so much, in 256ths: ways in pieces are not tuned.
    bool retries_zeros;           ///< Whether it asks for zeros is decided anew for the way that is tuned.
    bool strides_first;  ///< A mode is found in two steps, the second of which looks at the best few strides.
    std::uint32_t least;  ///< Bytes of each that are played at least, but to find kinds, sources and strides.
    std::uint32_t least_rows;  ///< And rows, where what is tuned looks at rows above.
  };

 private:
  using Candidates = std::vector<Operations>;

  Operations copy(const Alignment& range, const AnyBody& body) const;
  PredictionMode best_mode(const Operations& candidate, const Unit& unit, const AnyBody& body,
                           std::uint32_t wanted) const;
  PredictionMode likely_mode(const Operations& candidate, const Unit& unit, const AnyBody& body,
                             std::uint32_t wanted) const;
  void retry_zeros(Operations& candidate, const AnyBody& body) const;
  void tune(Operations& candidate, const Unit& unit, const AnyBody& body) const;
  void take_best(Operations& candidate, const std::vector<codec::Operation>& variants,
                 const AnyBody& body) const;
  void mix_literals(Operations& chosen, const AnyBody& body) const;
  Candidates cheap_ones(Candidates candidates, const AnyBody& body, std::size_t kept, std::uint32_t sample,
                        std::uint64_t worth = kAnyPrice) const;

  static constexpr std::uint64_t kAnyPrice = 1U << 20;

  ConstBytes base_;
  ConstBytes target_;
  codec::ReadWindow window_;
  Proposals proposals_;
  const Trials& trials_;
  const Breadth& breadth_;
};

}  // namespace tmd::host
