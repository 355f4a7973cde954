// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/check.hpp"
#include "model/reader.hpp"
#include "support/made_model.hpp"

namespace tmd::test {

/// A model's file together with what was read from it.
struct Opened {
  explicit Opened(const ModelMaker& maker) : file(maker.file()) {
    host::model::ParseResult result = host::model::parse(bytes_of(file));
    INFO(result.error);
    REQUIRE(result);
    open = {std::move(*result.model), bytes_of(file)};
  }
  std::vector<std::uint8_t> file;
  host::model::OpenModel open;
};

/// The step from the small classifier to `target`, on a firmware made for the small classifier.
inline host::model::CheckReport step_to(const ModelMaker& target,
                                        const host::model::CheckOptions& options = {},
                                        bool allow_relaxed = false) {
  const Opened base(small_classifier());
  const Opened after(target);
  host::model::FirmwareFacts firmware = host::model::facts_of_base(base.open.model, {});
  firmware.allow_relaxed = allow_relaxed;
  return host::model::check(base.open, after.open, firmware, options);
}

using Kinds = std::vector<std::string>;

/// The kinds of the reasons that a check gives.
inline Kinds kinds(const host::model::CheckReport& report) {
  Kinds kinds;
  for (const host::model::Reason& reason : report.reasons) kinds.push_back(reason.kind);
  return kinds;
}

inline bool has_kind(const host::model::CheckReport& report, const std::string& kind) {
  const Kinds all = kinds(report);
  return std::find(all.begin(), all.end(), kind) != all.end();
}

}  // namespace tmd::test
