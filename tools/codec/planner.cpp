// SPDX-License-Identifier: Apache-2.0
#include "codec/planner.hpp"

#include <algorithm>
#include <functional>
#include <future>
#include <memory>
#include <utility>

#include "codec/join_operations.hpp"
#include "codec/model_regions.hpp"
#include "codec/proposals.hpp"
#include "codec/string_index.hpp"
#include "codec/structure_parse.hpp"
#include "codec/trials.hpp"
#include "codec/units.hpp"
#include "codec/within_window.hpp"

namespace tmd::host {
namespace {

using codec::OperationKind;

/// How many ways to code a unit are kept at each step of a choice, and how closely they are looked at.
struct Breadth {
  std::size_t forms;           ///< Kept when kinds and sources were compared; modes are tried with these.
  std::size_t whole;           ///< Kept when modes were compared by a sample; these are played whole.
  std::size_t whole_if_short;  ///< The same where the sample was the whole unit.
  std::size_t tuned;           ///< Kept when they were played whole; these are tuned,
  std::uint64_t nearly;        ///< if so near to the cheapest, in 256ths.
  unsigned rounds;             ///< Of tuning.
  std::uint64_t mode_share;    ///< How much of each is played to find a mode, and to tune: `Trials::sample`.
  std::uint64_t tuning_share;
};
constexpr Breadth kBreadths[] = {
    {3, 3, 1, 1, 8, 1, 4, 1}, {6, 3, 1, 2, 8, 1, 2, 2}, {12, 5, 4, 4, 20, 2, 2, 2}};

class Planner {
 public:
  Planner(ConstBytes base, ConstBytes target, std::uint32_t counters, const EncodeOptions& options,
          std::uint32_t piece)
      : base_(base),
        target_(target),
        window_(options.window),
        base_regions_(options.base_regions.empty() ? model_regions(base) : options.base_regions),
        target_regions_(options.target_regions.empty() ? model_regions(target) : options.target_regions),
        partner_(pair_regions(base, target, base_regions_, target_regions_)),
        has_strings_(options.effort != Effort::quick || strings_recur(base, target)),
        units_(split_into_units(has_strings_ ? base : ConstBytes(), target, base_regions_, target_regions_,
                                partner_, piece)),
        parser_(base, target, {options.effort != Effort::quick, has_strings_}, options.window),
        proposals_(base, target, target_regions_),
        counters_(counters),
        effort_(options.effort),
        breadth_(kBreadths[static_cast<std::size_t>(options.effort)]),
        trials_(base, target, options.effort) {
    now_.body.window = options.window;
    now_.body.begin(counters, static_cast<std::uint32_t>(base.size()),
                    static_cast<std::uint32_t>(target.size()));
  }

