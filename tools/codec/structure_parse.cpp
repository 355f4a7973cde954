// SPDX-License-Identifier: Apache-2.0
#include "codec/structure_parse.hpp"

#include <algorithm>
#include <utility>

#include "codec/parse_steps.hpp"

namespace tmd::host {
namespace {

using codec::OperationKind;

constexpr std::size_t kMostNodes = 64;
constexpr std::size_t kMostNodesIfWide = 192;
constexpr std::size_t kMostNodesIfLarge = 32;
constexpr std::size_t kMostNodesIfQuick = 24;
constexpr std::uint32_t kMostPlaces = 12;
constexpr std::uint32_t kMostPlacesIfQuick = 4;
constexpr std::uint64_t kPruneThreshold = 48 * 65536;  // what is so much dearer than the best will not win
constexpr std::uint32_t kLongMatch = 192;              // a copy that goes on so far is taken
constexpr std::uint32_t kNoStep = ParseSteps::kNone;
/// Beyond, short strings are not looked for: a list of them takes six bytes of memory for each byte of a file.
constexpr std::size_t kLargeFile = std::size_t{4} << 20;
constexpr std::size_t kLargeFileIfQuick = std::size_t{512} << 10;

/// What of a file is looked up by its strings of so many bytes.
ConstBytes indexed(ConstBytes file, std::uint32_t width, StructureParser::Breadth breadth) {
  const std::size_t large = breadth.thorough ? kLargeFile : kLargeFileIfQuick;
  return breadth.strings && (width == 8 || file.size() <= large) ? file : ConstBytes();
}

}  // namespace

class StructureParser::Search {
 public:
  Search(const StructureParser& parser, const StructurePrices& prices,
         const std::vector<std::uint32_t>& hints, bool wide)
      : parser_(parser),
        base_(parser.base_),
        target_(parser.target_),
        prices_(prices),
        hints_(hints),
        wide_(wide) {}

  std::vector<PlannedOperation> run(std::uint32_t from, std::uint32_t to, const ParserState& state,
                                    std::uint32_t then) {
    most_nodes_ = !parser_.thorough_          ? wide_ ? kMostNodes : kMostNodesIfQuick
                  : to - from > kLargeStretch ? kMostNodesIfLarge
                  : wide_                     ? kMostNodesIfWide
                                              : kMostNodes;
    if (!parser_.thorough_) most_places_ = kMostPlacesIfQuick;
    Node first;
    first.state = state;
    first.start = from;
    first.step = first.before = kNoStep;
    first_ = true;
    nodes_ = {first};
    for (std::uint32_t i = from; i < to;) {
      const std::uint32_t jump = first_ ? 0 : take_long_match(i, to);
      if (jump > 0) {
        i += jump;
        continue;
      }
      next_.clear();
      limit_ = nodes_.front().cost + kPruneThreshold;
      for (Node& node : nodes_) transition(node, i);
      for (std::size_t s = 0; s < std::min<std::size_t>(nodes_.size(), 2); ++s) expand(nodes_[s], i);
      for (const Node& node : nodes_) extend(node, i);
      if (next_.empty()) {  // A literal fits always, but after a long copy it may be dearer than the limit.
        limit_ = ~std::uint64_t{0};
        transition(nodes_.front(), i);
      }
      prune();
      if (steps_.are_many()) forget_lost_steps();
      first_ = false;
      ++i;
    }
    for (Node& node : nodes_) {
      if (then != node.state.shift) node.cost += prices_.place(false, then - node.state.shift);
    }
    const auto best = std::min_element(nodes_.begin(), nodes_.end(),
                                       [](const Node& a, const Node& b) { return a.cost < b.cost; });
    return operations(*best, to);
  }

 private:
  struct Node {
    std::uint64_t cost = 0;
    ParserState state;
    std::uint32_t start = 0;   ///< Where its operation began.
    std::uint32_t step = 0;    ///< Of its operation, once anything follows it; else kNoStep.
    std::uint32_t before = 0;  ///< Step of the operation before.
  };

  bool base_agrees(std::uint32_t shift, std::uint32_t at) const {
    return at < target_.size() && at + shift < base_.size() && base_[at + shift] == target_[at] &&
           parser_.window_.spans(at + shift, at, 1);
  }
  bool target_agrees(std::uint32_t distance, std::uint32_t at) const {
    return distance != 0 && distance <= at && target_[at - distance] == target_[at] &&
           parser_.window_.spans(at - distance, at, 1);
  }
  bool agrees(const ParserState& state, std::uint32_t at) const {
    return state.kind == OperationKind::copy_base     ? base_agrees(state.shift, at)
           : state.kind == OperationKind::copy_target ? target_agrees(state.distance, at)
                                                      : false;
  }
  std::uint32_t literal_price(std::uint32_t shift, std::uint32_t at) const {
    if (at + shift >= base_.size() || !parser_.window_.spans(at + shift, at, 1))
      return prices_.unguided_byte(at, target_[at]);
    const bool after = at > 0 && base_agrees(shift, at - 1);
    return base_agrees(shift, at) ? prices_.expected_byte(after) : prices_.other_byte(at, target_[at], after);
  }

