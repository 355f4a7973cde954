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
#include "codec/unit_choice.hpp"
#include "codec/units.hpp"

namespace tmd::host {
namespace {

using codec::OperationKind;

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
        counters_(counters),
        effort_(options.effort),
        trials_(base, target, options.effort),
        choice_(base, target, target_regions_, trials_, options) {
    if (!has_strings_) units_ = join_noise(units_, base, target);
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
        const Unit& unit = units_[i++];
        if (i == units_.size()) {
          choose_last(unit);
        } else {
          choose(unit);
        }
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
    bool rearranged = false;
    const Parse parse = [&, hints = hints_around(first, last)](const StructurePrices& prices, bool wide) {
      return parser_.parse(from, to, hints, state, then, prices, wide || rearranged);
    };
    std::future<Operations> first_parse = std::async(parse, now_.prices, false);
    for (std::size_t i = first; i < last; ++i) choose(units_[i]);

    const Progress by_alignment = std::exchange(now_, start.progress);
    Operations parsed = first_parse.get();
    rearranged = is_quick() && is_rearranged(parsed, to - from);
    parsed = cheapest_parse(std::move(parsed), parse, passes_for(to - from, rearranged),
                            by_alignment.cost - start.progress.cost);
    if (parsed.empty()) {
      now_ = by_alignment;
      return;
    }
    go_back(start);
    commit(parsed);
  }
  /// How often a stretch is parsed at most.
  unsigned passes_for(std::uint32_t length, bool rearranged) const {
    constexpr std::uint32_t kShort = 16384;
    if (length > StructureParser::kLargeStretch) return 2;
    if (!is_quick()) return 5;
    return rearranged || length <= kShort ? 3 : 2;
  }
  /// Whether a file was exported anew: most of it is moved about in many pieces, and not much else is to be said of it.
  /// Such a parse is worth more states.
  bool is_rearranged(const Operations& pieces, std::uint32_t length) const {
    constexpr std::size_t kMany = 100;
    return pieces.size() >= kMany && length >= target_.size() / 2 && length <= StructureParser::kLargeStretch;
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
    if (unit.aligned && choice_.is_unchanged(unit.range)) return true;
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
      result.push_back(is_long ? choice_.cheapest_bytes(planned, now_.body) : planned);
      CostSink sink;
      (void)play(now_.body, sink, result.back(), base_, target_);
    }
    now_.body = start;
    return result;
  }
  void choose(const Unit& unit) { commit(choice_.cheapest(unit, now_.body)); }
  /// The same without playing it where it is one operation: nothing follows that wants to know what models learn of it.
  void choose_last(const Unit& unit) {
    const Operations chosen = choice_.cheapest(unit, now_.body);
    if (chosen.size() == 1) {
      append(adjusted(chosen.front(), now_.body));
    } else {
      commit(chosen);
    }
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
  std::uint32_t counters_;
  Effort effort_;
  Trials trials_;
  UnitChoice choice_;
  Progress now_{};
  Plan plan_;
};

}  // namespace

Plan make_plan(ConstBytes base, ConstBytes target, std::uint32_t counter_count, const EncodeOptions& options,
               std::uint32_t piece) {
  return std::make_unique<Planner>(base, target, counter_count, options, piece)->plan(options.progress);
}

}  // namespace tmd::host
