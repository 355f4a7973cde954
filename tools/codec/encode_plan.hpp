// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "codec/encoded_body.hpp"
#include "codec/planner.hpp"
#include "tmd/bytes.hpp"

namespace tmd::host {

/// The body that a plan says, for decoders of these parameters, of which `window` says what they can read. Throws
/// std::logic_error where it cannot be played.
EncodedBody encode_plan(const Plan& plan, std::uint8_t parameters, ConstBytes base, ConstBytes target,
                        const codec::ReadWindow& window = {});

}  // namespace tmd::host
