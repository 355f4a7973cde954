// SPDX-License-Identifier: Apache-2.0
#include "cli/similar_words.hpp"

#include <doctest/doctest.h>

using tmd::host::cli::most_similar;

TEST_CASE("the nearest word is found, by letters that are added, missing, wrong or swapped") {
  const std::vector<std::string> words = {"diff", "apply", "verify", "simulate"};
  CHECK(most_similar("dif", words) == "diff");
  CHECK(most_similar("difff", words) == "diff");
  CHECK(most_similar("aplpy", words) == "apply");
  CHECK(most_similar("sim", words) == "simulate");
  CHECK(most_similar("vorify", words) == "verify");
}

TEST_CASE("nothing is suggested where nothing is near") {
  CHECK(most_similar("frobnicate", {"diff", "apply"}).empty());
  CHECK(most_similar("x", {"diff"}).empty());
  CHECK(most_similar(std::string(10000, 'd'), {"diff"}).empty());
  CHECK(most_similar("diff", {}).empty());
}
