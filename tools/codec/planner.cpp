// SPDX-License-Identifier: Apache-2.0
#include "codec/planner.hpp"

#include <algorithm>
#include <functional>
#include <future>
#include <memory>
#include <utility>

#include "base/in_parallel.hpp"
#include "codec/join_operations.hpp"
#include "codec/model_regions.hpp"
#include "codec/proposals.hpp"
#include "codec/structure_parse.hpp"
#include "codec/trial_cost.hpp"
#include "codec/units.hpp"
#include "codec/within_window.hpp"

namespace tmd::host {
namespace {

using codec::OperationKind;

class Planner {
 public:
  Planner(ConstBytes base, ConstBytes target, std::uint32_t counters, const EncodeOptions& options)
      : base_(base),
        target_(target),
        window_(options.window),
        parser_(base, target, options.effort != Effort::quick, options.window),
        base_regions_(options.base_regions.empty() ? model_regions(base) : options.base_regions),
        target_regions_(options.target_regions.empty() ? model_regions(target) : options.target_regions),
        partner_(pair_regions(base, target, base_regions_, target_regions_)),
        proposals_(base, target, target_regions_),
        counters_(counters),
        effort_(options.effort),
        work_(work_for(target.size(), options.effort)) {
    now_.body.window = options.window;
    now_.body.begin(counters, static_cast<std::uint32_t>(base.size()),
                    static_cast<std::uint32_t>(target.size()));
  }

  Plan plan(const std::function<void(double)>& progress) {
    units_ = split_into_units(base_, target_, base_regions_, target_regions_, partner_);
    for (std::size_t i = 0; i < units_.size();) {
      std::size_t end = i;
      while (end < units_.size() && is_plain(units_[end])) ++end;
      if (end > i) {
        choose_between(i, end);
        i = end;
      } else {
        choose(units_[i++]);
      }
      if (progress)
        progress(static_cast<double>(now_.body.produced()) / static_cast<double>(target_.size() + 1));
    }
    plan_.operations =
        join_operations(plan_.operations, base_, target_, counters_, effort_ != Effort::quick, window_);
    for (const ModelRegion& region : target_regions_) {
      plan_.names.push_back(NamedRange{region.offset, region.length, region.name});
    }
    return std::move(plan_);
  }

 private:
  /// What every operation that is planned changes, but for the plan itself.
  struct Progress {
    AnyBody body;
    ParserState parser_state;
    StructurePrices prices;
    std::uint64_t cost = 0;  ///< Of all operations so far.
  };
  using Parse = std::function<Operations(const StructurePrices&)>;

  /// The stretch that units [first, last) make up: by its alignments, or by a parse into small pieces.
  void choose_between(std::size_t first, std::size_t last) {
    const Progress start = now_;
    const std::size_t planned = plan_.operations.size();
    const std::uint32_t last_length = planned > 0 ? plan_.operations.back().operation.length : 0;
    const std::uint32_t from = units_[first].range.target;
    const std::uint32_t to = units_[last - 1].range.target + units_[last - 1].range.length;
    const std::uint32_t then = last < units_.size() && units_[last].aligned
                                   ? units_[last].range.base - units_[last].range.target
                                   : start.parser_state.shift;
    const Parse parse = [&, hints = hints_around(first, last)](const StructurePrices& prices) {
      return parser_.parse(from, to, hints, start.parser_state, then, prices);
    };
    std::future<Operations> first_parse = std::async(parse, start.prices);
    for (std::size_t i = first; i < last; ++i) choose(units_[i]);

    const Progress by_alignment = std::exchange(now_, start);
    const unsigned passes = effort_ == Effort::quick || to - from > StructureParser::kLargeStretch ? 2 : 5;
    const Operations parsed =
        cheapest_parse(first_parse.get(), parse, passes, by_alignment.cost - start.cost);
    if (parsed.empty()) {
      now_ = by_alignment;
      return;
    }
    now_ = start;
    plan_.operations.resize(planned);
    if (planned > 0) plan_.operations.back().operation.length = last_length;
    commit(parsed);
  }
  /// Parses again and again, each time by the prices that the parse before made, until these settle. The cheapest
  /// parse; empty where none costs less than `most`.
  Operations cheapest_parse(Operations parsed, const Parse& parse, unsigned passes, std::uint64_t most) {
    const StructurePrices prices = now_.prices;
    Operations best;
    std::uint64_t before = kImpossible;
    for (unsigned pass = 0; pass < passes; ++pass) {
      if (pass > 0) parsed = parse(now_.prices);
      now_.prices = prices;
      count(parsed);
      now_.prices.settle();
      parsed = refined(parsed);
      const std::uint64_t cost = trial(parsed, ~0U);
      if (cost < most) best = std::move(parsed);
      most = std::min(most, cost);
      if (cost >= before) break;
      before = cost;
    }
    return best;
  }

