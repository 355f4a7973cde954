// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace tmd::host::model {

/// A header of the device half, as it was when this program was built.
struct EmbeddedHeader {
  const char* name;  ///< As it is included: "tmd/status.hpp".
  const char* text;
};

/// tmd/firmware_limits.hpp and all that it includes: what a limits header needs to be compiled. embed_headers.py
/// writes them.
extern const EmbeddedHeader kEmbeddedHeaders[];
extern const std::size_t kEmbeddedHeaderCount;

}  // namespace tmd::host::model
