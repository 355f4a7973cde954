// SPDX-License-Identifier: Apache-2.0
#include "codec/planner.hpp"

#include <algorithm>
#include <memory>

#include "codec/alignment.hpp"
#include "codec/join_operations.hpp"
#include "codec/model_regions.hpp"
#include "codec/ratios.hpp"
#include "codec/structure_parse.hpp"
#include "codec/trial.hpp"

namespace tmd::host {
namespace {

using codec::OperationKind;

/// A stretch of the target that is planned at once.
struct Unit {
  Alignment range;
  bool aligned = false;
  int region = -1;  ///< Index of the target's region, or -1 between regions.
};

class Planner {
 public:
  Planner(ConstBytes base, ConstBytes target, std::uint32_t slots)
      : base_(base),
        target_(target),
        parser_(base, target),
        base_regions_(model_regions(base)),
        target_regions_(model_regions(target)),
        partner_(pair_regions(base, target, base_regions_, target_regions_)) {
    slots_ = slots;
    body_.begin(slots, static_cast<std::uint32_t>(base.size()), static_cast<std::uint32_t>(target.size()));
  }

  Plan plan(const std::function<void(double)>& progress) {
    split();
    for (std::size_t i = 0; i < units_.size();) {
      std::size_t end = i;
      while (end < units_.size() && is_plain(units_[end])) ++end;
      if (end > i) {
        choose_between(i, end);
        i = end;
      } else {
        choose(units_[i++]);
      }
      if (progress) progress(static_cast<double>(body_.produced()) / static_cast<double>(target_.size() + 1));
    }
    plan_.operations = join_operations(plan_.operations, base_, target_, slots_);
    for (const ModelRegion& region : target_regions_) {
      plan_.names.push_back(NamedRange{region.offset, region.length, region.name});
    }
    return std::move(plan_);
  }

 private:
  /// Cuts the target into regions of the model and what lies between, and those into aligned and unaligned
  /// parts.
  void split() {
    alignments_ = align_bytes(base_, target_);
    std::uint32_t at = 0;
    for (std::size_t i = 0; i < target_regions_.size(); ++i) {
      const ModelRegion& region = target_regions_[i];
      if (region.length < 40) continue;
      between(at, region.offset);
      at = region.offset + region.length;
      const int partner = partner_[i];
      if (partner >= 0 && base_regions_[static_cast<std::size_t>(partner)].length == region.length) {
        const std::uint32_t source = base_regions_[static_cast<std::size_t>(partner)].offset;
        units_.push_back(Unit{Alignment{region.offset, region.length, source}, true, static_cast<int>(i)});
      } else {
        clipped(region.offset, at, static_cast<int>(i));
      }
    }
    between(at, static_cast<std::uint32_t>(target_.size()));
  }
  void between(std::uint32_t from, std::uint32_t to) { clipped(from, to, -1); }
  void clipped(std::uint32_t from, std::uint32_t to, int region) {
    std::uint32_t at = from;
    for (const Alignment& alignment : alignments_) {
      const std::uint32_t start = std::max(at, alignment.target);
      const std::uint32_t end = std::min(to, alignment.target + alignment.length);
      if (start >= end) continue;
      if (start > at) units_.push_back(Unit{Alignment{at, start - at, 0}, false, region});
      units_.push_back(
          Unit{Alignment{start, end - start, alignment.base + (start - alignment.target)}, true, region});
      at = end;
    }
    if (at < to) units_.push_back(Unit{Alignment{at, to - at, 0}, false, region});
  }

  /// The stretch that units [first, last) make up: by its alignments, or by a parse into small pieces.
  void choose_between(std::size_t first, std::size_t last) {
    const std::uint32_t from = units_[first].range.target;
    const std::uint32_t to = units_[last - 1].range.target + units_[last - 1].range.length;
    const AnyBody start = body_;
    const std::size_t planned = plan_.operations.size();
    const std::uint32_t last_length = planned > 0 ? plan_.operations.back().operation.length : 0;
    const Standing standing = standing_;
    const StructurePrices prices = prices_;
    std::uint64_t lowest = committed_;
    for (std::size_t i = first; i < last; ++i) choose(units_[i]);
    lowest = committed_ - lowest;

    const AnyBody by_alignment = body_;
    const Standing stood = standing_;
    const StructurePrices counted = prices_;
    body_ = start;
    standing_ = standing;
    prices_ = prices;
    const std::vector<std::uint32_t> hints = hints_around(first, last);
    const std::uint32_t then = last < units_.size() && units_[last].aligned
                                   ? units_[last].range.base - units_[last].range.target
                                   : standing.shift;
    Operations best;
    const unsigned passes = to - from > 524288 ? 2 : 5;
    for (unsigned pass = 0; pass < passes; ++pass) {
      Operations parsed = parser_.parse(from, to, hints, standing, then, prices_);
      prices_ = prices;
      count(parsed, standing);
      prices_.settle();
      parsed = refined(parsed);
      const std::uint64_t cost = trial(parsed, ~0U);
      if (cost < lowest) {
        lowest = cost;
        best = std::move(parsed);
      }
    }
    prices_ = prices;
    if (best.empty()) {
      body_ = by_alignment;
      standing_ = stood;
      prices_ = counted;
      return;
    }
    plan_.operations.resize(planned);
    if (planned > 0) plan_.operations.back().operation.length = last_length;
    commit(best);
  }

