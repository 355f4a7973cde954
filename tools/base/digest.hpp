// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tmd/bytes.hpp"
#include "tmd/digest/digest.hpp"

namespace tmd::host {

/// The digest of a file's bytes. Compiled in one place, with an optimiser: what is inline in the device half's headers
/// may come from whichever source the linker saw first.
Digest digest_of_file(DigestKind kind, ConstBytes bytes);

}  // namespace tmd::host
