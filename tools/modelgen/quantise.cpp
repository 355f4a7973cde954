// SPDX-License-Identifier: Apache-2.0
#include "modelgen/quantise.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace modelgen {
namespace {

/// The converter joins the names of everything that it fused into one operator.
std::string output_name(const Layer& layer) {
  const std::string scope = scoped(layer.name);
  const std::string relu = layer.relu ? scope + "/Relu;" : "";
  switch (layer.kind) {
    case LayerKind::max_pool:
      return scope + "/MaxPool";
    case LayerKind::average_pool:
      return scope + "/AvgPool";
    case LayerKind::fully_connected:
      return weight_name(layer) + ";" + relu + scope + "/BiasAdd";
    default:
      return relu + scope + "/BiasAdd;" + weight_name(layer) + ";" + scope + "/BiasAdd/ReadVariableOp";
  }
}

OperatorKind operator_kind(LayerKind kind) {
  switch (kind) {
    case LayerKind::convolution:
      return OperatorKind::convolution;
    case LayerKind::depthwise:
      return OperatorKind::depthwise;
    case LayerKind::fully_connected:
      return OperatorKind::fully_connected;
    case LayerKind::max_pool:
      return OperatorKind::max_pool;
    default:
      return OperatorKind::average_pool;
  }
}

constexpr const char* kAnswer = "StatefulPartitionedCall:0";

/// What stands before and behind the layers.
struct Ends {
  std::string input = "motion";
  std::string output = "gesture";
  bool classifies = true;  ///< a window of motion in, a softmax at the end
};

/// Builds the graph in the converter's order of tensors: the input, all constants, then what is computed.
class GraphMaker {
 public:
  /// `grid`: whose weights give the scales.
  GraphMaker(const Network& network, const Network& grid, const std::vector<Range>& ranges,
             const Ends& ends = {})
      : network_(network), grid_(grid), classifies_(ends.classifies) {
    const Extent in = network.input();
    signals_.push_back(activation_quantisation(ranges[0]));
    for (std::size_t i = 0; i < network.layers().size(); ++i) {
      signals_.push_back(network.layers()[i].trainable() ? activation_quantisation(ranges[i + 1])
                                                         : signals_.back());
    }
    const std::vector<std::int32_t> shape =
        classifies_ ? std::vector<std::int32_t>{1, in.steps, in.channels}
                    : std::vector<std::int32_t>{1, static_cast<std::int32_t>(in.count())};
    graph_.input_name = ends.input;
    graph_.output_name = ends.output;
    graph_.input = add({"serving_default_" + ends.input + ":0", ElementType::int8, shape, signals_[0], {}});
    add_constants();
    add_operators();
  }

  Graph take() { return std::move(graph_); }

 private:
  struct Constants {
    std::int32_t weights = -1;
    std::int32_t biases = -1;
    std::int32_t flatten = -1;
  };

  std::int32_t add(GraphTensor tensor) {
    graph_.tensors.push_back(std::move(tensor));
    return static_cast<std::int32_t>(graph_.tensors.size()) - 1;
  }

  static std::vector<std::int32_t> shape_of(const Layer& layer) {
    if (layer.kind == LayerKind::fully_connected) return {1, layer.output.channels};
    return {1, layer.output.steps, 1, layer.output.channels};
  }

  bool flattens(std::size_t layer) const {
    const std::vector<Layer>& layers = network_.layers();
    return classifies_ && layers[layer].kind == LayerKind::fully_connected &&
           (layer == 0 || layers[layer - 1].kind != LayerKind::fully_connected);
  }
  std::vector<std::int32_t> flat_shape(std::size_t layer) const {
    return {1, static_cast<std::int32_t>(network_.layers()[layer].input.count())};
  }
  // A convolution of TFLite has two spatial dimensions; time is the first of them.
  std::vector<std::int32_t> image_shape() const {
    return {1, network_.input().steps, 1, network_.input().channels};
  }

