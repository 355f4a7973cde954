// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "codec/encoded_body.hpp"

namespace tmd::host::cli {

/// Where the bytes of a body went: a sum for each tensor (or stretch without a name) and operation.
class Explanation {
 public:
  void add(const host::ExplainedRegion& region);
  /// A line for each, the costliest first.
  void print(std::FILE* out) const;

 private:
  struct Sum {
    std::uint64_t count = 0;
    std::uint64_t target_bytes = 0;
    std::uint64_t elements = 0;
    double bits = 0;
  };
  std::map<std::pair<std::string, std::string>, Sum> sums_;  ///< By name and operation.
};

/// One object for programs, of a stretch of the target.
nlohmann::ordered_json explanation_json(const host::ExplainedRegion& region);

}  // namespace tmd::host::cli