  /// Between regions, or a region that did not change.
  bool is_plain(const Unit& unit) const { return unit.region < 0 || (unit.aligned && same(unit.range)); }
  std::vector<std::uint32_t> hints_around(std::size_t first, std::size_t last) const {
    std::vector<std::uint32_t> hints;
    for (std::size_t i = first > 0 ? first - 1 : 0; i < std::min(last + 1, units_.size()); ++i) {
      if (units_[i].aligned) hints.push_back(units_[i].range.base - units_[i].range.target);
    }
    std::sort(hints.begin(), hints.end());
    hints.erase(std::unique(hints.begin(), hints.end()), hints.end());
    if (hints.size() > 16) hints.resize(16);
    return hints;
  }
  void count(const Operations& operations, Standing standing) {
    std::uint32_t at = body_.produced();
    for (const PlannedOperation& planned : operations) {
      prices_.count(planned.operation, at, standing.shift, standing.distance, standing.kind, base_, target_);
      at += planned.operation.length;
    }
  }
  /// The same with longer literals in the cheapest of the ways that there are to write bytes.
  Operations refined(const Operations& operations) {
    const AnyBody start = body_;
    Operations result;
    for (const PlannedOperation& planned : operations) {
      Operations best{planned};
      const std::uint32_t length = planned.operation.length;
      if (planned.operation.kind == OperationKind::literal && length >= 8) {
        std::uint64_t lowest = trial(best, ~0U);
        for (const OperationKind kind :
             {OperationKind::delta8, OperationKind::weights8, OperationKind::delta32}) {
          if (codec::reads_base(simple_operation(kind, 0, 0).operation) &&
              !fits(planned.operation.source, length, static_cast<std::uint32_t>(base_.size())))
            continue;
          if (length % codec::element_size(kind) != 0) continue;
          Operations other{
              simple_operation(kind, length, kind == OperationKind::weights8 ? 0 : planned.operation.source)};
          const std::uint64_t cost = trial(other, ~0U);
          if (cost < lowest) {
            lowest = cost;
            best = std::move(other);
          }
        }
      }
      CostSink sink;
      (void)play(body_, sink, best.front(), base_, target_);
      result.push_back(best.front());
    }
    body_ = start;
    return result;
  }

  void choose(const Unit& unit) {
    candidates_.clear();
    if (unit.aligned) {
      if (same(unit.range)) {
        commit({simple_operation(OperationKind::copy_base, unit.range.length, unit.range.base)});
        return;
      }
      propose_aligned(unit);
    } else {
      candidates_.push_back({simple_operation(OperationKind::literal, unit.range.length, 0)});
      // Bytes that all moved a little have no string in common with the base, but may lie where they did.
      const std::uint32_t beside = body_.beside();
      if (unit.range.length > 64 &&
          fits(beside, unit.range.length, static_cast<std::uint32_t>(base_.size()))) {
        candidates_.push_back({simple_operation(OperationKind::delta8, unit.range.length, beside)});
      }
      if (unit.region >= 0 || unit.range.length > 64) propose_new(unit);
    }
    drop_dear(4);
    // The best way with other strides, where it goes element by element.
    if (const ModelRegion* region = region_of(unit); region != nullptr && unit.range.length >= 64) {
      const std::vector<Operations> best(candidates_.begin(),
                                         candidates_.begin() + (candidates_.size() > 1 ? 2 : 1));
      for (const std::uint32_t stride : strides_of(*region)) {
        for (Operations varied : best) {
          bool any = false;
          for (PlannedOperation& planned : varied) {
            if (!codec::has_elements(planned.operation.kind)) continue;
            planned.operation.stride = stride;
            any = true;
          }
          if (any) candidates_.push_back(std::move(varied));
        }
      }
      drop_dear(unit.range.length > kSample ? 3 : 1);
    }
    if (candidates_.size() > 1) drop_dear(1, ~0U);
    commit(candidates_.front());
  }
  /// Keeps the cheapest few candidates, cheapest first, judged by a sample of what they produce.
  void drop_dear(std::size_t kept, std::uint32_t sample = kSample) {
    std::vector<std::pair<std::uint64_t, std::size_t>> ranked;
    for (std::size_t i = 0; i < candidates_.size(); ++i)
      ranked.emplace_back(trial(candidates_[i], sample), i);
    std::sort(ranked.begin(), ranked.end());
    std::vector<Operations> best;
    for (std::size_t i = 0; i < ranked.size() && i < kept; ++i)
      best.push_back(std::move(candidates_[ranked[i].second]));
    candidates_ = std::move(best);
  }
  /// Distances at which weights may resemble each other: the inner dimensions of their shape, and powers of
  /// two.
  static std::vector<std::uint32_t> strides_of(const ModelRegion& region) {
    std::vector<std::uint32_t> strides{2, 4, 8, 16, 32, 64, 128};
    std::uint32_t product = 1;
    for (std::size_t i = region.shape.size(); i-- > 0;) {
      if (region.shape[i] == 0 || region.shape[i] > codec::kLongestStride) break;
      product *= region.shape[i];
      if (product > 1 && product <= codec::kLongestStride) strides.push_back(product);
    }
    std::sort(strides.begin(), strides.end());
    strides.erase(std::unique(strides.begin(), strides.end()), strides.end());
    return strides;
  }

