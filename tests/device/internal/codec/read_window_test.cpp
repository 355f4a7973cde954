// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/codec/read_window.hpp"

#include <doctest/doctest.h>

#include <deque>

using tmd::codec::read_floor_of;
using tmd::codec::ReadWindow;

namespace {

/// The floor by going through it: blocks wait in a queue, and the oldest go home whenever it is full.
std::uint32_t played_floor(const ReadWindow& window, std::uint32_t produced) {
  std::deque<std::uint32_t> waiting;
  std::uint32_t home = 0;
  for (std::uint32_t block = 0; block <= produced / window.block_size; ++block) {
    if (waiting.size() == window.spare) {
      for (unsigned i = 0; i < window.batch; ++i) waiting.pop_front();
      home += window.batch;
    }
    waiting.push_back(block);
  }
  return home * window.block_size;
}

struct Plain {};
struct InPlace {
  std::uint32_t read_floor(std::uint32_t produced) const { return produced / 2; }
};

}  // namespace

TEST_CASE("the floor is what a queue of spare blocks leaves readable") {
  for (const ReadWindow& window :
       {ReadWindow{16, 2, 1}, ReadWindow{16, 3, 1}, ReadWindow{16, 3, 2}, ReadWindow{16, 4, 3}}) {
    for (std::uint32_t produced = 0; produced < 400; ++produced) {
      if (window.floor(produced) != played_floor(window, produced)) FAIL_CHECK("at " << produced);
    }
  }
}

TEST_CASE("an open window reads everything, and numbers that mean nothing are told") {
  const ReadWindow open;
  CHECK(open.is_open());
  CHECK(open.floor(1000000) == 0);
  CHECK(open.spans(0, 1000000, 1000));
  CHECK_FALSE(open.is_sane());
  CHECK((ReadWindow{16, 3, 1}).is_sane());
  CHECK_FALSE((ReadWindow{16, 3, 0}).is_sane());
  CHECK_FALSE((ReadWindow{16, 3, 3}).is_sane());
}

TEST_CASE("an operation spans what each of its bytes may read") {
  const ReadWindow window{16, 2, 1};
  for (std::uint32_t target = 0; target < 100; target += 7) {
    for (std::uint32_t source = 0; source < 120; source += 3) {
      for (const std::uint32_t length : {1U, 15U, 40U}) {
        bool each = true;
        for (std::uint32_t i = 0; i < length; ++i) each = each && source + i >= window.floor(target + i);
        if (window.spans(source, target, length) != (each || source >= target))
          FAIL_CHECK(source << " to " << target << ", " << length << " bytes");
      }
    }
  }
}

TEST_CASE("an Io without a floor has none") {
  CHECK(read_floor_of(Plain(), 100, 0) == 0);
  CHECK(read_floor_of(InPlace(), 100, 0) == 50);
}
