// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "tmd/bytes.hpp"

namespace tmd::host::patch {

/// A revocation list (manifest entry 0x12) as people write it: `id:release`, `id:0xd29e3e92`,
/// `thumbprint:` with 64 hexadecimal digits, `number:7`, separated by commas. Throws Error.
Bytes parse_revocations(std::string_view text);

/// The same way round: hexadecimal digits where the list is malformed.
std::string describe_revocations(ConstBytes list);

}  // namespace tmd::host::patch