  bool same(const Alignment& range) const {
    return equal_bytes(base_.slice(range.base, range.length), target_.slice(range.target, range.length));
  }
  const ModelRegion* region_of(const Unit& unit) const {
    return unit.region >= 0 ? &target_regions_[static_cast<std::size_t>(unit.region)] : nullptr;
  }

  void propose_aligned(const Unit& unit) {
    const Alignment& range = unit.range;
    for (const std::uint32_t shortest : {4U, 8U, 16U, 32U, 128U}) {
      candidates_.push_back(runs(range, shortest, OperationKind::literal));
      if (shortest >= 16) candidates_.push_back(runs(range, shortest, OperationKind::delta8));
    }
    candidates_.push_back({simple_operation(OperationKind::delta8, range.length, range.base)});
    const ModelRegion* region = region_of(unit);
    const bool words = range.length % 4 == 0;
    const std::uint32_t row = region != nullptr ? row_of(*region) : 0;
    const ConstBytes source = base_.slice(range.base, range.length);
    const ConstBytes goal = target_.slice(range.target, range.length);
    if (range.length >= 16 && (region == nullptr || region->type != ElementType::float32)) {
      propose_scaled(OperationKind::delta8, range, 0, byte_ratios(source, goal, 0));
      if (row >= 8 && range.length > row)
        propose_scaled(OperationKind::delta8, range, row, byte_ratios(source, goal, row));
    }
    if (words && (region == nullptr || region->type == ElementType::int32)) {
      candidates_.push_back({simple_operation(OperationKind::delta32, range.length, range.base)});
      if (range.length >= 16) {
        for (const unsigned bytes : {2U, 3U}) {
          propose_scaled(OperationKind::delta32, range, 0, word_ratios(source, goal, 0, false, bytes));
        }
      }
    }
    if (words && (region == nullptr || region->type == ElementType::float32)) {
      candidates_.push_back({simple_operation(OperationKind::float32, range.length, range.base)});
      if (range.length >= 16)
        propose_scaled(OperationKind::float32, range, 0, word_ratios(source, goal, 0, true, 4));
      if (row >= 16 && row % 4 == 0 && range.length > row) {
        propose_scaled(OperationKind::float32, range, row / 4, word_ratios(source, goal, row / 4, true, 4));
      }
    }
    if (region != nullptr) propose_new(unit);
  }
  void propose_scaled(OperationKind kind, const Alignment& range, std::uint32_t row,
                      std::vector<codec::Ratio> ratios) {
    PlannedOperation planned = simple_operation(kind, range.length, range.base);
    planned.operation.scaled = true;
    planned.operation.row = row;
    planned.ratios = std::move(ratios);
    candidates_.push_back({std::move(planned)});
  }
  /// What needs no base: new weights, and scales that follow from scales already produced.
  void propose_new(const Unit& unit) {
    const ModelRegion* region = region_of(unit);
    const std::uint32_t length = unit.range.length;
    if (region == nullptr || region->type == ElementType::int8 || region->type == ElementType::other) {
      candidates_.push_back({simple_operation(OperationKind::weights8, length, 0)});
    }
    if (region != nullptr && region->type == ElementType::float32 && length % 4 == 0) {
      candidates_.push_back({simple_operation(OperationKind::weights32, length, 0)});
      unsigned tried = 0;
      for (std::size_t i = static_cast<std::size_t>(unit.region); i-- > 0 && tried < 3;) {
        const ModelRegion& other = target_regions_[i];
        if (other.role != Role::scales || region->role != Role::scales || other.length != length ||
            length < 8)
          continue;
        ++tried;
        PlannedOperation planned = simple_operation(OperationKind::float32, length, other.offset);
        planned.operation.from_target = true;
        planned.operation.scaled = true;
        planned.ratios = word_ratios(target_.slice(other.offset, length),
                                     target_.slice(unit.range.target, length), 0, true, 4);
        candidates_.push_back({std::move(planned)});
      }
    }
  }

