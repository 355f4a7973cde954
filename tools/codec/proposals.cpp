// SPDX-License-Identifier: Apache-2.0
#include "codec/proposals.hpp"

#include <algorithm>
#include <array>

#include "codec/ratios.hpp"

namespace tmd::host {
namespace {

using codec::OperationKind;

/// Distances at which weights may resemble each other: the inner dimensions of their shape, the divisors of the last
/// one, where a window of time and channel was made one dimension, and powers of two if those are wanted.
std::vector<std::uint32_t> strides_of(const std::vector<std::uint32_t>& shape, bool powers_of_two) {
  std::vector<std::uint32_t> strides;
  if (powers_of_two) strides = {2, 4, 8, 16, 32, 64, 128};
  std::uint32_t product = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (shape[i] == 0 || shape[i] > codec::kLongestStride) break;
    product *= shape[i];
    if (product > 1 && product <= codec::kLongestStride) strides.push_back(product);
  }
  const std::uint32_t last = shape.empty() ? 0 : shape.back();
  for (std::uint32_t stride = 2; stride <= std::min(last, codec::kLongestStride); ++stride) {
    if (last % stride == 0) strides.push_back(stride);
  }
  std::sort(strides.begin(), strides.end());
  strides.erase(std::unique(strides.begin(), strides.end()), strides.end());
  return strides;
}

/// Shapes of the filter to begin with: three strides back; the same and eight rows.
constexpr std::uint8_t kStridesCode = 4;
constexpr std::uint8_t kRowsCode = 3 << 3 | 4;

constexpr std::ptrdiff_t kMostClusters = 80;

/// Bytes of one output channel, where the first dimension counts them; 0 where there is nothing to tell
/// apart.
std::uint32_t row_of(const ModelRegion& region) {
  if (region.role != Role::constant || region.shape.size() < 2 || region.shape[0] < 2) return 0;
  return region.length % region.shape[0] == 0 ? region.length / region.shape[0] : 0;
}

}  // namespace

std::vector<Operations> Proposals::of(const Unit& unit, std::uint32_t colocated) {
  candidates_.clear();
  if (unit.aligned) {
    propose_aligned(unit);
  } else {
    propose_unaligned(unit, colocated);
  }
  propose_sparse(unit);
  if (region_of(unit) != nullptr) centre_all(region_of(unit)->centre);
  return std::move(candidates_);
}

/// The same with differences and new weights around what stands for 0.
void Proposals::centre_all(std::uint8_t centre) {
  for (Operations& candidate : candidates_) {
    for (PlannedOperation& planned : candidate) {
      planned.operation.centred = centre != 0 && codec::may(planned.operation.kind, codec::kCentred);
      planned.operation.centre = planned.operation.centred ? centre : std::uint8_t{0};
    }
  }
}

std::vector<PredictionMode> Proposals::prediction_modes(const Unit& unit) const {
  std::vector<PredictionMode> result;
  const std::uint32_t above = row_above(unit);
  for (const std::uint32_t stride : strides(unit, true)) {
    result.push_back({stride, false});
    result.push_back({stride, true});
    if (above != 0) result.push_back({stride, true, above});
  }
  return result;
}

std::vector<std::uint32_t> Proposals::likely_strides(const Unit& unit) const {
  const ModelRegion* region = region_of(unit);
  return strides(unit, region == nullptr || region->shape.empty());
}
std::vector<std::uint32_t> Proposals::strides(const Unit& unit, bool powers_of_two) const {
  if (!may_be_array(unit)) return {};
  const ModelRegion* region = region_of(unit);
  return strides_of(region != nullptr ? region->shape : std::vector<std::uint32_t>(), powers_of_two);
}

std::uint32_t Proposals::row_above(const Unit& unit) const {
  const ModelRegion* region = region_of(unit);
  if (region == nullptr || region->type != ElementType::int8) return 0;
  const std::uint32_t row = row_of(*region);
  return row >= codec::kRowWindow && row <= codec::kLongestRow ? row : 0;
}

std::vector<codec::Operation> Proposals::filter_shapes(const Unit& unit,
                                                       const codec::Operation& operation) const {
  std::vector<codec::Operation> result;
  const std::uint32_t row = operation.row != 0 ? operation.row : row_above(unit);
  const auto add = [&](std::uint32_t stride, unsigned rows_code, unsigned taps_code) {
    codec::Operation variant = operation;
    variant.predicted = true;
    variant.stride = stride;
    variant.above = rows_code != 0 ? row : 0;
    variant.filter.code = static_cast<std::uint8_t>(rows_code << 3 | taps_code << 2 | 1);
    result.push_back(variant);
  };
  if (operation.predicted) {
    result.push_back(operation);
    result.back().predicted = false;
    result.back().above = 0;
    result.back().filter.code = 0;
  }
  const bool has_rows = row >= codec::kRowWindow && row <= codec::kLongestRow && row * 2 <= operation.length;
  if (operation.stride != 0 && (operation.predicted || !has_rows)) {
    add(operation.stride, 0, 0);
    add(operation.stride, 0, 1);
  }
  for (unsigned rows_code = 1; has_rows && rows_code < 4; ++rows_code) {
    add(0, rows_code, 0);
    if (operation.stride == 0) continue;
    add(operation.stride, rows_code, 0);
    add(operation.stride, rows_code, 1);
  }
  return result;
}

