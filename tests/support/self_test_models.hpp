// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "support/made_model.hpp"
#include "support/program.hpp"
#include "tmd/internal/guard/self_test_entry.hpp"

namespace tmd::test {

inline std::string text_of(const std::vector<std::uint8_t>& bytes) {
  return std::string(bytes.begin(), bytes.end());
}

/// A classifier of four int8 inputs and three int8 outputs, and its next version.
struct SelfTestModels {
  TemporaryFolder folder;
  std::string base = folder / "base.tflite";
  std::string target = folder / "target.tflite";
  std::string patch = folder / "update.tmd";
  std::string input = folder / "input.bin";
  std::string output = folder / "output.bin";

  SelfTestModels() {
    put_contents(base, text_of(small_classifier().file()));
    ModelMaker next = small_classifier();
    next.model.buffers[1]->data[3] = 77;
    put_contents(target, text_of(next.file()));
    put_contents(input, "abcd");
    put_contents(output, "xyz");
  }
  Finished diff(const std::vector<std::string>& more) const {
    return run_tmd({"diff", base, target, "-o", patch}, more);
  }
  std::string inspected() const { return run_tmd({"inspect", patch}).output; }
};

inline void check_line(const Finished& finished, int status, const std::string& words) {
  CAPTURE(finished.errors);
  CHECK(finished.status == status);
  CHECK(is_one_error_line(finished.errors));
  CHECK(finished.errors.find(words) != std::string::npos);
}

}  // namespace tmd::test
