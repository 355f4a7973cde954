// SPDX-License-Identifier: Apache-2.0
#include "report/weight_moves.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>

namespace tmd::host::report {
namespace {

std::size_t class_of_steps(int steps) {
  const int limits[] = {0, 1, 2, 4, 8, 16};
  std::size_t at = 0;
  while (at < std::size(limits) && steps > limits[at]) ++at;
  return at;
}
std::size_t class_of_share(double share) {
  const double limits[] = {0, 0.0001, 0.001, 0.01, 0.03, 0.1};
  std::size_t at = 0;
  while (at < std::size(limits) && share > limits[at]) ++at;
  return at;
}

float float_at(ConstBytes bytes, std::size_t index) {
  const std::uint32_t bits = load_le32(bytes.data() + 4 * index);
  float value = 0;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

Moves moves_of_floats(ConstBytes before, ConstBytes after) {
  Moves moves;
  moves.is_float = true;
  double largest = 0;
  // Not fmax, which ends GCC 12.2 for aarch64 with an internal error at -O3. A NaN is passed by, as there.
  for (std::size_t i = 0; i < before.size() / 4; ++i)
    largest = std::max(largest, std::fabs(static_cast<double>(float_at(before, i))));
  for (std::size_t i = 0; i < before.size() / 4; ++i) {
    const bool is_same = equal_bytes(before.slice(4 * i, 4), after.slice(4 * i, 4));
    const double moved =
        std::fabs(static_cast<double>(float_at(after, i)) - static_cast<double>(float_at(before, i)));
    const double share = largest > 0 ? moved / largest : (moved > 0 ? 1 : 0);
    // What became no number, or was none, is further away than any.
    ++moves.counts[is_same ? 0 : std::isnan(share) ? Moves::kClasses - 1 : class_of_share(share)];
  }
  return moves;
}

Moves moves_of_bytes(ConstBytes before, ConstBytes after, bool is_signed) {
  Moves moves;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const int a = is_signed ? static_cast<std::int8_t>(before[i]) : before[i];
    const int b = is_signed ? static_cast<std::int8_t>(after[i]) : after[i];
    ++moves.counts[class_of_steps(std::abs(b - a))];
  }
  return moves;
}

Moves moves_between(const model::OpenModel& base, const model::Tensor& a, const model::OpenModel& target,
                    const model::Tensor& b) {
  const ConstBytes before = base.bytes.slice(a.data.offset, a.data.size);
  const ConstBytes after = target.bytes.slice(b.data.offset, b.data.size);
  if (a.type != b.type || before.size() != after.size()) return {};
  if (a.type == model::TensorType::FLOAT32) return moves_of_floats(before, after);
  const bool is_signed = a.type == model::TensorType::INT8;
  if (is_signed || a.type == model::TensorType::UINT8) return moves_of_bytes(before, after, is_signed);
  return {};
}

std::map<std::string, const model::Tensor*> constants_of(const model::Model& model) {
  std::map<std::string, const model::Tensor*> tensors;
  for (const model::Subgraph& graph : model.subgraphs) {
    for (const model::Tensor& tensor : graph.tensors) {
      if (tensor.is_constant()) tensors.emplace(tensor.name, &tensor);
    }
  }
  return tensors;
}

}  // namespace

std::uint64_t Moves::total() const {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : counts) sum += count;
  return sum;
}

std::vector<LayerCost> layer_costs(const std::vector<ExplainedRegion>& explanation) {
  std::map<std::string, LayerCost> sums;
  for (const ExplainedRegion& region : explanation) {
    LayerCost& layer = sums[region.name];
    layer.name = region.name.empty() ? "bytes" : region.name;
    layer.target_bytes += region.target_length;
    layer.elements += region.elements;
    layer.patch_bytes += region.bits / 8;
  }
  std::vector<LayerCost> layers;
  for (const auto& [name, layer] : sums) layers.push_back(layer);
  std::stable_sort(layers.begin(), layers.end(),
                   [](const LayerCost& a, const LayerCost& b) { return a.patch_bytes > b.patch_bytes; });
  return layers;
}

void add_moves(std::vector<LayerCost>& layers, const model::OpenModel& base, const model::OpenModel& target) {
  const auto before = constants_of(base.model);
  const auto after = constants_of(target.model);
  for (LayerCost& layer : layers) {
    const auto b = after.find(layer.name);
    if (b == after.end()) continue;
    layer.type = model::type_name(b->second->type);
    const auto a = before.find(layer.name);
    if (a != before.end()) layer.moves = moves_between(base, *a->second, target, *b->second);
  }
}

const char* class_name(std::size_t index, bool is_float) {
  static const char* const steps[] = {"0", "1", "2", "3–4", "5–8", "9–16", "more"};
  static const char* const shares[] = {"0", "≤ 0.01 %", "≤ 0.1 %", "≤ 1 %", "≤ 3 %", "≤ 10 %", "more"};
  return is_float ? shares[index] : steps[index];
}

}  // namespace tmd::host::report