std::vector<codec::Operation> Proposals::filter_speeds(const codec::Operation& operation) {
  std::vector<codec::Operation> result;
  for (unsigned speed = 0; speed < 4; ++speed) {
    result.push_back(operation);
    result.back().filter.code = static_cast<std::uint8_t>((operation.filter.code & ~3U) | speed);
  }
  return result;
}

std::vector<codec::Operation> Proposals::flags(const codec::Operation& operation) {
  std::vector<codec::Operation> result;
  for (unsigned which = 1; which < 4; ++which) {
    const bool slow = (which & 1U) != 0;
    const bool averaged = (which & 2U) != 0;
    if ((slow && !codec::may(operation.kind, codec::kSlow)) ||
        (averaged && !codec::may(operation.kind, codec::kAveraged)))
      continue;
    result.push_back(operation);
    result.back().slow = slow;
    result.back().averaged = averaged;
  }
  return result;
}

Operations with_mode(Operations operations, PredictionMode mode) {
  for (PlannedOperation& planned : operations) {
    codec::Operation& operation = planned.operation;
    if (!codec::has_elements(operation.kind)) continue;
    operation.stride = mode.stride;
    operation.predicted = mode.predicted && codec::may(operation.kind, codec::kPredicted);
    operation.above = operation.predicted ? mode.above : 0;
    operation.filter.code = static_cast<std::uint8_t>(operation.above != 0 ? kRowsCode : kStridesCode);
  }
  return operations;
}

