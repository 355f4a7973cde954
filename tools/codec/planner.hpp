// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "codec/encode_body.hpp"
#include "codec/script.hpp"

namespace tmd::host {

/// A named stretch of the target, for explanations.
struct NamedRange {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  std::string name;
};

struct Plan {
  std::vector<PlannedOperation> operations;
  std::vector<NamedRange> names;  ///< Sorted by offset.
};

/// Chooses the operations that turn `base` into `target`, by what each would cost a decoder of so many slots.
Plan make_plan(ConstBytes base, ConstBytes target, std::uint32_t hashed_slots, const EncodeOptions& options);

/// The body that a plan says, for decoders of these parameters. Throws std::logic_error where it cannot be played.
Body encode_plan(const Plan& plan, std::uint8_t parameters, ConstBytes base, ConstBytes target);

}  // namespace tmd::host
