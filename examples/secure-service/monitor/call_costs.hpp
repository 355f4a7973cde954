// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "semihosting.hpp"

/// What the service's calls cost, in instructions between the veneer and the answer. All zero where nothing was called.
class CallCosts {
 public:
  static constexpr std::size_t kTypes = 11;

  void add(std::size_t type, std::uint32_t instructions) {
    if (type >= kTypes) return;
    ++calls_[type];
    sum_[type] += instructions;
    if (instructions > most_[type]) most_[type] = instructions;
  }

  /// A line for each call that came: its name, instructions on average and at most.
  void print(const char* const (&names)[kTypes]) const {
    for (std::size_t type = 0; type < kTypes; ++type) {
      if (calls_[type] == 0) continue;
      semihosting::write("cost\t");
      semihosting::write(names[type]);
      semihosting::write("\t");
      semihosting::write(static_cast<std::uint32_t>(sum_[type] / calls_[type]));
      semihosting::write("\t");
      semihosting::write(most_[type]);
      semihosting::write("\n");
    }
  }

 private:
  std::uint32_t calls_[kTypes] = {}, most_[kTypes] = {};
  std::uint64_t sum_[kTypes] = {};
};
