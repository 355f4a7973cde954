// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "codec/encoded_body.hpp"
#include "codec/trial_cost.hpp"

namespace tmd::host {

/// Whether the first operation, made longer, says what both say, where a long stretch was planned in pieces.
/// `base_size`: behind it, literals are compared with nothing.
bool extends(const PlannedOperation& before, const PlannedOperation& after, std::size_t base_size);

/// Joins neighbours of a finished plan where one operation across all of them is cheaper: every head costs two
/// to four bytes, and a difference of zero nearly nothing. Tries literals, and differences of bytes, integers
/// and floats, over up to a few pieces that changed with what did not change between them. In a hurry it does so only
/// where heads are much of the price.
Operations join_operations(const Operations& operations, ConstBytes base, ConstBytes target,
                           std::uint32_t counter_count, Effort effort = Effort::standard,
                           const codec::ReadWindow& window = {});

}  // namespace tmd::host
