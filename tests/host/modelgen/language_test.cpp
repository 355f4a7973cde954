// SPDX-License-Identifier: Apache-2.0
#include "modelgen/language.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>

#include "inference/model_runner.hpp"

using namespace modelgen;

TEST_CASE("a language model learns the text that it is given, and another one when it is trained on") {
  const LanguagePair pair = train_language(Random(1), 64);
  MESSAGE("base " << pair.base.first_text << ", " << pair.base.second_text << "; fine-tuned "
                  << pair.fine_tuned.first_text << ", " << pair.fine_tuned.second_text << " nats a letter");
  CHECK(pair.base.first_text < 3.0);  // a guess among 32 letters costs 3.47
  CHECK(pair.base.first_text < pair.base.second_text);
  CHECK(pair.fine_tuned.second_text < pair.base.second_text);
  CHECK(pair.fine_tuned.file.size() == pair.base.file.size());
  CHECK(pair.fine_tuned.file != pair.base.file);
}

TEST_CASE("a language model runs: from 32 letters of 32 kinds to one more") {
  const LanguagePair pair = train_language(Random(1), 16);
  tmd::host::inference::ModelRunner runner({pair.base.file.data(), pair.base.file.size()}, "language");
  const std::vector<std::uint8_t> letters(32 * 32, 0x80);
  CHECK(runner.run({letters.data(), letters.size()}).size() == 32);
}