  /// Between regions, or a region that did not change.
  bool is_plain(const Unit& unit) const {
    if (unit.aligned && same(unit.range)) return true;
    if (unit.region >= 0) return false;
    return unit.aligned || unit.range.length < kLikelyWeights ||
           parser_.recurs(unit.range.target, unit.range.target + unit.range.length);
  }
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
  void count(const Operations& operations) {
    ParserState state = now_.parser_state;
    std::uint32_t at = now_.body.produced();
    for (const PlannedOperation& planned : operations) {
      now_.prices.count(planned.operation, at, state.shift, state.distance, state.kind, base_, target_);
      at += planned.operation.length;
    }
  }
  /// The same with longer literals in the cheapest of the ways that there are to write bytes.
  Operations refined(const Operations& operations) {
    const AnyBody start = now_.body;
    Operations result;
    for (const PlannedOperation& planned : operations) {
      const bool is_long = planned.operation.kind == OperationKind::literal && planned.operation.length >= 8;
      result.push_back(is_long ? cheapest_bytes(planned) : planned);
      CostSink sink;
      (void)play(now_.body, sink, result.back(), base_, target_);
    }
    now_.body = start;
    return result;
  }
  PlannedOperation cheapest_bytes(const PlannedOperation& literal) const {
    const std::uint32_t length = literal.operation.length;
    std::vector<Operations> ways{{literal}};
    for (const OperationKind kind :
         {OperationKind::delta8, OperationKind::weights8, OperationKind::delta32}) {
      PlannedOperation other = simple_operation(kind, length, literal.operation.source);
      if (codec::reads_base(other.operation) &&
          !fits(other.operation.source, length, static_cast<std::uint32_t>(base_.size())))
        continue;
      if (length % codec::element_size(kind) == 0) ways.push_back({std::move(other)});
      if (length >= kWorthTuning && codec::may(kind, codec::kAveraged)) {
        ways.push_back(ways.back());
        ways.back().front().operation.averaged = true;
      }
    }
    return ways[cheapest(ways, sample(ways, kForms, kSample))].front();
  }

