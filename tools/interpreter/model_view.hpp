// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "interpreter/fixed_point.hpp"
#include "interpreter/flat_table.hpp"
#include "interpreter/kernels.hpp"
#include "interpreter/model_fields.hpp"
#include "tmd/bytes.hpp"

namespace tmd::host::interpreter {

inline constexpr std::uint32_t kMaxRank = 5;

/// What the file says of a tensor. `good` says that it makes sense; the rest is only of use then.
struct TensorView {
  bool good = false;
  std::int32_t type = 0;        ///< ElementCode
  FlatVector dimensions;        ///< at most kMaxRank
  std::uint32_t count = 0;      ///< elements
  FlatVector scales;            ///< floats, as bits
  std::int32_t zero_point = 0;  ///< of the first channel; a value of the tensor's own type
  tmd::ConstBytes constant;     ///< empty for what is computed

  FloatParts scale() const { return FloatParts::of(scales.uint32(0)); }
  std::uint32_t bytes() const { return count * size_of(type); }
  std::uint32_t rank() const { return dimensions.size(); }
  bool same_shape(const TensorView& other) const {
    if (rank() != other.rank()) return false;
    for (std::uint32_t i = 0; i < rank(); ++i) {
      if (dimensions.uint32(i) != other.dimensions.uint32(i)) return false;
    }
    return true;
  }

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

  bool is(Builtin builtin) const { return code == static_cast<std::int32_t>(builtin); }
};

/// The tensors and operators of one subgraph.
struct GraphView {
  FlatVector tensors, operators, inputs, outputs;

  constexpr GraphView() = default;
  explicit constexpr GraphView(FlatTable graph)
      : tensors(graph.vector(field::kTensors, 4)),
        operators(graph.vector(field::kOperators, 4)),
        inputs(graph.vector(field::kInputs, 4)),
        outputs(graph.vector(field::kOutputs, 4)) {}
};

/// The parts of a TFLite file, read in place.
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
    subgraphs_ = root.vector(field::kModelSubgraphs, 4);
    codes_ = root.vector(field::kModelOperatorCodes, 4);
    buffers_ = root.vector(field::kModelBuffers, 4);
    is_model_ = subgraphs_.table(0).present();
  }

  constexpr bool is_model() const { return is_model_; }
  constexpr std::uint32_t subgraph_count() const { return subgraphs_.size(); }
  constexpr GraphView graph(std::uint32_t index) const { return GraphView(subgraphs_.table(index)); }

  constexpr TensorView tensor(const GraphView& graph, std::uint32_t index) const {
    TensorView view;
    const FlatTable tensor = graph.tensors.table(index);
    if (!tensor.present()) return view;
    view.type = tensor.int8(field::kType, 0);
    view.dimensions = tensor.vector(field::kShape, 4);
    if (view.dimensions.size() > kMaxRank || !count_elements(view.dimensions, view.count)) return view;
    if (tensor.table(field::kSparsity).present()) return view;
    const FlatTable quantisation = tensor.table(field::kQuantisation);
    view.scales = quantisation.vector(field::kScale, 4);
    view.zero_point = quantisation.vector(field::kZeroPoint, 8).int32(0);
    view.constant = buffers_.table(tensor.uint32(field::kBuffer, 0)).vector(field::kData, 1).bytes();
    const std::uint32_t size = size_of(view.type);
    const std::int32_t low = view.type == kUint8 ? 0 : -128;
    view.good = (size != 0 || view.type == kResource) && view.zero_point >= low &&
                view.zero_point <= low + 255 &&
                (view.constant.empty() || view.constant.size() == std::size_t{view.count} * size);
    // What keeps its state between inferences without a resource is not implemented.
    if (tensor.int8(field::kVariable, 0) != 0) view.good = false;
    return view;
  }

  constexpr OperatorView operation(const GraphView& graph, std::uint32_t index) const {
    OperatorView view;
    const FlatTable op = graph.operators.table(index);
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

  FlatVector codes_, buffers_, subgraphs_;
  bool is_model_ = false;
};

}  // namespace tmd::host::interpreter
