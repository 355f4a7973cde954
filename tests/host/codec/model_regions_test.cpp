// SPDX-License-Identifier: Apache-2.0
#include "codec/model_regions.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "support/bytes.hpp"
#include "support/made_model.hpp"

namespace {

using tmd::host::ElementType;
using tmd::host::model_regions;
using tmd::host::ModelRegion;
using tmd::host::Role;
using tmd::test::Bytes;
using tmd::test::ModelMaker;
using tmd::test::TensorType;
using tmd::test::view;

/// The region of a tensor that has this role; a region of no length where there is none.
ModelRegion region_of(const std::vector<ModelRegion>& regions, const std::string& name, Role role) {
  const auto found = std::find_if(regions.begin(), regions.end(), [&](const ModelRegion& region) {
    return region.name == name && region.role == role;
  });
  return found == regions.end() ? ModelRegion() : *found;
}
std::size_t index_of(const std::vector<ModelRegion>& regions, const std::string& name) {
  return static_cast<std::size_t>(
      std::find_if(regions.begin(), regions.end(),
                   [&](const ModelRegion& region) { return region.name == name; }) -
      regions.begin());
}
/// That they are sorted, apart from each other, and inside the file.
void check_apart(const std::vector<ModelRegion>& regions, std::size_t size) {
  std::uint64_t end = 0;
  for (const ModelRegion& region : regions) {
    CHECK(region.offset >= end);
    CHECK(region.length > 0);
    end = std::uint64_t{region.offset} + region.length;
  }
  CHECK(end <= size);
}

/// A model of nothing but constants, of 32 weights each.
struct Constants {
  Constants& add(const std::string& name, std::uint8_t first, const tmd::test::Shape& shape = {4, 8}) {
    Bytes weights(32);
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<std::uint8_t>(first + i);
    maker.constant(name, TensorType::INT8, shape, weights);
    return *this;
  }
  ModelMaker maker;
};
/// The name of the base's tensor that the target's of this name continues; empty where it continues none.
std::string partner_of(const Constants& base, const Constants& target, const std::string& name) {
  const Bytes from = base.maker.file(), to = target.maker.file();
  const std::vector<ModelRegion> before = model_regions(view(from)), after = model_regions(view(to));
  const std::vector<int> partner = pair_regions(view(from), view(to), before, after);
  REQUIRE(partner.size() == after.size());
  const int index = partner[index_of(after, name)];
  return index < 0 ? "" : before[static_cast<std::size_t>(index)].name;
}

}  // namespace

TEST_CASE("a model's arrays are found, with what they are") {
  const Bytes file = tmd::test::small_classifier().file();
  const std::vector<ModelRegion> regions = model_regions(view(file));
  check_apart(regions, file.size());
  const ModelRegion weights = region_of(regions, "weights", Role::constant);
  REQUIRE(weights.length == 12);
  CHECK(file[weights.offset] == 1);
  CHECK(file[weights.offset + 11] == 12);
  CHECK(weights.type == ElementType::int8);
  CHECK(weights.shape == std::vector<std::uint32_t>{3, 4});
  CHECK(weights.centre == 0);
  CHECK(region_of(regions, "bias", Role::constant).type == ElementType::int32);
  const ModelRegion scales = region_of(regions, "weights", Role::scales);
  CHECK(scales.length == 3 * 4);
  CHECK(scales.type == ElementType::float32);
  CHECK(region_of(regions, "scores", Role::constant).length == 0);  // computed
}

TEST_CASE("unsigned weights have what stands for 0, or the middle") {
  ModelMaker maker;
  const int told = maker.constant("told", TensorType::UINT8, {4}, {1, 2, 3, 4}, {0.5F});
  maker.tensor_at(told).quantization->zero_point = {119};
  maker.constant("untold", TensorType::UINT8, {4}, {5, 6, 7, 8});
  const Bytes file = maker.file();
  const std::vector<ModelRegion> regions = model_regions(view(file));
  CHECK(region_of(regions, "told", Role::constant).centre == 119);
  CHECK(region_of(regions, "untold", Role::constant).centre == 128);
  CHECK(region_of(regions, "told", Role::constant).type == ElementType::int8);
}

TEST_CASE("data that two tensors share is one region") {
  Constants constants;
  constants.add("first", 1).add("second", 60);
  constants.maker.tensor_at(1).buffer = constants.maker.tensor_at(0).buffer;
  const Bytes file = constants.maker.file();
  const std::vector<ModelRegion> regions = model_regions(view(file));
  REQUIRE(regions.size() == 1);
  CHECK(regions.front().name == "first");
  CHECK(file[regions.front().offset] == 1);
}

TEST_CASE("what is no model, or a damaged one, has fewer regions, all of them in the file") {
  CHECK(model_regions({}).empty());
  CHECK(model_regions(view(tmd::test::random_bytes(4000, 3))).empty());
  const Bytes whole = tmd::test::small_classifier().file();
  for (std::size_t length = 0; length < whole.size(); length += 7) {
    CAPTURE(length);
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    check_apart(model_regions(view(cut)), cut.size());
    Bytes damaged = whole;
    damaged[length] ^= 0x81;
    check_apart(model_regions(view(damaged)), damaged.size());
  }
}

TEST_CASE("a tensor continues the one of its content, then of its name, then of its shape") {
  Constants base, target;
  base.add("first", 1).add("second", 60).add("moved", 150).add("third", 120, {2, 16});
  target.add("renamed", 150).add("first", 3).add("other", 200, {2, 16}).add("new", 90, {8, 4});
  CHECK(partner_of(base, target, "renamed") == "moved");
  CHECK(partner_of(base, target, "first") == "first");
  CHECK(partner_of(base, target, "other") == "third");
  CHECK(partner_of(base, target, "new").empty());
}
