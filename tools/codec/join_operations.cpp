// SPDX-License-Identifier: Apache-2.0
#include "codec/join_operations.hpp"

#include <memory>

namespace tmd::host {
namespace {

using codec::OperationKind;

constexpr std::size_t kMostPieces = 11;
constexpr std::uint32_t kLongestPiece = 16384;
/// Bytes of target that trials may model in all, so that large patches do not take long.
constexpr std::uint64_t kMostWork = 3'000'000;

class Joiner {
 public:
  Joiner(Operations& operations, ConstBytes base, ConstBytes target, std::uint32_t slots)
      : operations_(operations), base_(base), target_(target) {
    body_.begin(slots, static_cast<std::uint32_t>(base.size()), static_cast<std::uint32_t>(target.size()));
  }

  void run() {
    for (std::size_t i = 0; i < operations_.size();) {
      if (improve(i)) continue;
      CostSink sink;
      (void)play(body_, sink, operations_[i], base_, target_);
      ++i;
    }
  }

 private:
  const codec::Operation& at(std::size_t i) const { return operations_[i].operation; }
  bool is_copy(std::size_t i) const { return i < operations_.size() && at(i).kind == OperationKind::copy_base; }
  /// Whether a plain operation beside the base at `shift` could take this one's place.
  bool replaceable(std::size_t i, std::uint32_t shift, std::uint32_t position) const {
    const codec::Operation& operation = at(i);
    if (operation.length > kLongestPiece || operation.scaled) return false;
    if (operation.kind == OperationKind::literal || codec::reads_base(operation))
      return operation.source - position == shift;
    return operation.kind == OperationKind::weights8 || operation.kind == OperationKind::weights32;
  }

  /// The best replacement of what follows operation `i` (with it, where it is no copy); false where nothing
  /// pays.
  bool improve(std::size_t i) {
    const std::size_t first = is_copy(i) ? i + 1 : i;
    if (first >= operations_.size() || is_copy(first)) return false;
    const std::uint32_t start = body_.produced() + (is_copy(i) ? at(i).length : 0);
    const std::uint32_t shift = (codec::reads_base(at(first)) || at(first).kind == OperationKind::literal)
                                    ? at(first).source - start
                                : is_copy(i) ? at(i).source - body_.produced()
                                             : body_.beside() - body_.produced();
    std::uint32_t end = start;
    std::uint64_t most = kBitWorthJoining;
    std::size_t best_last = 0;
    Operations best;
    for (std::size_t last = first; last < operations_.size() && last < first + kMostPieces; ++last) {
      if (!replaceable(last, shift, end)) break;
      end += at(last).length;
      if (is_copy(last) || !(last + 1 == operations_.size() || is_copy(last + 1))) continue;
      const std::size_t behind = last + 1 < operations_.size() ? last + 1 : last;
      AnyBody& body = trial_;
      body = body_;
      const Operations present(operations_.begin() + static_cast<std::ptrdiff_t>(i),
                               operations_.begin() + static_cast<std::ptrdiff_t>(behind) + 1);
      const std::uint64_t now = cost_of(body, present, base_, target_);
      for (const OperationKind kind :
           {OperationKind::literal, OperationKind::delta8, OperationKind::delta32, OperationKind::float32}) {
        if (last == first && at(first).kind == kind) continue;
        work_ += end - start;
        if (work_ > kMostWork) break;
        Operations other = replaced(i, first, last, behind, start, end, shift, kind);
        if (other.empty()) continue;
        body = body_;
        const std::uint64_t cost = cost_of(body, other, base_, target_);
        if (cost < now && now - cost > most) {
          most = now - cost;
          best = std::move(other);
          best_last = behind;
        }
      }
    }
    if (best.empty()) return false;
    const auto from = operations_.erase(operations_.begin() + static_cast<std::ptrdiff_t>(i),
                                        operations_.begin() + static_cast<std::ptrdiff_t>(best_last) + 1);
    operations_.insert(from, best.begin(), best.end());
    return true;
  }

  /// Operations i to `behind` with one of `kind` for [start, end), which words widen into the copies around it.
  Operations replaced(std::size_t i, std::size_t first, std::size_t last, std::size_t behind,
                      std::uint32_t start, std::uint32_t end, std::uint32_t shift, OperationKind kind) const {
    const std::uint32_t size = codec::element_size(kind);
    std::uint32_t before = start - body_.produced();
    std::uint32_t after = behind > last ? at(behind).length : 0;
    const std::uint32_t wider_before = size == 4 ? start & 3U : 0;
    const std::uint32_t wider_after = size == 4 ? (0U - end) & 3U : 0;
    const bool joins_before = i < first && at(i).source - body_.produced() == shift;
    const bool joins_after = behind > last && at(behind).source - end == shift;
    if (wider_before > 0 && (!joins_before || before < wider_before)) return {};
    if (wider_after > 0 && (!joins_after || after < wider_after)) return {};
    start -= wider_before;
    end += wider_after;
    before -= wider_before;
    after -= wider_after;
    if (kind != OperationKind::literal &&
        !fits(start + shift, end - start, static_cast<std::uint32_t>(base_.size())))
      return {};
    Operations result;
    if (before > 0) result.push_back(simple_operation(OperationKind::copy_base, before, at(i).source));
    result.push_back(simple_operation(kind, end - start, start + shift));
    if (after > 0)
      result.push_back(simple_operation(OperationKind::copy_base, after, at(behind).source + wider_after));
    return result;
  }

  static constexpr std::uint64_t kBitWorthJoining = 65536;

  Operations& operations_;
  ConstBytes base_;
  ConstBytes target_;
  std::uint64_t work_ = 0;
  AnyBody body_;
  AnyBody trial_;
};

}  // namespace

void join_operations(Operations& operations, ConstBytes base, ConstBytes target, std::uint32_t hashed_slots) {
  std::make_unique<Joiner>(operations, base, target, hashed_slots)->run();
}

}  // namespace tmd::host