  Plan plan(const std::function<void(double)>& progress) {
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
    plan_.operations = join_operations(plan_.operations, base_, target_, counters_, effort_, window_);
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
  /// A place in the plan to go back to, where the last operation was not as long yet as it may become.
  struct Mark {
    Progress progress;
    std::size_t operations;
    std::uint32_t last_length;
  };
  using Parse = std::function<Operations(const StructurePrices&, bool wide)>;

  bool is_quick() const { return effort_ == Effort::quick; }

  Mark mark() const {
    const Operations& operations = plan_.operations;
    return Mark{now_, operations.size(), operations.empty() ? 0 : operations.back().operation.length};
  }
  void go_back(const Mark& mark) {
    now_ = mark.progress;
    plan_.operations.resize(mark.operations);
    if (mark.operations > 0) plan_.operations.back().operation.length = mark.last_length;
  }

  /// The stretch that units [first, last) make up: by its alignments, by a parse into small pieces, or as one.
  void choose_between(std::size_t first, std::size_t last) {
    const Mark start = mark();
    choose_pieces(first, last);
    const std::uint32_t from = units_[first].range.target;
    const std::uint32_t length = units_[last - 1].range.target + units_[last - 1].range.length - from;
    if (!is_dense(length, now_.cost - start.progress.cost)) return;
    const Progress in_pieces = now_;
    const Operations pieces = plan_.operations;
    go_back(start);
    choose(Unit{Alignment{from, length, 0}, false, -1});
    if (now_.cost < in_pieces.cost) return;
    now_ = in_pieces;
    plan_.operations = pieces;
  }
  /// Whether a stretch may be weights for all that its strings recur, as those of few values do: it takes an eighth of
  /// its bytes or more. Then all of it in one way may be cheaper than copies.
  static bool is_dense(std::uint32_t length, std::uint64_t cost) {
    return length >= kLikelyWeights && cost / 65536 > length;
  }
  void choose_pieces(std::size_t first, std::size_t last) {
    const Mark start = mark();
    const ParserState state = now_.parser_state;
    const std::uint32_t from = units_[first].range.target;
    const std::uint32_t to = units_[last - 1].range.target + units_[last - 1].range.length;
    const std::uint32_t then = last < units_.size() && units_[last].aligned
                                   ? units_[last].range.base - units_[last].range.target
                                   : state.shift;
    const Parse parse = [&, hints = hints_around(first, last)](const StructurePrices& prices, bool wide) {
      return parser_.parse(from, to, hints, state, then, prices, wide);
    };
    std::future<Operations> first_parse = std::async(parse, now_.prices, false);
    for (std::size_t i = first; i < last; ++i) choose(units_[i]);

    const Progress by_alignment = std::exchange(now_, start.progress);
    const unsigned passes = is_quick() || to - from > StructureParser::kLargeStretch ? 2 : 5;
    const Operations parsed =
        cheapest_parse(first_parse.get(), parse, passes, by_alignment.cost - start.progress.cost);
    if (parsed.empty()) {
      now_ = by_alignment;
      return;
    }
    go_back(start);
    commit(parsed);
  }
  /// Parses again and again, each time by the prices that the parse before made, until these settle; with `--small`
  /// the same once more with more states. The cheapest parse; empty where none costs less than `most`.
  Operations cheapest_parse(Operations parsed, const Parse& parse, unsigned passes, std::uint64_t most) {
    const StructurePrices prices = now_.prices;
    Operations best;
    for (const bool wide : {false, true}) {
      if (wide && effort_ != Effort::small) break;
      std::uint64_t before = kImpossible;
      for (unsigned pass = 0; pass < passes; ++pass) {
        if (pass > 0 || wide) parsed = parse(now_.prices, wide);
        now_.prices = prices;
        count(parsed);
        now_.prices.settle();
        parsed = refined(parsed);
        const std::uint64_t cost = trials_.price(now_.body, parsed, ~0U);
        if (cost < most) best = std::move(parsed);
        most = std::min(most, cost);
        if (cost >= before) break;
        before = cost;
      }
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
    return ways[trials_.cheapest(now_.body, ways, trials_.sample(ways, kShareOfBytes, kSample))].front();
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
    drop_costly(breadth_.forms, trials_.sample(candidates_, 1, kSample));
    const PredictionMode mode = best_mode(unit, rows);
    if (mode.stride != 0) {
      for (std::size_t i = candidates_.size(); i-- > 0;)
        candidates_.push_back(with_mode(candidates_[i], mode));
      drop_costly(unit.range.length > kSample ? breadth_.whole : breadth_.whole_if_short,
                  trials_.sample(candidates_, 1, rows));
    }
    if (candidates_.size() > 1)
      drop_costly(breadth_.tuned, trials_.sample(candidates_, 1, ~0U), breadth_.nearly);
    for (unsigned round = 0; round < breadth_.rounds; ++round) {
      for (Operations& candidate : candidates_) tune(unit, candidate);
    }
    if (candidates_.size() > 1) drop_costly(1, trials_.sample(candidates_, 1, ~0U));
    mix_literals(candidates_.front());
    commit(candidates_.front());
  }
  /// Where nothing is better than literals, what they say is new, and the percent that mixing may save is all that
  /// there is to gain.
  void mix_literals(Operations& chosen) {
    const codec::Operation& literal = chosen.front().operation;
    if (chosen.size() != 1 || literal.kind != OperationKind::literal || !literal.averaged) return;
    std::vector<Operations> tried(2, chosen);
    tried[1].front().operation.averaged = false;
    const Trials by_size(base_, target_, Effort::small);
    chosen = tried[by_size.cheapest(now_.body, tried, trials_.sample(tried, 2, kLongSample))];
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
    candidate.front().operation =
        tried[trials_.cheapest(now_.body, tried, trials_.sample(tried, breadth_.tuning_share, kLongSample))]
            .front()
            .operation;
  }
  /// The mode that suits the best way; it will suit the others.
  PredictionMode best_mode(const Unit& unit, std::uint32_t rows) const {
    const std::vector<PredictionMode> prediction_modes = proposals_.prediction_modes(unit);
    std::vector<Operations> tried{candidates_.front()};
    for (const PredictionMode& mode : prediction_modes) tried.push_back(with_mode(candidates_.front(), mode));
    const std::size_t best = trials_.cheapest_in_rounds(
        now_.body, tried, trials_.sample(tried, breadth_.mode_share, rows / 2), kLongSample);
    return best == 0 ? PredictionMode() : prediction_modes[best - 1];
  }
  /// Keeps the cheapest few candidates, cheapest first, judged by a sample of what they produce.
  /// `worth`: none that is dearer than the cheapest by more than that share, in 256ths.
  void drop_costly(std::size_t kept, std::uint32_t sample = kSample, std::uint64_t worth = 1U << 20) {
    const std::vector<std::uint64_t> costs = trials_.prices(now_.body, candidates_, sample);
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

  void commit(const Operations& operations) {
    for (PlannedOperation planned : operations) {
      CostSink sink;
      planned = adjusted(planned, now_.body);
      now_.prices.count(planned.operation, now_.body.produced(), now_.parser_state.shift,
                        now_.parser_state.distance, now_.parser_state.kind, base_, target_);
      (void)play(now_.body, sink, planned, base_, target_);
      append(planned);
      now_.cost += trials_.price_of(planned.operation, sink);
    }
    now_.prices.settle();
  }
  void append(const PlannedOperation& planned) {
    if (!plan_.operations.empty() && extends(plan_.operations.back(), planned, base_.size())) {
      plan_.operations.back().operation.length += planned.operation.length;
      return;
    }
    plan_.operations.push_back(planned);
  }

  static constexpr std::uint32_t kSample = 8192;
  static constexpr std::uint64_t kShareOfBytes = 6;
  static constexpr std::uint32_t kRowsOfSample = 12;
  static constexpr std::uint32_t kLongSample = 65536;

  ConstBytes base_;
  ConstBytes target_;
  codec::ReadWindow window_;
  std::vector<ModelRegion> base_regions_;
  std::vector<ModelRegion> target_regions_;
  std::vector<int> partner_;
  bool has_strings_;  ///< Where little time is given: whether it is worth while to look for them.
  std::vector<Unit> units_;
  // Behind the units: its memory and what finding these takes are not wanted at once.
  StructureParser parser_;
  Proposals proposals_;
  std::uint32_t counters_;
  Effort effort_;
  Breadth breadth_;
  Trials trials_;
  std::vector<Operations> candidates_;
  Progress now_{};
  Plan plan_;
};

}  // namespace

Plan make_plan(ConstBytes base, ConstBytes target, std::uint32_t counter_count, const EncodeOptions& options,
               std::uint32_t piece) {
  return std::make_unique<Planner>(base, target, counter_count, options, piece)->plan(options.progress);
}

}  // namespace tmd::host
