// SPDX-License-Identifier: Apache-2.0
#include "model/comparison.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

namespace tmd::host::model {
namespace {

/// Operator kinds with the types of the data that they compute on.
using TypesOfOperators = std::map<std::pair<BuiltinOperator, std::string>, std::set<TensorType>>;

TypesOfOperators types_of(const Model& model) {
  TypesOfOperators types;
  for (const Subgraph& graph : model.subgraphs) {
    for (const Operator& op : graph.operators) {
      const OperatorCode& code = model.code_of(op);
      std::set<TensorType>& known = types[{code.builtin, code.custom_name}];
      for (const auto* indices : {&op.inputs, &op.outputs}) {
        for (const std::int32_t t : *indices) {
          if (t >= 0) known.insert(graph.tensors[static_cast<std::size_t>(t)].type);
        }
      }
    }
  }
  return types;
}

std::vector<std::string> new_types(const Model& base, const Model& target) {
  const TypesOfOperators before = types_of(base);
  std::vector<std::string> found;
  for (const auto& [key, types] : types_of(target)) {
    const auto known = before.find(key);
    if (known == before.end()) continue;  // a new operator, which is another matter
    for (const TensorType type : types) {
      if (known->second.contains(type)) continue;
      found.push_back(fmt::format("{} takes {} data, which it does not in the base",
                                  operator_name({key.first, 1, key.second}), type_name(type)));
    }
  }
  return found;
}

bool has_sparse(const Model& model) {
  for (const Subgraph& graph : model.subgraphs) {
    for (const Tensor& tensor : graph.tensors) {
      if (tensor.is_sparse) return true;
    }
  }
  return false;
}

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
  found.new_types = new_types(base.model, target.model);
  found.newly_sparse = has_sparse(target.model) && !has_sparse(base.model);
  found.same_graph = same_graph(base.model, target.model);
  if (found.same_graph) GraphComparison(base, target, found).run();
  return found;
}

}  // namespace tmd::host::model