/// Signed bytes, and many: new weights take as few bytes as literals do, and a device decodes them faster. Not so
/// where they were clustered: literals learn the few values that there are.
bool Proposals::is_weights(const Unit& unit) const {
  const ModelRegion* region = region_of(unit);
  if (region == nullptr || region->type != ElementType::int8 || unit.range.length < kLikelyWeights)
    return false;
  std::array<bool, 256> occurs{};
  for (const std::uint8_t byte : target_.slice(unit.range.target, unit.range.length)) occurs[byte] = true;
  return std::count(occurs.begin(), occurs.end(), true) > kMostClusters;
}
void Proposals::propose_unaligned(const Unit& unit, std::uint32_t colocated) {
  const std::uint32_t length = unit.range.length;
  if (!is_weights(unit)) {
    PlannedOperation literal = simple_operation(OperationKind::literal, length, 0);
    literal.colocated = true;
    candidates_.push_back({std::move(literal)});
    // Beside other weights, knowing the base's is worse than knowing nothing.
    if (length >= kLikelyWeights) {
      const auto outside = static_cast<std::uint32_t>(base_.size());
      candidates_.push_back({simple_operation(OperationKind::literal, length, outside)});
    }
  }
  // Bytes that all moved a little have no string in common with the base, but may lie where they did.
  if (length > 64 && fits(colocated, length, static_cast<std::uint32_t>(base_.size()))) {
    candidates_.push_back({simple_operation(OperationKind::delta8, length, colocated)});
  }
  if (unit.region >= 0 || length > 64) propose_new(unit);
}
void Proposals::propose_aligned(const Unit& unit) {
  const Alignment& range = unit.range;
  const bool weights = is_weights(unit);
  constexpr std::uint32_t kNoRun = ~0U;
  if (!weights) propose_runs(range, {4, 8, 16, 32, 128}, OperationKind::literal);
  propose_runs(range, {16, 32, 128, kNoRun}, OperationKind::delta8);
  const ModelRegion* region = region_of(unit);
  const bool words = range.length % 4 == 0;
  const std::uint32_t row = region != nullptr ? row_of(*region) : 0;
  const std::uint8_t centre = region != nullptr ? region->centre : std::uint8_t{0};
  const ConstBytes source = base_.slice(range.base, range.length);
  const ConstBytes goal = target_.slice(range.target, range.length);
  if (range.length >= 16 && (region == nullptr || region->type != ElementType::float32)) {
    propose_scaled(OperationKind::delta8, range, 0, byte_ratios(source, goal, 0, centre));
    if (row >= 8 && range.length > row)
      propose_scaled(OperationKind::delta8, range, row, byte_ratios(source, goal, row, centre));
  }
  if (words &&
      (region == nullptr || region->type == ElementType::int32 || region->type == ElementType::other)) {
    candidates_.push_back({simple_operation(OperationKind::delta32, range.length, range.base)});
    if (range.length >= 16) {
      for (const unsigned bytes : {2U, 3U}) {
        propose_scaled(OperationKind::delta32, range, 0, word_ratios(source, goal, 0, false, bytes));
      }
    }
  }
  if (words && (region == nullptr || region->type == ElementType::float32)) {
    candidates_.push_back({simple_operation(OperationKind::float32, range.length, range.base)});
    if (range.length >= 16)
      propose_scaled(OperationKind::float32, range, 0, word_ratios(source, goal, 0, true, 4));
    if (row >= 16 && row % 4 == 0 && range.length > row) {
      propose_scaled(OperationKind::float32, range, row / 4, word_ratios(source, goal, row / 4, true, 4));
    }
  }
  if (region != nullptr || range.length >= kLikelyWeights) propose_new(unit);
}
/// Those of the lengths that give different pieces: the longer a run has to be, the fewer there are.
void Proposals::propose_runs(const Alignment& range, std::initializer_list<std::uint32_t> lengths,
                             OperationKind otherwise) {
  std::size_t pieces = 0;
  for (const std::uint32_t shortest : lengths) {
    Operations operations = runs(range, shortest, otherwise);
    if (operations.size() == pieces) continue;
    pieces = operations.size();
    candidates_.push_back(std::move(operations));
  }
}
void Proposals::propose_sparse(const Unit& unit) {
  if (!may_be_array(unit)) return;
  const ModelRegion* region = region_of(unit);
  const ConstBytes goal = target_.slice(unit.range.target, unit.range.length);
  const std::size_t dense = candidates_.size();
  const std::uint8_t centre = region != nullptr ? region->centre : std::uint8_t{0};
  for (const std::size_t size : {1U, 4U}) {
    if (region != nullptr && (size == 4) != (region->type == ElementType::float32)) continue;
    std::size_t zeros = 0;
    for (std::size_t i = 0; i + size <= goal.size(); i += size)
      zeros += size == 4 ? load_le32(goal.data() + i) << 1 == 0 : goal[i] == centre;
    if (zeros * 8 * size < goal.size()) continue;
    for (std::size_t i = 0; i < dense; ++i) {
      if (candidates_[i].size() != 1) continue;
      PlannedOperation planned = candidates_[i].front();
      if (codec::element_size(planned.operation.kind) != size ||
          !codec::may(planned.operation.kind, codec::kSparse))
        continue;
      planned.operation.sparse = true;
      candidates_.push_back({std::move(planned)});
    }
  }
}
void Proposals::propose_scaled(OperationKind kind, const Alignment& range, std::uint32_t row,
                               std::vector<codec::Ratio> ratios) {
  PlannedOperation planned = simple_operation(kind, range.length, range.base);
  planned.operation.scaled = true;
  planned.operation.row = row;
  planned.ratios = std::move(ratios);
  candidates_.push_back({std::move(planned)});
}
/// What needs no base: new weights, and scales that follow from scales already produced.
void Proposals::propose_new(const Unit& unit) {
  const ModelRegion* region = region_of(unit);
  const std::uint32_t length = unit.range.length;
  if (region == nullptr || region->type == ElementType::int8 || region->type == ElementType::other) {
    candidates_.push_back({simple_operation(OperationKind::weights8, length, 0)});
  }
  const bool floats = region != nullptr ? region->type == ElementType::float32 : length >= kLikelyWeights;
  if (floats && length % 4 == 0) {
    candidates_.push_back({simple_operation(OperationKind::weights32, length, 0)});
    if (region != nullptr) propose_product(unit, *region);
  }
}
/// Scales that are others, already produced, times a number.
void Proposals::propose_product(const Unit& unit, const ModelRegion& region) {
  const std::uint32_t length = unit.range.length;
  if (region.role != Role::scales || length < 8) return;
  unsigned tried = 0;
  for (std::size_t i = static_cast<std::size_t>(unit.region); i-- > 0 && tried < 3;) {
    const ModelRegion& other = target_regions_[i];
    if (other.role != Role::scales || other.length != length) continue;
    ++tried;
    PlannedOperation planned = simple_operation(OperationKind::float32, length, other.offset);
    planned.operation.from_target = true;
    planned.operation.scaled = true;
    planned.ratios = word_ratios(target_.slice(other.offset, length),
                                 target_.slice(unit.range.target, length), 0, true, 4);
    candidates_.push_back({std::move(planned)});
  }
}

/// Copies where at least `shortest` bytes agree, `otherwise` between.
Operations Proposals::runs(const Alignment& range, std::uint32_t shortest, OperationKind otherwise) const {
  Operations operations;
  std::uint32_t done = 0;
  std::uint32_t i = 0;
  const auto cut = [&](OperationKind kind, std::uint32_t length) {
    if (length > 0) operations.push_back(simple_operation(kind, length, range.base + done));
    done += length;
  };
  while (i < range.length) {
    std::uint32_t run = 0;
    while (i + run < range.length && base_[range.base + i + run] == target_[range.target + i + run]) ++run;
    if (run >= shortest) {
      cut(otherwise, i - done);
      cut(OperationKind::copy_base, run);
    }
    i += run > 0 ? run : 1;
  }
  cut(otherwise, range.length - done);
  return operations;
}

}  // namespace tmd::host
