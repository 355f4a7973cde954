// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tmd/config.hpp"

namespace tmd::test {

/// The defaults, open to anyone's patches, and with calls that do all their work at once: what a test wants that
/// is about something else.
template <class Flash>
struct UnsignedConfig : DefaultConfig<Flash> {
  using Authentication = AllowUnsigned;
  static constexpr std::uint32_t kWorkPerCall = 0;
};

}  // namespace tmd::test
