// SPDX-License-Identifier: Apache-2.0
#include "input/check_tables.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tmd::host::input {

model::CheckReport check_tables(const Input& base, const Input& target, const model::CheckOptions& options,
                                const model::FirmwareFacts& firmware) {
  model::CheckReport report;
  const host::Bytes& known = firmware.code_digest.empty() ? base.code_digest : firmware.code_digest;
  const std::uint32_t slot = options.slot_bytes != 0 ? options.slot_bytes : firmware.slot_bytes;
  if (known != target.code_digest)
    report.reasons.push_back(
        {model::Verdict::firmware, "code", "the compiled code that reads the model differs"});
  if (base.bytes.size() != target.bytes.size() || (slot != 0 && target.bytes.size() > slot))
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

void add_compiled_in(model::CheckReport& report, const Input& base, const Input& target) {
  std::vector<model::Reason> found;
  const auto compare = [&](const Input& a, const Input& b, bool both) {
    for (const auto& [name, value] : a.compiled_in) {
      const auto other = b.compiled_in.find(name);
      if (other == b.compiled_in.end() ? !both : both && other->second != value)
        found.push_back({model::Verdict::firmware, "compiled-in",
                         fmt::format("{} differs, which is compiled into the firmware", name)});
    }
  };
  compare(target, base, true);
  compare(target, base, false);
  compare(base, target, false);
  if (found.empty()) return;
  report.verdict = model::Verdict::firmware;
  report.reasons.insert(report.reasons.begin(), found.begin(), found.end());
}

}  // namespace tmd::host::input
