// SPDX-License-Identifier: Apache-2.0
#include "codec/planner.hpp"

#include "codec/alignment.hpp"

namespace tmd::host {
namespace {

using codec::OperationKind;

class Planner {
 public:
  Planner(ConstBytes base, ConstBytes target) : base_(base), target_(target) {}

  Plan plan() {
    std::uint32_t at = 0;
    for (const Alignment& alignment : align_bytes(base_, target_)) {
      if (alignment.target > at) add(OperationKind::literal, at, alignment.target - at, 0);
      aligned(alignment);
      at = alignment.target + alignment.length;
    }
    if (at < target_.size())
      add(OperationKind::literal, at, static_cast<std::uint32_t>(target_.size()) - at, 0);
    return std::move(plan_);
  }

 private:
  /// Copies what agrees for long enough, and takes differences of the rest.
  void aligned(const Alignment& alignment) {
    constexpr std::uint32_t kShortestCopy = 24;
    std::uint32_t done = 0;
    std::uint32_t i = 0;
    while (i < alignment.length) {
      std::uint32_t run = 0;
      while (i + run < alignment.length &&
             base_[alignment.base + i + run] == target_[alignment.target + i + run])
        ++run;
      if (run >= kShortestCopy || i + run == alignment.length) {
        if (i > done) add(OperationKind::delta8, alignment.target + done, i - done, alignment.base + done);
        if (run > 0) add(OperationKind::copy_base, alignment.target + i, run, alignment.base + i);
        done = i + run;
      }
      i += run + 1;
    }
    if (alignment.length > done)
      add(OperationKind::delta8, alignment.target + done, alignment.length - done, alignment.base + done);
  }
  void add(OperationKind kind, std::uint32_t, std::uint32_t length, std::uint32_t source) {
    PlannedOperation planned;
    planned.operation.kind = kind;
    planned.operation.length = length;
    planned.operation.source = source;
    plan_.operations.push_back(planned);
  }

  ConstBytes base_;
  ConstBytes target_;
  Plan plan_;
};

}  // namespace

Plan make_plan(ConstBytes base, ConstBytes target, std::uint32_t, const std::function<void(double)>&) {
  return Planner(base, target).plan();
}

}  // namespace tmd::host
