// SPDX-License-Identifier: Apache-2.0
#include "report/weight_moves.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <limits>

#include "support/parsed_model.hpp"

using namespace tmd;
using namespace tmd::host::report;
using test::TensorType;
using Counts = std::array<std::uint64_t, Moves::kClasses>;

namespace {

/// How the constant of one model moved to that of another one.
LayerCost moved(TensorType type, const std::vector<std::uint8_t>& before,
                const std::vector<std::uint8_t>& after) {
  const auto made = [&](const std::vector<std::uint8_t>& data) {
    test::ModelMaker maker = test::small_classifier();
    const bool is_of_words = type == TensorType::FLOAT32 || type == TensorType::INT32;
    const auto elements = static_cast<std::int32_t>(data.size() / (is_of_words ? 4 : 1));
    maker.constant("moved", type, {elements}, data);
    return maker;
  };
  const std::vector<std::uint8_t> old_file = made(before).file(), new_file = made(after).file();
  std::vector<LayerCost> layers(1);
  layers[0].name = "moved";
  add_moves(layers, {test::parsed(made(before)), test::bytes_of(old_file)},
            {test::parsed(made(after)), test::bytes_of(new_file)});
  return layers[0];
}

std::vector<std::uint8_t> floats(const std::vector<float>& values) {
  std::vector<std::uint8_t> bytes(4 * values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    store_le32(&bytes[4 * i], std::bit_cast<std::uint32_t>(values[i]));
  return bytes;
}

}  // namespace

TEST_CASE("weights are counted by the steps they moved, each class up to its limit") {
  const std::vector<std::uint8_t> base(12, 100);
  const LayerCost layer =
      moved(TensorType::UINT8, base, {100, 101, 98, 97, 104, 105, 108, 109, 116, 84, 117, 0});
  CHECK(layer.type == "uint8");
  CHECK(layer.moves.counts == Counts{1, 1, 1, 2, 2, 3, 2});
  CHECK(layer.moves.total() == 12);
  CHECK_FALSE(layer.moves.is_float);
}

TEST_CASE("int8 weights move through zero by one step, not by 255") {
  CHECK(moved(TensorType::INT8, {0xFF, 0, 0x80}, {0, 0xFF, 0x7F}).moves.counts ==
        Counts{0, 2, 0, 0, 0, 0, 1});
  CHECK(moved(TensorType::UINT8, {0xFF, 0, 0x80}, {0, 0xFF, 0x7F}).moves.counts ==
        Counts{0, 1, 0, 0, 0, 0, 2});
}

TEST_CASE("float weights move by a share of the largest one") {
  const Moves moves =
      moved(TensorType::FLOAT32, floats({-8, 1, 1, 1, 1}), floats({-8, 1.0005F, 1.05F, 1.2F, 3})).moves;
  CHECK(moves.is_float);
  CHECK(moves.counts == Counts{1, 1, 0, 1, 1, 0, 1});
}

TEST_CASE("a weight that became no number moved, one that was the same before did not") {
  const float nan = std::numeric_limits<float>::quiet_NaN(),
              infinite = std::numeric_limits<float>::infinity();
  CHECK(moved(TensorType::FLOAT32, floats({1, 1, nan, nan}), floats({1, nan, nan, 1})).moves.counts ==
        Counts{2, 0, 0, 0, 0, 0, 2});
  CHECK(moved(TensorType::FLOAT32, floats({infinite, 1}), floats({infinite, infinite})).moves.counts ==
        Counts{1, 0, 0, 0, 0, 0, 1});
}

TEST_CASE("a tensor of another size or type did not move: it is another one") {
  CHECK(moved(TensorType::INT8, {1, 2, 3}, {1, 2}).moves.total() == 0);
  CHECK(moved(TensorType::INT32, {1, 0, 0, 0}, {2, 0, 0, 0}).moves.total() == 0);
}

TEST_CASE("bits are summed by tensor and told as bytes, the costliest tensor first") {
  const std::vector<LayerCost> layers = layer_costs({{"small", "", 0, 10, 0, 80, 10},
                                                     {"large", "", 10, 20, 0, 800, 20},
                                                     {"", "", 30, 4, 0, 8, 4},
                                                     {"small", "", 34, 6, 0, 40, 6}});
  REQUIRE(layers.size() == 3);
  CHECK(layers[0].name == "large");
  CHECK(layers[0].patch_bytes == 100);
  CHECK(layers[1].name == "small");
  CHECK(layers[1].patch_bytes == 15);
  CHECK(layers[1].target_bytes == 16);
  CHECK(layers[1].elements == 16);
  CHECK(layers[2].name == "bytes");
}
