// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "interpreter/fixed_point.hpp"
#include "interpreter/flat_table.hpp"
#include "interpreter/kernels.hpp"
#include "interpreter/model_fields.hpp"
#include "tmd/bytes.hpp"

namespace modelgen {

/// What the file says of a tensor. `good` says that it makes sense; the rest is only of use then.
struct TensorView {
  bool good = false;
  std::int32_t type = 0;        ///< ElementCode
  FlatVector dimensions;        ///< at most four
  std::uint32_t count = 0;      ///< elements
  FlatVector scales;            ///< floats, as bits
  std::int32_t zero_point = 0;  ///< of the first channel; in [-128, 127]
  tmd::ConstBytes constant;     ///< empty for what is computed

  FloatParts scale() const { return FloatParts::of(scales.uint32(0)); }

  /// The last three dimensions; ones where there are fewer.
  Shape shape() const {
    const std::uint32_t rank = dimensions.size();
    return {rank > 2 ? dimensions.int32(rank - 3) : 1, rank > 1 ? dimensions.int32(rank - 2) : 1,
            rank > 0 ? dimensions.int32(rank - 1) : 1};
  }
};

/// An operator with its parameters, as the file says.
struct OperatorView {
  std::int32_t code = -1;  ///< of Builtin; -1 where the file is inconsistent
  FlatVector inputs;
  FlatVector outputs;
  FlatTable options;
};

/// The parts of a TFLite file with one subgraph, read in place.
class ModelView {
 public:
  /// No tensor here is larger, in elements, so that products of a few sizes stay far from wrapping.
  static constexpr std::uint32_t kLargestTensor = 1U << 24;

  constexpr ModelView() = default;
  explicit constexpr ModelView(tmd::ConstBytes file) {
    constexpr std::uint32_t kIdentifier = 0x334C4654;  // "TFL3"
    if (file.size() < 8 || file.size() > 0x7FFFFFFFU || tmd::load_le32(file.data() + 4) != kIdentifier)
      return;
    const FlatTable root = FlatTable::root(file);
    if (root.uint32(field::kModelVersion, 0) != 3) return;
    const FlatVector subgraphs = root.vector(field::kModelSubgraphs, 4);
    const FlatTable graph = subgraphs.table(0);
    codes_ = root.vector(field::kModelOperatorCodes, 4);
    buffers_ = root.vector(field::kModelBuffers, 4);
    tensors_ = graph.vector(field::kTensors, 4);
    operators_ = graph.vector(field::kOperators, 4);
    inputs_ = graph.vector(field::kInputs, 4);
    outputs_ = graph.vector(field::kOutputs, 4);
    is_model_ = graph.present();
    subgraph_count_ = subgraphs.size();
  }

  constexpr bool is_model() const { return is_model_; }
  constexpr std::uint32_t subgraph_count() const { return subgraph_count_; }
  constexpr std::uint32_t tensor_count() const { return tensors_.size(); }
  constexpr std::uint32_t operator_count() const { return operators_.size(); }
  constexpr FlatVector inputs() const { return inputs_; }
  constexpr FlatVector outputs() const { return outputs_; }

  constexpr TensorView tensor(std::uint32_t index) const {
    TensorView view;
    const FlatTable tensor = tensors_.table(index);
    if (!tensor.present()) return view;
    view.type = tensor.int8(field::kType, 0);
    view.dimensions = tensor.vector(field::kShape, 4);
    if (view.dimensions.size() > 4 || !count_elements(view.dimensions, view.count)) return view;
    const FlatTable quantisation = tensor.table(field::kQuantisation);
    view.scales = quantisation.vector(field::kScale, 4);
    view.zero_point = quantisation.vector(field::kZeroPoint, 8).int32(0);
    view.constant = buffers_.table(tensor.uint32(field::kBuffer, 0)).vector(field::kData, 1).bytes();
    const std::uint32_t size = view.type == kInt8 ? 1 : view.type == kInt32 ? 4 : 0;
    view.good = size != 0 && view.zero_point >= -128 && view.zero_point <= 127 &&
                (view.constant.empty() || view.constant.size() == std::size_t{view.count} * size);
    return view;
  }

  constexpr OperatorView operation(std::uint32_t index) const {
    OperatorView view;
    const FlatTable op = operators_.table(index);
    view.inputs = op.vector(field::kOperatorInputs, 4);
    view.outputs = op.vector(field::kOperatorOutputs, 4);
    view.options = op.table(field::kOptions);
    const FlatTable code = codes_.table(op.uint32(field::kOpcodeIndex, 0));
    if (!op.present() || !code.present()) return view;
    // Codes below 127 stand in both fields, or in one of the two, by the age of the file.
    const std::int32_t old_code = code.int8(field::kCodeDeprecated, 0);
    const std::int32_t new_code = code.int32(field::kCodeBuiltin, 0);
    view.code = old_code > new_code ? old_code : new_code;
    return view;
  }

 private:
  static constexpr bool count_elements(FlatVector dimensions, std::uint32_t& count) {
    std::uint64_t product = 1;
    for (std::uint32_t i = 0; i < dimensions.size(); ++i) {
      const std::uint32_t size = dimensions.uint32(i);
      if (size == 0 || size > kLargestTensor) return false;
      product *= size;
      if (product > kLargestTensor) return false;
    }
    count = static_cast<std::uint32_t>(product);
    return true;
  }

  FlatVector codes_, buffers_, tensors_, operators_, inputs_, outputs_;
  std::uint32_t subgraph_count_ = 0;
  bool is_model_ = false;
};

}  // namespace modelgen
