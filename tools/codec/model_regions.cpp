// SPDX-License-Identifier: Apache-2.0
#include "codec/model_regions.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace tmd::host {
namespace {

/// FlatBuffers without a schema: positions that are checked at every step; 0 stands for "absent".
class FlatFile {
 public:
  explicit FlatFile(ConstBytes bytes) : bytes_(bytes) {}

  bool has(std::uint64_t at, std::uint64_t length) const { return at + length <= bytes_.size(); }
  std::uint32_t u32(std::uint32_t at) const { return has(at, 4) ? load_le32(bytes_.data() + at) : 0; }
  std::uint8_t u8(std::uint32_t at) const { return has(at, 1) ? bytes_[at] : std::uint8_t{0}; }

  std::uint32_t followed(std::uint32_t at) const {
    const std::uint64_t to = std::uint64_t{at} + u32(at);
    return at != 0 && has(at, 4) && has(to, 4) ? static_cast<std::uint32_t>(to) : 0;
  }
  std::uint32_t root() const { return has(0, 8) && has(u32(0), 4) ? u32(0) : 0; }

  /// Where field `index` of the table lies in it.
  std::uint32_t field(std::uint32_t table, std::uint32_t index) const {
    if (table == 0) return 0;
    const std::int64_t vtable = std::int64_t{table} - static_cast<std::int32_t>(u32(table));
    if (vtable <= 0 || !has(static_cast<std::uint64_t>(vtable), 4)) return 0;
    const auto start = static_cast<std::uint32_t>(vtable);
    const std::uint32_t size = load_le16(bytes_.data() + start);
    if (6 + 2 * index > size || !has(start, 6 + 2 * index)) return 0;
    const std::uint32_t offset = load_le16(bytes_.data() + start + 4 + 2 * index);
    return offset != 0 && has(std::uint64_t{table} + offset, 1) ? table + offset : 0;
  }
  std::uint32_t child(std::uint32_t table, std::uint32_t index) const {
    return followed(field(table, index));
  }
  /// A vector's element count, 0 where it would not fit the file.
  std::uint32_t count(std::uint32_t vector, std::uint32_t element_size) const {
    const std::uint32_t elements = vector != 0 ? u32(vector) : 0;
    return has(std::uint64_t{vector} + 4, std::uint64_t{elements} * element_size) ? elements : 0;
  }
  std::uint32_t item(std::uint32_t vector, std::uint32_t index) const {
    return followed(vector + 4 + 4 * index);
  }
  std::string text(std::uint32_t vector) const {
    const std::uint32_t length = count(vector, 1);
    return std::string(reinterpret_cast<const char*>(bytes_.data()) + (length != 0 ? vector + 4 : 0), length);
  }

 private:
  ConstBytes bytes_;
};

// Field numbers of the TFLite schema (schema.fbs, version 3).
constexpr std::uint32_t kModelSubgraphs = 2, kModelBuffers = 4, kSubgraphTensors = 0, kBufferData = 0;
constexpr std::uint32_t kTensorShape = 0, kTensorType = 1, kTensorBuffer = 2, kTensorName = 3,
                        kTensorQuantization = 4;
constexpr std::uint32_t kMinima = 0, kMaxima = 1, kScales = 2, kZeroPoints = 3;
constexpr std::uint8_t kFloat32 = 0, kInt32 = 2, kUint8 = 3, kInt8 = 9;
constexpr std::uint8_t kMiddle = 128;  // of unsigned weights that do not say what stands for 0

class Collector {
 public:
  explicit Collector(ConstBytes bytes) : file_(bytes) {}

  std::vector<ModelRegion> collect() {
    const std::uint32_t model = file_.root();
    const std::uint32_t subgraphs = file_.child(model, kModelSubgraphs);
    buffers_ = file_.child(model, kModelBuffers);
    for (std::uint32_t s = 0; s < file_.count(subgraphs, 4); ++s) {
      const std::uint32_t tensors = file_.child(file_.item(subgraphs, s), kSubgraphTensors);
      for (std::uint32_t t = 0; t < file_.count(tensors, 4); ++t) add_tensor(file_.item(tensors, t));
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
  void add_tensor(std::uint32_t tensor) {
    ModelRegion region;
    region.tensor = tensors_++;
    region.name = file_.text(file_.child(tensor, kTensorName));
    const std::uint32_t shape = file_.child(tensor, kTensorShape);
    for (std::uint32_t i = 0; i < std::min(file_.count(shape, 4), 8U); ++i) {
      region.shape.push_back(file_.u32(shape + 4 + 4 * i));
    }
    const std::uint32_t type_at = file_.field(tensor, kTensorType);
    const std::uint8_t type = type_at != 0 ? file_.u8(type_at) : kFloat32;
    region.type = type == kFloat32                  ? ElementType::float32
                  : type == kInt32                  ? ElementType::int32
                  : type == kInt8 || type == kUint8 ? ElementType::int8
                                                    : ElementType::other;
    const std::uint32_t quantization = file_.child(tensor, kTensorQuantization);
    const std::uint32_t zero_points = file_.child(quantization, kZeroPoints);
    if (type == kUint8) {
      const std::uint8_t zero =
          file_.count(zero_points, 8) != 0 ? file_.u8(zero_points + 4) : std::uint8_t{0};
      region.centre = zero != 0 ? zero : kMiddle;
    }
    const std::uint32_t buffer_at = file_.field(tensor, kTensorBuffer);
    const std::uint32_t buffer = buffer_at != 0 ? file_.u32(buffer_at) : 0;
    if (buffer != 0 && buffer < file_.count(buffers_, 4)) {
      add_array(region, file_.child(file_.item(buffers_, buffer), kBufferData), 1);
    }
    add_array(region, quantization, kScales, Role::scales, ElementType::float32, 4);
    add_array(region, quantization, kZeroPoints, Role::zero_points, ElementType::other, 8);
    add_array(region, quantization, kMinima, Role::minima, ElementType::float32, 4);
    add_array(region, quantization, kMaxima, Role::maxima, ElementType::float32, 4);
  }
  void add_array(ModelRegion region, std::uint32_t table, std::uint32_t index, Role role, ElementType type,
                 std::uint32_t element_size) {
    region.role = role;
    region.type = type;
    add_array(std::move(region), file_.child(table, index), element_size);
  }
  void add_array(ModelRegion region, std::uint32_t vector, std::uint32_t element_size) {
    region.length = file_.count(vector, element_size) * element_size;
    region.offset = vector + 4;
    if (vector != 0 && region.length != 0) found_.push_back(std::move(region));
  }

  FlatFile file_;
  std::uint32_t buffers_ = 0;
  std::uint32_t tensors_ = 0;
  std::vector<ModelRegion> found_;
};

}  // namespace

std::vector<ModelRegion> model_regions(ConstBytes file) {
  return Collector(file).collect();
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
