// SPDX-License-Identifier: Apache-2.0
#include "input/check_tables.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tmd::host::input {

model::CheckReport check_tables(const Input& base, const Input& target, const model::CheckOptions& options) {
  model::CheckReport report;
  if (base.code_digest != target.code_digest)
    report.reasons.push_back(
        {model::Verdict::firmware, "code", "the compiled code that reads the model differs"});
  if (base.bytes.size() != target.bytes.size() ||
      (options.slot_bytes != 0 && target.bytes.size() > options.slot_bytes))
    report.reasons.push_back(
        {model::Verdict::firmware, "length",
         fmt::format("{} bytes where the code expects {}", target.bytes.size(), base.bytes.size())});
  if (!report.reasons.empty()) report.verdict = model::Verdict::firmware;
  const std::size_t common = std::min(base.bytes.size(), target.bytes.size());
  std::size_t differing = 0;
  for (std::size_t i = 0; i < common; ++i) differing += base.bytes[i] != target.bytes[i] ? 1 : 0;
  if (differing != 0)
    report.reasons.push_back({model::Verdict::patch, "weights",
                              fmt::format("{} of {} bytes differ", differing, target.bytes.size())});
  if (report.reasons.empty())
    report.reasons.push_back({model::Verdict::patch, "identical", "the models are the same"});
  return report;
}

}  // namespace tmd::host::input