  void choose(const Unit& unit) {
    if (unit.aligned && same(unit.range)) {
      const Operations copy = {
          simple_operation(OperationKind::copy_base, unit.range.length, unit.range.base)};
      const std::uint32_t at = now_.body.produced();
      candidates_ = reads_within(window_, copy, at) ? std::vector<Operations>{copy}
                                                    : within_window(window_, {copy}, at);
      if (candidates_.size() > 1) drop_costly(1, ~0U);
      commit(candidates_.front());
      return;
    }
    candidates_ = within_window(window_, proposals_.of(unit, now_.body.colocated()), now_.body.produced());
    const std::uint32_t rows = std::max(kSample, kRowsOfSample * proposals_.row_above(unit));
    drop_costly(kForms, sample(candidates_, 1, kSample));
    const PredictionMode mode = best_mode(unit, rows);
    if (mode.stride != 0) {
      for (std::size_t i = candidates_.size(); i-- > 0;)
        candidates_.push_back(with_mode(candidates_[i], mode));
      drop_costly(unit.range.length > kSample ? 3 : 1, sample(candidates_, 1, rows));
    }
    if (candidates_.size() > 1) drop_costly(2, sample(candidates_, 1, ~0U), kNearly);
    for (Operations& candidate : candidates_) tune(unit, candidate);
    if (candidates_.size() > 1) drop_costly(1, sample(candidates_, 1, ~0U));
    commit(candidates_.front());
  }
  /// The bytes of target that a trial plays: `wanted`, or as many as all of the candidates may, if that is less. The
  /// planner's time grows with what it looks at; large files are looked at less closely.
  std::uint32_t sample(const std::vector<Operations>& candidates, std::uint64_t share,
                       std::uint32_t wanted) const {
    const std::uint64_t most = work_ * share * length_of(candidates.front()) / (kShares * candidates.size());
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(wanted, std::max<std::uint64_t>(most, kLeastSample)));
  }
  /// How many bytes may be played for each byte of the target.
  static std::uint64_t work_for(std::uint64_t size, Effort effort) {
    constexpr std::uint64_t kWork[] = {6'000'000, 24'000'000, 48'000'000};
    constexpr std::uint64_t kLeast[] = {1, 5, 10};
    const auto which = static_cast<std::size_t>(effort);
    return std::clamp<std::uint64_t>(kWork[which] / (size + 1), kLeast[which], 256);
  }
  /// Finds how the elements of a single operation are coded best.
  void tune(const Unit& unit, Operations& candidate) const {
    if (candidate.size() != 1 || candidate.front().operation.length < kWorthTuning) return;
    const codec::Operation& tuned = candidate.front().operation;
    take_best(candidate, Proposals::flags(tuned));
    if (codec::may(tuned.kind, codec::kPredicted))
      take_best(candidate, proposals_.filter_shapes(unit, tuned));
    if (tuned.predicted) take_best(candidate, Proposals::filter_speeds(tuned));
  }
  void take_best(Operations& candidate, const std::vector<codec::Operation>& variants) const {
    std::vector<Operations> tried(variants.size() + 1, candidate);
    for (std::size_t i = 0; i < variants.size(); ++i) tried[i + 1].front().operation = variants[i];
    candidate.front().operation = tried[cheapest(tried, sample(tried, 2, kLongSample))].front().operation;
  }
  /// The mode that suits the best way; it will suit the others.
  PredictionMode best_mode(const Unit& unit, std::uint32_t rows) const {
    const std::vector<PredictionMode> prediction_modes = proposals_.prediction_modes(unit);
    std::vector<Operations> tried{candidates_.front()};
    for (const PredictionMode& mode : prediction_modes) tried.push_back(with_mode(candidates_.front(), mode));
    const std::size_t best = cheapest(tried, sample(tried, 2, rows));
    return best == 0 ? PredictionMode() : prediction_modes[best - 1];
  }
  /// Keeps the cheapest few candidates, cheapest first, judged by a sample of what they produce.
  /// `worth`: none that is dearer than the cheapest by more than that share, in 256ths.
  void drop_costly(std::size_t kept, std::uint32_t sample = kSample, std::uint64_t worth = 1U << 20) {
    const std::vector<std::uint64_t> costs = trials(candidates_, sample);
    std::vector<std::pair<std::uint64_t, std::size_t>> ranked;
    for (std::size_t i = 0; i < costs.size(); ++i) ranked.emplace_back(costs[i], i);
    std::sort(ranked.begin(), ranked.end());
    std::vector<Operations> best;
    // Those in pieces are much alike: they may not crowd out what goes another way.
    std::size_t pieces_left = std::max<std::size_t>(1, kept / 2);
    for (std::size_t i = 0; i < ranked.size() && best.size() < kept; ++i) {
      if (ranked[i].first - ranked[0].first > ranked[0].first / 256 * worth) break;
      Operations& candidate = candidates_[ranked[i].second];
      if (candidate.size() > 1 && pieces_left-- == 0) {
        ++pieces_left;
        continue;
      }
      best.push_back(std::move(candidate));
    }
    candidates_ = std::move(best);
  }
  bool same(const Alignment& range) const {
    return equal_bytes(base_.slice(range.base, range.length), target_.slice(range.target, range.length));
  }