  /// The node's operation grows by a byte.
  void extend(Node node, std::uint32_t at) {
    // The first node stands for an operation that was planned before; only a copy from the base may grow.
    if (first_ && node.state.kind != OperationKind::copy_base) return;
    if (node.state.kind == OperationKind::literal) {
      node.cost += literal_price(node.state.shift, at);
    } else if (!agrees(node.state, at)) {
      return;
    }
    if (!first_) {
      node.cost +=
          static_cast<std::uint64_t>(std::int64_t{prices_.growth(node.state.kind, at + 1 - node.start)});
    }
    next_.push_back(node);
  }
  /// Another operation begins at `at`.
  void begin(Node& from, std::uint32_t at, OperationKind kind, std::uint32_t place) {
    Node node;
    node.state = from.state;
    node.state.kind = kind;
    node.start = at;
    node.step = kNoStep;
    node.cost = from.cost + prices_.kind(from.state.kind, kind) +
                static_cast<std::uint64_t>(std::int64_t{prices_.growth(kind, 1)});
    if (kind == OperationKind::copy_target) {
      if (!target_agrees(place, at)) return;
      node.cost += prices_.place(true, from.state.distance - place);
      node.state.distance = place;
    } else {
      if (kind == OperationKind::copy_base && !base_agrees(place, at)) return;
      node.cost += prices_.place(false, place - from.state.shift);
      node.state.shift = place;
      if (kind == OperationKind::literal) node.cost += literal_price(place, at);
    }
    if (node.cost > limit_) return;
    if (!(first_ && at == from.start)) {
      if (from.step == kNoStep) {
        from.step = steps_.add(
            {from.before, from.start, from.state.kind,
             from.state.kind == OperationKind::copy_target ? from.state.distance : from.state.shift});
      }
      node.before = from.step;
    } else {
      node.before = kNoStep;
    }
    next_.push_back(node);
  }
  /// The other operations at the places where the decoder is anyway.
  void transition(Node& node, std::uint32_t at) {
    const ParserState state = node.state;
    if (state.kind != OperationKind::literal || first_) begin(node, at, OperationKind::literal, state.shift);
    if ((state.kind != OperationKind::copy_base || first_) && base_agrees(state.shift, at))
      begin(node, at, OperationKind::copy_base, state.shift);
    if ((state.kind != OperationKind::copy_target || first_) && target_agrees(state.distance, at))
      begin(node, at, OperationKind::copy_target, state.distance);
  }
  /// Operations at other places.
  void expand(Node& node, std::uint32_t at) {
    const ParserState state = node.state;
    find(at, state);
    for (const std::uint32_t shift : shifts_) {
      if (shift != state.shift) begin(node, at, OperationKind::copy_base, shift);
    }
    for (const std::uint32_t distance : distances_) {
      if (distance != state.distance) begin(node, at, OperationKind::copy_target, distance);
    }
    for (const std::uint32_t shift : hints_) {
      if (shift != state.shift && at + shift < base_.size()) begin(node, at, OperationKind::literal, shift);
    }
  }
  /// Places that agree with the next bytes.
  void find(std::uint32_t at, const ParserState& state) {
    shifts_.clear();
    distances_.clear();
    for (const std::uint32_t shift : hints_) {
      if (base_agrees(shift, at) && base_agrees(shift, at + 1)) shifts_.push_back(shift);
    }
    const auto size = static_cast<std::uint32_t>(target_.size());
    const std::uint64_t colocated = at + state.shift;
    for (const StringIndex* index : {&parser_.long_in_base_, &parser_.short_in_base_}) {
      if (at + index->width() > size) continue;
      found_.clear();
      index->nearest(target_.data() + at, colocated, index->width() == 8 ? most_places_ : 4, kNoStep, found_);
      for (const std::uint32_t place : found_) shifts_.push_back(place - at);
    }
    for (const StringIndex* index : {&parser_.long_in_target_, &parser_.short_in_target_}) {
      if (at + index->width() > size) continue;
      found_.clear();
      index->nearest(target_.data() + at, at, most_places_, at, found_);
      for (const std::uint32_t place : found_) distances_.push_back(at - place);
    }
    for (std::vector<std::uint32_t>* places : {&shifts_, &distances_}) {
      std::sort(places->begin(), places->end());
      places->erase(std::unique(places->begin(), places->end()), places->end());
    }
  }
  /// Takes the cheapest copy that goes on for long, to its end; 0 where there is none.
  std::uint32_t take_long_match(std::uint32_t at, std::uint32_t to) {
    for (Node& node : nodes_) {
      std::uint32_t length = 0;
      while (at + length < to && agrees(node.state, at + length)) ++length;
      if (length < kLongMatch) continue;
      Node only = node;
      nodes_ = {only};
      return length;
    }
    return 0;
  }
  /// Keeps the cheapest nodes, one for each state.
  void prune() {
    std::uint64_t lowest = next_.front().cost;
    for (const Node& node : next_) lowest = std::min(lowest, node.cost);
    ranked_.clear();
    for (std::uint32_t n = 0; n < next_.size(); ++n) {
      if (next_[n].cost <= lowest + kPruneThreshold) ranked_.push_back((next_[n].cost - lowest) << 32 | n);
    }
    const std::size_t most_ranked = most_nodes_ + most_nodes_ / 2;  // some of them have the same state
    if (ranked_.size() > most_ranked) {
      std::nth_element(ranked_.begin(), ranked_.begin() + static_cast<std::ptrdiff_t>(most_ranked),
                       ranked_.end());
      ranked_.resize(most_ranked);
    }
    std::sort(ranked_.begin(), ranked_.end());
    nodes_.clear();
    kept_.clear();
    for (const std::uint64_t rank : ranked_) {
      if (nodes_.size() == most_nodes_) break;
      const Node& next = next_[rank & 0xFFFFFFFFU];
      if (kept_.add(next.state)) nodes_.push_back(next);
    }
  }