  /// Shapes first, then the parameters from the last layer to the first.
  void add_constants() {
    const std::vector<Layer>& layers = network_.layers();
    constants_.resize(layers.size());
    if (classifies_) expand_ = add(shape_constant("expand", image_shape()));
    for (std::size_t i = 0; i < layers.size(); ++i) {
      if (flattens(i)) constants_[i].flatten = add(shape_constant("flatten", flat_shape(i)));
    }
    for (std::size_t i = layers.size(); i-- > 0;) {
      if (!layers[i].trainable()) continue;
      GraphTensor weights = quantised_weights(layers[i], weight_scales(grid_.layers()[i]));
      constants_[i].biases = add(quantised_biases(layers[i], signals_[i].scales[0], weights.quantisation));
      constants_[i].weights = add(std::move(weights));
    }
  }

  std::int32_t add_reshape(const std::string& name, std::int32_t from, std::int32_t shape,
                           std::vector<std::int32_t> to, const Quantisation& quantisation) {
    const std::int32_t output =
        add({scoped(name) + "/Reshape", ElementType::int8, std::move(to), quantisation, {}});
    graph_.operators.push_back({OperatorKind::reshape, {from, shape}, {output}});
    return output;
  }

  void add_operators() {
    std::int32_t signal = graph_.input;
    if (classifies_) signal = add_reshape("expand", graph_.input, expand_, image_shape(), signals_[0]);
    for (std::size_t i = 0; i < network_.layers().size(); ++i) {
      const Layer& layer = network_.layers()[i];
      const Constants& constants = constants_[i];
      if (flattens(i)) {
        signal = add_reshape("flatten", signal, constants.flatten, flat_shape(i), signals_[i]);
      }
      GraphOperator op{operator_kind(layer.kind), {signal}, {}, layer.taps, layer.relu};
      if (layer.trainable()) {
        op.inputs.push_back(constants.weights);
        op.inputs.push_back(constants.biases);
      }
      const bool is_answer = !classifies_ && i + 1 == network_.layers().size();
      signal = add({is_answer ? kAnswer : output_name(layer),
                    ElementType::int8,
                    shape_of(layer),
                    signals_[i + 1],
                    {}});
      op.outputs = {signal};
      graph_.operators.push_back(std::move(op));
    }
    graph_.output = signal;
    if (!classifies_) return;
    graph_.output =
        add({kAnswer, ElementType::int8, {1, network_.output().channels}, {{1.0F / 256.0F}, {-128}, 0}, {}});
    graph_.operators.push_back({OperatorKind::softmax, {signal}, {graph_.output}});
  }

  const Network& network_;
  const Network& grid_;
  const bool classifies_;
  std::vector<Quantisation> signals_;  ///< as Network::Signals
  std::int32_t expand_ = -1;
  std::vector<Constants> constants_;  ///< one for each layer
  Graph graph_;
};

}  // namespace

std::vector<Range> calibrate(const Network& network, std::span<const MotionWindow> windows) {
  std::vector<Range> ranges(network.layers().size() + 1);
  for (const MotionWindow& window : windows) widen(ranges, network, window.samples);
  return ranges;
}

void widen(std::vector<Range>& ranges, const Network& network, std::span<const float> input) {
  Network::Signals signals;
  network.forward(input, signals);
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    for (const float value : signals[i]) {
      ranges[i].low = std::min(ranges[i].low, value);
      ranges[i].high = std::max(ranges[i].high, value);
    }
  }
}

Graph quantise(const Network& network, const std::vector<Range>& ranges) {
  return GraphMaker(network, network, ranges).take();
}

Graph quantise_regression(const Network& network, const std::vector<Range>& ranges, const std::string& input,
                          const std::string& output) {
  return GraphMaker(network, network, ranges, {input, output, false}).take();
}

Graph quantise_on_grid_of(const Network& base, const Network& network, const std::vector<Range>& ranges) {
  return GraphMaker(network, base, ranges).take();
}

}  // namespace modelgen
