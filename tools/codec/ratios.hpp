// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "tmd/bytes.hpp"
#include "tmd/internal/codec/operation.hpp"

namespace tmd::host {

/// By which factor elements of the target differ from those of the source, row by row. Doubles, but only
/// sums, products and quotients that IEEE 754 defines to the last bit, so that every machine finds the same.

/// Least squares over signed bytes, `centre` taken from each, as codec::OperationCodec wants it for delta8.
std::vector<codec::Ratio> byte_ratios(ConstBytes source, ConstBytes target, std::uint32_t row,
                                      std::uint8_t centre = 0);

/// The median quotient of 32-bit integers or floats, as codec::OperationCodec wants it for words; a row where there is
/// none gets 1. `bytes`: how many bytes of mantissa to keep, 1 to 4.
std::vector<codec::Ratio> word_ratios(ConstBytes source, ConstBytes target, std::uint32_t row, bool floats,
                                      unsigned bytes);

}  // namespace tmd::host
