// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tmd/bytes.hpp"
#include "tmd/format/entries.hpp"
#include "tmd/status.hpp"

namespace tmd {

enum class ValidationMode : std::uint8_t { strict = 0, relaxed = 1 };

// The Limits policy says what this firmware can run. A class with
//
//     Status begin(ValidationMode mode);
//     Status entry(EntryNumber number, ConstBytes value);   // each entry of the manifest; not_found: means
//     nothing here Status end();                                         // after the last one

/// Runs anything.
struct NoLimits {
  Status begin(ValidationMode /*mode*/) { return Status::ok; }
  Status entry(EntryNumber /*number*/, ConstBytes /*value*/) { return Status::not_found; }
  Status end() { return Status::ok; }
};

}  // namespace tmd