  static std::uint32_t length_of(const Operations& operations) {
    std::uint32_t length = 0;
    for (const PlannedOperation& planned : operations) length += planned.operation.length;
    return length;
  }
  /// What each of the candidates, of which there is one, would cost.
  std::vector<std::uint64_t> trials(const std::vector<Operations>& candidates, std::uint32_t most) const {
    std::vector<std::uint64_t> costs(candidates.size());
    const auto judge = [&](std::size_t i) { costs[i] = trial(candidates[i], most); };
    if (length_of(candidates.front()) >= kWorthThreads) {
      in_parallel(candidates.size(), judge);
    } else {
      for (std::size_t i = 0; i < candidates.size(); ++i) judge(i);
    }
    return costs;
  }
  /// Which candidate is: the first of equal ones.
  std::size_t cheapest(const std::vector<Operations>& candidates, std::uint32_t most) const {
    const std::vector<std::uint64_t> costs = trials(candidates, most);
    return static_cast<std::size_t>(std::min_element(costs.begin(), costs.end()) - costs.begin());
  }
  /// What the operations would cost, or the first `most` bytes of target that they produce.
  std::uint64_t trial(const Operations& operations, std::uint32_t most) const {
    AnyBody body = now_.body;
    std::uint64_t price = 0;
    for (const PlannedOperation& planned : operations) {
      PlannedOperation cut = adjusted(planned, body);
      const std::uint32_t left = most - (body.produced() - now_.body.produced());
      if (cut.operation.length > left) cut.operation.length = left & ~3U;
      if (cut.operation.length == 0) break;
      CostSink sink;
      if (play(body, sink, cut, base_, target_) != Status::ok) return kImpossible;
      price += price_of(planned.operation, sink);
    }
    return price;
  }
  /// Its bits, and what decoding it is worth.
  std::uint64_t price_of(const codec::Operation& operation, const CostSink& sink) const {
    return sink.cost() + sink.cost() / 1024 * work_of(operation);
  }
  /// What decoding in less work is worth, in 1,024ths of the bits.
  std::uint64_t work_of(const codec::Operation& operation) const {
    if (effort_ == Effort::small || operation.length < kWorthTuning) return 0;
    const bool mixed = codec::may(operation.kind, codec::kAveraged) && !operation.averaged;
    const bool new_and_predicted = operation.kind == OperationKind::weights8 && operation.predicted;
    return (mixed ? kMixing : 0) + (new_and_predicted ? kRowPrediction : 0);
  }
  void commit(const Operations& operations) {
    for (PlannedOperation planned : operations) {
      CostSink sink;
      planned = adjusted(planned, now_.body);
      now_.prices.count(planned.operation, now_.body.produced(), now_.parser_state.shift,
                        now_.parser_state.distance, now_.parser_state.kind, base_, target_);
      (void)play(now_.body, sink, planned, base_, target_);
      append(planned);
      now_.cost += price_of(planned.operation, sink);
    }
    now_.prices.settle();
  }
  /// A literal without a place in the base keeps the place that the decoder is at.
  PlannedOperation adjusted(PlannedOperation planned, const AnyBody& body) const {
    if (planned.colocated) planned.operation.source = body.colocated();
    return planned;
  }
  /// Whether one operation may take the place of two, where a long stretch was planned in pieces.
  static bool extends(const PlannedOperation& before, const PlannedOperation& after) {
    const codec::Operation& a = before.operation;
    const codec::Operation& b = after.operation;
    return codec::has_elements(a.kind) && a.kind == b.kind && !a.scaled && !b.scaled &&
           a.sparse == b.sparse && a.predicted == b.predicted && a.stride == b.stride && a.above == b.above &&
           a.slow == b.slow && a.centre == b.centre && a.averaged == b.averaged &&
           (!a.predicted || a.filter.code == b.filter.code) && a.from_target == b.from_target &&
           (a.kind == OperationKind::weights8 || a.kind == OperationKind::weights32 ||
            b.source - a.source == a.length);
  }
  void append(const PlannedOperation& planned) {
    if (!plan_.operations.empty() && planned.operation.kind == OperationKind::copy_base) {
      codec::Operation& last = plan_.operations.back().operation;
      if (last.kind == OperationKind::copy_base && last.source + last.length == planned.operation.source) {
        last.length += planned.operation.length;
        return;
      }
    }
    if (!plan_.operations.empty() && extends(plan_.operations.back(), planned)) {
      plan_.operations.back().operation.length += planned.operation.length;
      return;
    }
    plan_.operations.push_back(planned);
  }

  static constexpr std::uint32_t kSample = 8192;
  static constexpr std::uint32_t kRowsOfSample = 12;
  static constexpr std::uint32_t kLongSample = 65536;
  static constexpr std::uint64_t kMixing = 10;
  static constexpr std::uint64_t kRowPrediction = 5;
  static constexpr std::uint64_t kNearly = 8;
  static constexpr std::uint64_t kShares = 10;  ///< Into which the stages of a choice divide the work.
  static constexpr std::uint64_t kLeastSample = 512;
  static constexpr std::uint32_t kWorthTuning = 256;
  static constexpr std::size_t kForms = 6;
  static constexpr std::uint32_t kWorthThreads = 1024;

  ConstBytes base_;
  ConstBytes target_;
  codec::ReadWindow window_;
  StructureParser parser_;
  std::vector<ModelRegion> base_regions_;
  std::vector<ModelRegion> target_regions_;
  std::vector<int> partner_;
  Proposals proposals_;
  std::uint32_t counters_;
  Effort effort_;
  std::uint64_t work_;
  std::vector<Unit> units_;
  std::vector<Operations> candidates_;
  Progress now_{};
  Plan plan_;
};

}  // namespace

Plan make_plan(ConstBytes base, ConstBytes target, std::uint32_t counter_count,
               const EncodeOptions& options) {
  return std::make_unique<Planner>(base, target, counter_count, options)->plan(options.progress);
}

}  // namespace tmd::host
