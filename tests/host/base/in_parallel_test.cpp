// SPDX-License-Identifier: Apache-2.0
#include "base/in_parallel.hpp"

#include <doctest/doctest.h>

using namespace tmd::host;

TEST_CASE("each piece of work is done once, on any number of threads") {
  for (const std::size_t threads : {0U, 1U, 2U, 7U, 100U}) {
    for (const std::size_t count : {0U, 1U, 5U, 64U}) {
      std::vector<std::atomic<int>> done(count);
      in_parallel(
          count, [&](std::size_t i) { ++done[i]; }, threads);
      for (const auto& times : done) CHECK(times == 1);
    }
  }
}

TEST_CASE("one thread is the caller's own") {
  const auto here = std::this_thread::get_id();
  in_parallel(
      3, [&](std::size_t) { CHECK(std::this_thread::get_id() == here); }, 1);
}
