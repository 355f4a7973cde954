// SPDX-License-Identifier: Apache-2.0
#include "model/comparison.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

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

/// Which tensor of the target stands where one of the base does.
class GraphComparison {
 public:
  GraphComparison(const OpenModel& base, const OpenModel& target, Comparison& found)
      : base_(base), target_(target), found_(found) {}

  void run() {
    for (std::size_t g = 0; g < base_.model.subgraphs.size(); ++g) {
      before_ = &base_.model.subgraphs[g];
      after_ = &target_.model.subgraphs[g];
      there_.clear();
      back_.clear();
      places(before_->inputs, after_->inputs);
      for (std::size_t i = 0; i < before_->operators.size(); ++i) {
        operators(before_->operators[i], after_->operators[i]);
        places(before_->operators[i].inputs, after_->operators[i].inputs);
        places(before_->operators[i].outputs, after_->operators[i].outputs);
      }
      places(before_->outputs, after_->outputs);
    }
    found_.same_order = found_.same_order && same_data_order();
  }

 private:
  void operators(const Operator& before, const Operator& after) {
    const bool same_custom =
        equal_bytes(base_.bytes.slice(before.custom_options.offset, before.custom_options.size),
                    target_.bytes.slice(after.custom_options.offset, after.custom_options.size));
    if (!(before.options == after.options) || !same_custom) ++found_.options;
  }

  void places(const std::vector<std::int32_t>& before, const std::vector<std::int32_t>& after) {
    for (std::size_t i = 0; i < std::min(before.size(), after.size()); ++i) place(before[i], after[i]);
  }

  void place(std::int32_t before, std::int32_t after) {
    if (before != after) found_.same_order = false;
    if (before < 0 || after < 0) {
      if (before != after) ++found_.rewired;
      return;
    }
    const Tensor& from = before_->tensors[static_cast<std::size_t>(before)];
    const Tensor& to = after_->tensors[static_cast<std::size_t>(after)];
    const auto [there, first] = there_.insert({before, after});
    const auto [back, first_back] = back_.insert({after, before});
    const bool moved = there->second != after || back->second != before;
    if (from.is_constant() != to.is_constant() || (moved && !from.is_constant())) ++found_.rewired;
    // What is computed elsewhere is another tensor, with nothing to compare.
    if (from.is_constant() ? first || moved : first && !moved) tensor(from, to);
  }

  void tensor(const Tensor& before, const Tensor& after) {
    if (before.shape != after.shape) ++found_.shapes;
    if (before.quantization.scales != after.quantization.scales ||
        before.quantization.zero_points != after.quantization.zero_points)
      ++found_.scales;
    const ConstBytes left = base_.bytes.slice(before.data.offset, before.data.size);
    const ConstBytes right = target_.bytes.slice(after.data.offset, after.data.size);
    found_.weights.bytes += right.size();
    data_.emplace_back(before.data.offset, after.data.offset);
    if (equal_bytes(left, right)) return;
    ++found_.weights.tensors;
    for (std::size_t i = 0; i < right.size(); ++i) {
      if (i >= left.size() || left[i] != right[i]) ++found_.weights.bytes_differing;
    }
  }

  /// What lies further back in one file does so in the other.
  bool same_data_order() {
    std::sort(data_.begin(), data_.end());
    return std::is_sorted(data_.begin(), data_.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; });
  }

  const OpenModel& base_;
  const OpenModel& target_;
  Comparison& found_;
  const Subgraph* before_ = nullptr;
  const Subgraph* after_ = nullptr;
  std::map<std::int32_t, std::int32_t> there_;  ///< From the base's tensors to the target's.
  std::map<std::int32_t, std::int32_t> back_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> data_;  ///< Where constants lie in both files.
};

}  // namespace

Comparison compare(const OpenModel& base, const OpenModel& target) {
  Comparison found;
  found.same_graph = same_graph(base.model, target.model);
  if (found.same_graph) GraphComparison(base, target, found).run();
  return found;
}

}  // namespace tmd::host::model
