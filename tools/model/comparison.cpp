// SPDX-License-Identifier: Apache-2.0
#include "model/comparison.hpp"

#include <set>
#include <utility>

namespace tmd::host::model {
namespace {

bool same_code(const OperatorCode& a, const OperatorCode& b) {
  return a.builtin == b.builtin && a.custom_name == b.custom_name;
}

bool same_graph(const Model& a, const Model& b) {
  if (a.subgraphs.size() != b.subgraphs.size()) return false;
  for (std::size_t g = 0; g < a.subgraphs.size(); ++g) {
    const auto& left = a.subgraphs[g].operators;
    const auto& right = b.subgraphs[g].operators;
    if (left.size() != right.size()) return false;
    for (std::size_t i = 0; i < left.size(); ++i) {
      if (!same_code(a.code_of(left[i]), b.code_of(right[i])) ||
          left[i].inputs.size() != right[i].inputs.size() ||
          left[i].outputs.size() != right[i].outputs.size())
        return false;
    }
  }
  return true;
}

class GraphComparison {
 public:
  GraphComparison(const OpenModel& base, const OpenModel& target, Comparison& found)
      : base_(base), target_(target), found_(found) {}

  void run() {
    for (std::size_t g = 0; g < base_.model.subgraphs.size(); ++g) {
      const Subgraph& before = base_.model.subgraphs[g];
      const Subgraph& after = target_.model.subgraphs[g];
      for (std::size_t i = 0; i < before.operators.size(); ++i) {
        operators(before.operators[i], after.operators[i]);
        tensors(g, before.operators[i].inputs, after.operators[i].inputs);
        tensors(g, before.operators[i].outputs, after.operators[i].outputs);
      }
    }
  }

 private:
  void operators(const Operator& before, const Operator& after) {
    const bool same_custom =
        equal_bytes(base_.bytes.slice(before.custom_options.offset, before.custom_options.size),
                    target_.bytes.slice(after.custom_options.offset, after.custom_options.size));
    if (!(before.options == after.options) || !same_custom) ++found_.options;
  }

  void tensors(std::size_t graph, const std::vector<std::int32_t>& before,
               const std::vector<std::int32_t>& after) {
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (before[i] < 0 || after[i] < 0) continue;
      if (!seen_.insert({graph, before[i]}).second) continue;
      tensor(base_.model.subgraphs[graph].tensors[static_cast<std::size_t>(before[i])],
             target_.model.subgraphs[graph].tensors[static_cast<std::size_t>(after[i])]);
    }
  }

  void tensor(const Tensor& before, const Tensor& after) {
    if (before.shape != after.shape) ++found_.shapes;
    if (before.quantization.scales != after.quantization.scales ||
        before.quantization.zero_points != after.quantization.zero_points)
      ++found_.scales;
    const ConstBytes left = base_.bytes.slice(before.data.offset, before.data.size);
    const ConstBytes right = target_.bytes.slice(after.data.offset, after.data.size);
    found_.weights.bytes += right.size();
    if (equal_bytes(left, right)) return;
    ++found_.weights.tensors;
    for (std::size_t i = 0; i < right.size(); ++i) {
      if (i >= left.size() || left[i] != right[i]) ++found_.weights.bytes_differing;
    }
  }

  const OpenModel& base_;
  const OpenModel& target_;
  Comparison& found_;
  std::set<std::pair<std::size_t, std::int32_t>> seen_;
};

}  // namespace

Comparison compare(const OpenModel& base, const OpenModel& target) {
  Comparison found;
  found.same_graph = same_graph(base.model, target.model);
  if (found.same_graph) GraphComparison(base, target, found).run();
  return found;
}

}  // namespace tmd::host::model