  void forget_lost_steps() {
    std::vector<std::uint32_t*> ends;
    for (Node& node : nodes_) {
      ends.push_back(&node.step);
      ends.push_back(&node.before);
    }
    steps_.keep_only(ends);
  }

  std::vector<PlannedOperation> operations(const Node& last, std::uint32_t to) const {
    std::vector<PlannedOperation> result;
    const auto add = [&result](OperationKind kind, std::uint32_t start, std::uint32_t end,
                               std::uint32_t place) {
      PlannedOperation planned;
      planned.operation.kind = kind;
      planned.operation.length = end - start;
      planned.operation.source = kind == OperationKind::copy_target ? start - place : start + place;
      result.push_back(planned);
    };
    add(last.state.kind, last.start, to,
        last.state.kind == OperationKind::copy_target ? last.state.distance : last.state.shift);
    std::uint32_t end = last.start;
    for (std::uint32_t s = last.before; s != kNoStep; s = steps_.at(s).before) {
      const ParseSteps::Step& step = steps_.at(s);
      add(step.kind, step.start, end, step.place);
      end = step.start;
    }
    std::reverse(result.begin(), result.end());
    return result;
  }

  const StructureParser& parser_;
  ConstBytes base_;
  ConstBytes target_;
  const StructurePrices& prices_;
  const std::vector<std::uint32_t>& hints_;
  bool wide_;
  std::size_t most_nodes_ = 0;
  std::uint32_t most_places_ = kMostPlaces;  ///< Where a string is found, on either side.
  bool first_ = true;
  std::uint64_t limit_ = 0;
  std::vector<Node> nodes_;
  std::vector<Node> next_;
  /// What the next nodes cost more than the cheapest one, and in the lower half which they are: one number
  /// sorts much faster than a pair.
  std::vector<std::uint64_t> ranked_;
  ParserStateSet kept_;
  ParseSteps steps_;
  std::vector<std::uint32_t> shifts_;
  std::vector<std::uint32_t> distances_;
  std::vector<std::uint32_t> found_;
};

StructureParser::StructureParser(ConstBytes base, ConstBytes target, Breadth breadth,
                                 const codec::ReadWindow& window)
    : base_(base),
      target_(target),
      thorough_(breadth.thorough),
      window_(window),
      long_in_base_(indexed(base, 8, breadth), 8),
      long_in_target_(indexed(target, 8, breadth), 8),
      short_in_base_(indexed(base, 4, breadth), 4),
      short_in_target_(indexed(target, 4, breadth), 4) {}

bool StructureParser::recurs(std::uint32_t from, std::uint32_t to) const {
  constexpr std::uint32_t kStep = 16;
  constexpr std::uint32_t kFew = 64;  // one in so many places that were looked at
  std::uint32_t looked = 0;
  std::uint32_t found = 0;
  for (std::uint32_t i = from; i + 8 <= to; i += kStep) {
    ++looked;
    if (long_in_base_.occurs(target_.data() + i, ~0U) || long_in_target_.occurs(target_.data() + i, i))
      ++found;
  }
  return found * kFew >= looked;
}

std::vector<PlannedOperation> StructureParser::parse(std::uint32_t from, std::uint32_t to,
                                                     const std::vector<std::uint32_t>& hints,
                                                     const ParserState& state, std::uint32_t then,
                                                     const StructurePrices& prices, bool wide) const {
  return Search(*this, prices, hints, wide).run(from, to, state, then);
}

}  // namespace tmd::host
