// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/codec/row_predictor.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <random>
#include <vector>

using namespace tmd::codec;

TEST_CASE("a delta is taken modulo 256, and rounded to whole counts within a byte") {
  CHECK(delta_of(10, 8 * 7) == 8 * 3);
  CHECK(delta_of(127, 8 * -128) == -8);
  CHECK(delta_of(-128, 8 * 127) == 8);
  CHECK(delta_of(0, 3) == -3);
  CHECK(rounded_delta(3) == 0);
  CHECK(rounded_delta(4) == 1);
  CHECK(rounded_delta(-4) == 0);
  CHECK(rounded_delta(-5) == -1);
  CHECK(rounded_delta(8 * 300) == 127);
  CHECK(rounded_delta(8 * -300) == -127);
  CHECK(clamped(5, 4) == 4);
  CHECK(clamped(-5, 4) == -4);
  CHECK(clamped(3, 4) == 3);
}

TEST_CASE("the shape of a filter is five bits") {
  CHECK(FilterShape{0}.taps() == 8);
  CHECK(FilterShape{4}.taps() == 3);
  CHECK(FilterShape{7}.speed() == 3);
  const unsigned rows[] = {0, 2, 4, 8};
  for (std::uint8_t code = 0; code < 32; ++code) CHECK(FilterShape{code}.rows() == rows[code / 8]);
}

TEST_CASE("the longest stride is remembered, half of it where there are rows above") {
  for (const bool rows : {false, true}) {
    const std::uint32_t remembered = rows ? kLongestStride / 2 : kLongestStride;
    RecentDeltas deltas{};
    deltas.forget(rows);
    CHECK(deltas.back(1) == 0);
    for (std::int32_t i = 0; i < 1000; ++i) deltas.remember(i % 100);
    for (std::uint32_t back = 1; back <= remembered; ++back)
      CHECK(deltas.back(back) == static_cast<std::int32_t>((1000 - back) % 100));
    CHECK(deltas.back(remembered + 1) == 0);
    CHECK(deltas.back(0) == 0);
    CHECK(deltas.back(0xFFFFFFFF) == 0);
    deltas.forget(rows);
    for (std::uint32_t back = 1; back <= remembered; ++back) CHECK(deltas.back(back) == 0);
  }
}

TEST_CASE("rows above are known for a window of columns, and lie apart from the ring") {
  RecentDeltas deltas{};
  deltas.forget(true);
  deltas.know(kMostRows);
  for (unsigned row = 0; row < kMostRows; ++row) {
    for (unsigned column = 0; column < kRowWindow; ++column)
      deltas.row(row)[column] = static_cast<std::int8_t>(10 * row + column % 10);
  }
  for (unsigned column = 0; column < kRowWindow; ++column) {
    CHECK(deltas.known() == kMostRows);
    unsigned row = 0;
    deltas.above(kMostRows, [&](std::int32_t delta) {
      CHECK(delta == static_cast<std::int32_t>(10 * row + column % 10));
      ++row;
    });
    CHECK(row == kMostRows);
    deltas.remember(1);
  }
  CHECK(deltas.known() == 0);
  CHECK(deltas.back(1) == 1);
  CHECK(deltas.back(kRowWindow + 1) == 0);
}

TEST_CASE("deltas that repeat after a stride are learned") {
  const std::int32_t pattern[] = {5, -3, 8, 0, 2, -7};
  RecentDeltas deltas{};
  RowPredictor predictor{};
  deltas.forget(false);
  predictor.forget(FilterShape{0});
  std::int32_t missed = 0;
  for (unsigned i = 0; i < 1200; ++i) {
    const std::int32_t delta = pattern[i % 6];
    const std::int32_t expected = predictor.expected(6, deltas);
    if (i < 6) CHECK(expected == 0);
    if (i >= 600) missed += std::abs(8 * delta - expected);
    predictor.learn(8 * delta - expected);
    deltas.remember(delta);
  }
  // In eighths: less than a count each, where the deltas themselves have four on average.
  CHECK(missed < 600 * 8);
}

TEST_CASE("a row above that is like this one is learned, times its gain") {
  RecentDeltas deltas{};
  RowPredictor predictor{};
  deltas.forget(true);
  predictor.forget(FilterShape{9});
  CHECK(predictor.rows() == 2);
  std::mt19937 random(1);
  std::int32_t missed = 0;
  for (unsigned i = 0; i < 2000; ++i) {
    const std::int32_t above = static_cast<std::int32_t>(random() % 41) - 20;
    for (unsigned row = 0; row < 2; ++row)
      for (unsigned column = 0; column < kRowWindow; ++column)
        deltas.row(row)[column] = static_cast<std::int8_t>(row == 0 ? above : 0);
    deltas.know(2);
    const std::int32_t expected = predictor.expected(0, deltas);
    if (i >= 1000) missed += std::abs(16 * above - expected);
    predictor.learn(16 * above - expected);
    deltas.remember(0);
  }
  CHECK(missed < 1000 * 16);
}

TEST_CASE("whatever comes, what is expected stays within a byte") {
  std::mt19937 random(2);
  for (std::uint8_t code = 0; code < 8; ++code) {
    RecentDeltas deltas{};
    RowPredictor predictor{};
    deltas.forget(false);
    predictor.forget(FilterShape{code});
    for (unsigned i = 0; i < 5000; ++i) {
      const std::int32_t expected = predictor.expected(1, deltas);
      if (std::abs(expected) > 8 * 127) FAIL_CHECK(expected);
      predictor.learn(random() % 2 == 0 ? 1024 : -1024);
      deltas.remember(random() % 2 == 0 ? 127 : -127);
    }
  }
}

TEST_CASE("deltas are shown stride by stride, as many as there are taps, up to the longest stride") {
  const auto seen = [](bool rows, unsigned taps, std::uint32_t stride) {
    RecentDeltas deltas{};
    deltas.forget(rows);
    for (std::int32_t i = 1; i <= 100; ++i) deltas.remember(i);
    std::vector<std::int32_t> shown;
    deltas.back(taps, stride, [&](std::int32_t delta) { shown.push_back(delta); });
    return shown;
  };
  CHECK(seen(false, 3, 10) == std::vector<std::int32_t>{91, 81, 71});
  CHECK(seen(false, 3, 0).empty());
  CHECK(seen(false, 8, 100) == std::vector<std::int32_t>{1, 0});
  // Behind those that are remembered beside rows there is nothing, but it counts.
  CHECK(seen(true, 3, 128) == std::vector<std::int32_t>{0, 0});
}

TEST_CASE("a value is brought within both limits, which are values too") {
  for (std::int32_t value = -300; value <= 300; ++value) {
    const std::int32_t nearest = value < -127 ? -127 : value > 127 ? 127 : value;
    CHECK(clamped(value, 127) == nearest);
  }
}
