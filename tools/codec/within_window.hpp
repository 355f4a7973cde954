// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "codec/trial_cost.hpp"
#include "tmd/internal/codec/read_window.hpp"

namespace tmd::host {

/// Whether operations that produce the target from `at` on read nothing but what is still there.
[[nodiscard]] bool reads_within(const codec::ReadWindow& window, const Operations& operations,
                                std::uint32_t at);

/// The same candidates, each of which produces the target from `at` on, without reading what is gone: where one does,
/// it is replaced by versions of it that say those stretches anew, as bytes, as weights and as floats.
[[nodiscard]] std::vector<Operations> within_window(const codec::ReadWindow& window,
                                                    std::vector<Operations> candidates, std::uint32_t at);

}  // namespace tmd::host
