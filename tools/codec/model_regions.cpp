// SPDX-License-Identifier: Apache-2.0
#include "codec/model_regions.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "model/reader.hpp"

namespace tmd::host {
namespace {

using model::ByteRange;
using model::TensorType;

constexpr std::uint8_t kMiddle = 128;  // of unsigned weights that do not say what stands for 0
constexpr std::size_t kMostDimensions = 8;

ElementType element_type(TensorType type) {
  switch (type) {
    case TensorType::FLOAT32:
      return ElementType::float32;
    case TensorType::INT32:
      return ElementType::int32;
    case TensorType::INT8:
    case TensorType::UINT8:
      return ElementType::int8;
    default:
      return ElementType::other;
  }
}

class Collector {
 public:
  std::vector<ModelRegion> collect(const model::Model& model) {
    for (const model::Subgraph& graph : model.subgraphs) {
      for (const model::Tensor& tensor : graph.tensors) add_tensor(tensor);
    }
    std::stable_sort(found_.begin(), found_.end(),
                     [](const ModelRegion& a, const ModelRegion& b) { return a.offset < b.offset; });
    std::vector<ModelRegion> apart;
    for (ModelRegion& region : found_) {
      if (apart.empty() || region.offset >= apart.back().offset + apart.back().length)
        apart.push_back(std::move(region));
    }
    return apart;
  }

 private:
  void add_tensor(const model::Tensor& tensor) {
    ModelRegion region;
    region.tensor = tensors_++;
    region.name = tensor.name;
    const std::size_t dimensions = std::min(tensor.shape.size(), kMostDimensions);
    region.shape.assign(tensor.shape.begin(), tensor.shape.begin() + static_cast<std::ptrdiff_t>(dimensions));
    region.type = element_type(tensor.type);
    const model::Quantization& quantization = tensor.quantization;
    if (tensor.type == TensorType::UINT8) {
      const std::vector<std::int64_t>& zero = quantization.zero_points;
      region.centre = zero.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(zero.front());
      if (region.centre == 0) region.centre = kMiddle;
    }
    // Buffer 0 stands for "none".
    if (tensor.buffer != 0) add_array(region, tensor.data);
    add_array(region, quantization.scale_bytes, Role::scales, ElementType::float32);
    add_array(region, quantization.zero_point_bytes, Role::zero_points, ElementType::other);
    add_array(region, quantization.minimum_bytes, Role::minima, ElementType::float32);
    add_array(region, quantization.maximum_bytes, Role::maxima, ElementType::float32);
  }
  void add_array(ModelRegion region, const ByteRange& bytes, Role role, ElementType type) {
    region.role = role;
    region.type = type;
    add_array(std::move(region), bytes);
  }
  void add_array(ModelRegion region, const ByteRange& bytes) {
    region.offset = bytes.offset;
    region.length = bytes.size;
    if (region.length != 0) found_.push_back(std::move(region));
  }

  std::uint32_t tensors_ = 0;
  std::vector<ModelRegion> found_;
};

}  // namespace

std::vector<ModelRegion> model_regions(ConstBytes file) {
  return Collector().collect(model::readable_tensors(file));
}

namespace {

/// A tensor as far as its regions tell.
struct TensorView {
  const ModelRegion* constant = nullptr;
  const ModelRegion* any = nullptr;
};

std::vector<TensorView> tensors_of(const std::vector<ModelRegion>& regions) {
  std::vector<TensorView> tensors;
  for (const ModelRegion& region : regions) {
    if (region.tensor >= tensors.size()) tensors.resize(region.tensor + 1);
    TensorView& tensor = tensors[region.tensor];
    tensor.any = &region;
    if (region.role == Role::constant) tensor.constant = &region;
  }
  return tensors;
}

std::string content_of(const TensorView& tensor, ConstBytes file) {
  if (tensor.constant == nullptr || tensor.constant->length < 16) return {};
  const ConstBytes bytes = file.slice(tensor.constant->offset, tensor.constant->length);
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

/// Pairs tensors of which `key_of` gives the same non-empty key, in file order.
template <class KeyOf>
void pair_tensors(const std::vector<TensorView>& base, const std::vector<TensorView>& target,
                  std::vector<int>& partner, std::vector<bool>& taken, KeyOf key_of) {
  std::map<std::string, std::vector<int>> waiting;
  for (std::size_t i = base.size(); i-- > 0;) {
    if (!taken[i] && base[i].any != nullptr) waiting[key_of(base[i], true)].push_back(static_cast<int>(i));
  }
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (partner[i] >= 0 || target[i].any == nullptr) continue;
    const std::string key = key_of(target[i], false);
    const auto found = waiting.find(key);
    if (key.empty() || found == waiting.end() || found->second.empty()) continue;
    partner[i] = found->second.back();
    taken[static_cast<std::size_t>(partner[i])] = true;
    found->second.pop_back();
  }
}

std::string shape_key(const TensorView& tensor) {
  std::string key = std::to_string(tensor.constant != nullptr ? static_cast<int>(tensor.constant->type) : -1);
  for (const std::uint32_t size : tensor.any->shape) {
    key.push_back(',');
    key.append(std::to_string(size));
  }
  return key;
}

}  // namespace

std::vector<int> pair_regions(ConstBytes base_file, ConstBytes target_file,
                              const std::vector<ModelRegion>& base, const std::vector<ModelRegion>& target) {
  const std::vector<TensorView> from = tensors_of(base);
  const std::vector<TensorView> to = tensors_of(target);
  std::vector<int> partner(to.size(), -1);
  std::vector<bool> taken(from.size(), false);
  const auto content = [&](const TensorView& tensor, bool is_base) {
    return content_of(tensor, is_base ? base_file : target_file);
  };
  pair_tensors(from, to, partner, taken, [&](const TensorView& tensor, bool is_base) {
    std::string bytes = content(tensor, is_base);
    if (!bytes.empty()) bytes.append(tensor.any->name);
    return bytes;
  });
  pair_tensors(from, to, partner, taken, content);
  pair_tensors(from, to, partner, taken, [](const TensorView& tensor, bool) { return tensor.any->name; });
  pair_tensors(from, to, partner, taken, [](const TensorView& tensor, bool) { return shape_key(tensor); });

  std::map<std::pair<int, Role>, int> places;
  for (std::size_t i = 0; i < base.size(); ++i) {
    places[{static_cast<int>(base[i].tensor), base[i].role}] = static_cast<int>(i);
  }
  std::vector<int> result(target.size(), -1);
  for (std::size_t i = 0; i < target.size(); ++i) {
    const auto found = places.find({partner[target[i].tensor], target[i].role});
    if (found != places.end()) result[i] = found->second;
  }
  return result;
}

}  // namespace tmd::host
