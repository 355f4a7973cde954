// SPDX-License-Identifier: Apache-2.0
#include "codec/units.hpp"

#include <doctest/doctest.h>

#include <random>

#include "support/bytes.hpp"
#include "support/hex.hpp"

using namespace tmd::host;
using tmd::test::Bytes;
using tmd::test::join;
using tmd::test::random_bytes;
using tmd::test::view;

namespace {

ModelRegion region_at(std::uint32_t offset, std::uint32_t length) {
  ModelRegion region;
  region.offset = offset;
  region.length = length;
  return region;
}
/// That units follow each other without a gap, and none crosses the border of a region.
void check_cover(const std::vector<Unit>& units, const std::vector<ModelRegion>& regions, std::size_t size) {
  std::uint32_t at = 0;
  for (const Unit& unit : units) {
    CHECK(unit.range.target == at);
    CHECK(unit.range.length > 0);
    at += unit.range.length;
    for (std::size_t i = 0; i < regions.size(); ++i) {
      const bool inside =
          unit.range.target >= regions[i].offset && at <= regions[i].offset + regions[i].length;
      CHECK((unit.region == static_cast<int>(i)) == inside);
    }
  }
  CHECK(at == size);
}

}  // namespace

TEST_CASE("units cover the target, and stop at the borders of regions") {
  const Bytes base = random_bytes(3000, 1);
  Bytes target = base;
  for (std::size_t i = 20; i < target.size(); i += 40) target[i] ^= 3;
  const std::vector<ModelRegion> regions = {region_at(500, 1000), region_at(1500, 200), region_at(2000, 600)};
  const auto units = split_into_units(view(base), view(target), regions, regions, {0, 1, 2});
  check_cover(units, regions, target.size());
  for (const Unit& unit : units) {
    // What is not equal at either end of the file has nothing to be found by.
    if (!unit.aligned) CHECK(unit.range.length < 40);
    if (unit.aligned) CHECK(unit.range.base == unit.range.target);
  }
}

TEST_CASE("a region lies beside its partner, wherever that moved, though no byte of it is the same") {
  const Bytes head = random_bytes(400, 2), fresh = random_bytes(300, 3);
  const Bytes weights = random_bytes(1000, 4);
  Bytes tuned = weights;
  for (std::uint8_t& byte : tuned) byte = static_cast<std::uint8_t>(byte + 1);
  const Bytes base = join({head, weights}), target = join({head, fresh, tuned});
  const std::vector<ModelRegion> base_regions = {region_at(400, 1000)},
                                 target_regions = {region_at(700, 1000)};
  const auto units = split_into_units(view(base), view(target), base_regions, target_regions, {0});
  check_cover(units, target_regions, target.size());
  REQUIRE(units.back().region == 0);
  CHECK(units.back().aligned);
  CHECK(units.back().range.base == 400);
  const auto alone = split_into_units(view(base), view(target), base_regions, target_regions, {-1});
  check_cover(alone, target_regions, target.size());
  CHECK_FALSE(alone.back().aligned);
}

TEST_CASE("without regions, or without a base, what there is is covered all the same") {
  const Bytes base = random_bytes(500, 5), target = random_bytes(700, 6);
  check_cover(split_into_units(view(base), view(target), {}, {}, {}), {}, 700);
  check_cover(split_into_units(view({}), view(target), {}, {}, {}), {}, 700);
  CHECK(split_into_units(view(base), view({}), {}, {}, {}).empty());
}

TEST_CASE("what no model explains is cut into pieces of the size that is asked for") {
  const Bytes target = random_bytes(9000, 7);
  for (const std::uint32_t piece : {1024U, 4096U}) {
    const auto units = split_into_units(view({}), view(target), {}, {}, {}, piece);
    check_cover(units, {}, 9000);
    for (const auto& unit : units) CHECK(unit.range.length <= piece + piece / 2);
  }
  CHECK(split_into_units(view({}), view(target), {}, {}, {}).size() == 1);
}

TEST_CASE("pieces of noise side by side are one unit, and nothing else is") {
  Bytes base = random_bytes(100000, 7);
  Bytes target = random_bytes(100000, 8);
  const auto joined = [&] {
    const auto pieces = split_into_units(view({}), view(target), {}, {}, {});
    CHECK(pieces.size() == 6);
    auto units = join_noise(pieces, view(base), view(target));
    check_cover(units, {}, target.size());
    return units.size();
  };
  CHECK(joined() == 1);
  // A byte in eight of the third piece has seven bits.
  for (std::size_t i = 40000; i < 48000; i += 4) target[i] &= 0x7F;
  CHECK(joined() == 3);
  target = random_bytes(100000, 8);
  // The base says a tenth of the bytes, or nearly, though their values are as many as before.
  for (std::size_t i = 0; i < 100000; i += 10) target[i] = static_cast<std::uint8_t>(base[i] + 1);
  CHECK(joined() == 6);
  base.clear();
  CHECK(joined() == 1);
  // All values are as many, but the byte a row before tells which.
  for (std::size_t i = 64; i < 100000; ++i)
    target[i] = static_cast<std::uint8_t>(target[i - 64] + target[i] % 64);
  CHECK(joined() == 6);
  // Bytes of eight values, as clustered weights are.
  for (std::uint8_t& byte : target) byte = static_cast<std::uint8_t>(byte % 8 * 31);
  CHECK(joined() == 6);
}

TEST_CASE("what a model explains, or the base, is no noise") {
  const Bytes base = random_bytes(40000, 9);
  const Bytes target = random_bytes(40000, 10);
  const std::vector<Unit> regions = {{Alignment{0, 20000, 0}, false, 0},
                                     {Alignment{20000, 20000, 0}, false, 1}};
  CHECK(join_noise(regions, view(base), view(target)).size() == 2);
  const std::vector<Unit> aligned = {{Alignment{0, 20000, 0}, true, -1},
                                     {Alignment{20000, 20000, 9}, true, -1}};
  CHECK(join_noise(aligned, view(base), view(target)).size() == 2);
  const std::vector<Unit> short_ones = {{Alignment{0, 2000, 0}, false, -1},
                                        {Alignment{2000, 2000, 0}, false, -1}};
  CHECK(join_noise(short_ones, view(base), view(target)).size() == 2);
}

TEST_CASE("rows that a layer keeps when it gets another one are compared with what they were") {
  std::mt19937 random(9);
  const Bytes base = random_bytes(random, 600);
  Bytes target = base;
  for (std::uint8_t& byte : target) byte = static_cast<std::uint8_t>(byte + 1 + random() % 3);
  const Bytes row = random_bytes(random, 100);
  target.insert(target.end(), row.begin(), row.end());
  ModelRegion before;
  before.length = 600;
  before.type = ElementType::int8;
  before.shape = {6, 100};
  ModelRegion after = before;
  after.length = 700;
  after.shape = {7, 100};
  const auto units = split_into_units(view(base), view(target), {before}, {after}, {0});
  REQUIRE(units.size() == 2);
  CHECK(units[0].aligned);
  CHECK(units[0].range.base == 0);
  CHECK(units[0].range.length == 600);
  CHECK_FALSE(units[1].aligned);
  CHECK(units[1].range.target == 600);
}
