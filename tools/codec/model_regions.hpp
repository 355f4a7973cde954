// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tmd/bytes.hpp"

namespace tmd::host {

/// What an array in a model file holds.
enum class Role : std::uint8_t { constant, scales, zero_points, minima, maxima };
enum class ElementType : std::uint8_t { other, int8, int32, float32 };

/// One array of a `.tflite` file, by its place in the file.
struct ModelRegion {
  std::uint32_t offset = 0;  ///< Of the first element.
  std::uint32_t length = 0;  ///< Bytes.
  Role role = Role::constant;
  ElementType type = ElementType::other;
  std::uint8_t centre = 0;  ///< What stands for 0 where elements are bytes: unsigned ones count as int8.
  std::vector<std::uint32_t> shape;  ///< Of a constant.
  std::uint32_t tensor = 0;          ///< Index over all subgraphs.
  std::string name;                  ///< Of the tensor.
};

/// The arrays of a model, sorted by offset, without overlaps. Reads only what the codec needs to know
/// (places, types, shapes, names) and accepts anything: where the file is no model or is damaged, there are
/// fewer regions or none.
std::vector<ModelRegion> model_regions(ConstBytes file);

/// For each region of the target the index of the region of the base that it continues, or -1. Tensors are
/// paired by equal content, then by name, then by type and shape in file order; each array of a tensor
/// follows its tensor.
std::vector<int> pair_regions(ConstBytes base_file, ConstBytes target_file,
                              const std::vector<ModelRegion>& base, const std::vector<ModelRegion>& target);

}  // namespace tmd::host