  /// Bytes of one output channel, where the first dimension counts them; 0 where there is nothing to tell
  /// apart.
  static std::uint32_t row_of(const ModelRegion& region) {
    if (region.role != Role::constant || region.shape.size() < 2 || region.shape[0] < 2) return 0;
    return region.length % region.shape[0] == 0 ? region.length / region.shape[0] : 0;
  }

  /// Copies where at least `shortest` bytes agree, `otherwise` between.
  Operations runs(const Alignment& range, std::uint32_t shortest, OperationKind otherwise) const {
    Operations operations;
    std::uint32_t done = 0;
    std::uint32_t i = 0;
    const auto cut = [&](OperationKind kind, std::uint32_t length) {
      if (length > 0) operations.push_back(simple_operation(kind, length, range.base + done));
      done += length;
    };
    while (i < range.length) {
      std::uint32_t run = 0;
      while (i + run < range.length && base_[range.base + i + run] == target_[range.target + i + run]) ++run;
      if (run >= shortest) {
        cut(otherwise, i - done);
        cut(OperationKind::copy_base, run);
      }
      i += run > 0 ? run : 1;
    }
    cut(otherwise, range.length - done);
    return operations;
  }

  /// What the operations would cost, or the first `most` bytes of target that they produce.
  std::uint64_t trial(const Operations& operations, std::uint32_t most) {
    trial_ = body_;
    CostSink sink;
    for (const PlannedOperation& planned : operations) {
      PlannedOperation cut = adjusted(planned, trial_);
      const std::uint32_t left = most - (trial_.produced() - body_.produced());
      if (cut.operation.length > left) cut.operation.length = left & ~3U;
      if (cut.operation.length == 0) break;
      if (play(trial_, sink, cut, base_, target_) != Status::ok) return ~std::uint64_t{0};
    }
    return sink.cost();
  }
  void commit(const Operations& operations) {
    CostSink sink;
    for (PlannedOperation planned : operations) {
      planned = adjusted(planned, body_);
      prices_.count(planned.operation, body_.produced(), standing_.shift, standing_.distance, standing_.kind,
                    base_, target_);
      (void)play(body_, sink, planned, base_, target_);
      append(planned);
    }
    prices_.settle();
    committed_ += sink.cost();
  }
  /// A literal without a place in the base keeps the place that the decoder is at.
  PlannedOperation adjusted(PlannedOperation planned, const AnyBody& body) const {
    if (planned.operation.kind == OperationKind::literal && planned.operation.source == 0) {
      planned.operation.source = body.beside();
    }
    return planned;
  }
  void append(const PlannedOperation& planned) {
    if (!plan_.operations.empty() && planned.operation.kind == OperationKind::copy_base) {
      codec::Operation& last = plan_.operations.back().operation;
      if (last.kind == OperationKind::copy_base && last.source + last.length == planned.operation.source) {
        last.length += planned.operation.length;
        return;
      }
    }
    plan_.operations.push_back(planned);
  }

  static constexpr std::uint32_t kSample = 8192;

  ConstBytes base_;
  ConstBytes target_;
  StructureParser parser_;
  std::uint32_t slots_ = 0;
  std::uint64_t committed_ = 0;
  StructurePrices prices_;
  Standing standing_;
  std::vector<ModelRegion> base_regions_;
  std::vector<ModelRegion> target_regions_;
  std::vector<int> partner_;
  std::vector<Alignment> alignments_;
  std::vector<Unit> units_;
  std::vector<Operations> candidates_;
  AnyBody body_;
  AnyBody trial_;
  Plan plan_;
};

}  // namespace

Plan make_plan(ConstBytes base, ConstBytes target, std::uint32_t hashed_slots,
               const std::function<void(double)>& progress) {
  return std::make_unique<Planner>(base, target, hashed_slots)->plan(progress);
}

}  // namespace tmd::host
