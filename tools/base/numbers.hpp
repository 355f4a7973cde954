// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tmd/bytes.hpp"

namespace tmd::host {

/// 1234567 as "1,234,567".
std::string with_commas(std::uint64_t value);

/// Lower-case hexadecimal, two digits a byte.
std::string to_hex(ConstBytes bytes);
/// The bytes that hexadecimal digits stand for; hyphens, as UUIDs have them, are passed over. Throws Error.
std::vector<std::uint8_t> from_hex(std::string_view text);

/// A whole number, decimal or 0x…, at most `limit`. Throws Error.
std::uint64_t to_number(std::string_view text, std::uint64_t limit);

/// The three numbers of "1.2.3", each at most 65,535. Throws Error.
std::array<std::uint16_t, 3> to_version(std::string_view text);

}  // namespace tmd::host
