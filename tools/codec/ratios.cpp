// SPDX-License-Identifier: Apache-2.0
#include "codec/ratios.hpp"

#include <algorithm>
#include <cstring>

namespace tmd::host {
namespace {

constexpr std::int32_t kCoarseOne = 1024;

double float_at(const std::uint8_t* at) {
  const std::uint32_t bits = load_le32(at);
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return static_cast<double>(value);
}
double integer_at(const std::uint8_t* at) {
  return static_cast<double>(static_cast<std::int32_t>(load_le32(at)));
}

/// value as mantissa / 2^shift with the mantissa's top bit set; false where it does not fit.
bool normalised(double value, unsigned bytes, codec::Ratio& ratio) {
  constexpr double kTop = 2147483648.0;  // 2^31
  if (!(value > 0)) return false;
  int shift = 0;
  while (value < kTop && shift < 64) {
    value *= 2;
    ++shift;
  }
  while (value >= 2 * kTop && shift > -1) {
    value /= 2;
    --shift;
  }
  if (shift < 0 || shift > 63) return false;
  const unsigned dropped = 8 * (4 - bytes);
  std::uint64_t mantissa = static_cast<std::uint64_t>(value + 0.5);
  mantissa = dropped == 0 ? mantissa : (mantissa + (std::uint64_t{1} << (dropped - 1))) >> dropped << dropped;
  if (mantissa > 0xFFFFFFFFU) mantissa = 0xFFFFFFFFU >> dropped << dropped;
  ratio.mantissa = static_cast<std::uint32_t>(mantissa);
  ratio.shift = static_cast<std::uint8_t>(shift);
  return true;
}

}  // namespace

std::vector<codec::Ratio> byte_ratios(ConstBytes source, ConstBytes target, std::uint32_t row,
                                      std::uint8_t centre) {
  std::vector<codec::Ratio> ratios;
  const std::size_t size = std::min(source.size(), target.size());
  const std::size_t step = row == 0 ? size : row;
  for (std::size_t start = 0; start < size; start += step) {
    std::int64_t both = 0;
    std::int64_t square = 0;
    for (std::size_t i = start; i < start + step && i < size; ++i) {
      const auto from = static_cast<std::int8_t>(source[i] - centre);
      const auto to = static_cast<std::int8_t>(target[i] - centre);
      both += from * to;
      square += from * from;
    }
    std::int64_t ratio = square > 0 ? (both * kCoarseOne * 2 + square) / (2 * square) : kCoarseOne;
    ratio = std::clamp<std::int64_t>(ratio, kCoarseOne / 8, kCoarseOne * 8);
    ratios.push_back(codec::Ratio{static_cast<std::uint32_t>(ratio), 10});
  }
  return ratios;
}

std::vector<codec::Ratio> word_ratios(ConstBytes source, ConstBytes target, std::uint32_t row, bool floats,
                                      unsigned bytes) {
  std::vector<codec::Ratio> ratios;
  const std::size_t size = std::min(source.size(), target.size()) / 4;
  const std::size_t step = row == 0 ? size : row;
  std::vector<double> quotients;
  for (std::size_t start = 0; start < size; start += step) {
    quotients.clear();
    double largest = 0;
    for (std::size_t i = start; i < start + step && i < size; ++i) {
      const double from = floats ? float_at(source.data() + 4 * i) : integer_at(source.data() + 4 * i);
      largest = std::max(largest, from < 0 ? -from : from);
    }
    for (std::size_t i = start; i < start + step && i < size; ++i) {
      const double from = floats ? float_at(source.data() + 4 * i) : integer_at(source.data() + 4 * i);
      const double to = floats ? float_at(target.data() + 4 * i) : integer_at(target.data() + 4 * i);
      // Small integers say little about a factor.
      if (from == 0 || (!floats && from * 8 < largest && -from * 8 < largest)) continue;
      const double quotient = to / from;
      if (quotient > 0 && quotient < 1e30) quotients.push_back(quotient);
    }
    codec::Ratio ratio;
    bool known = false;
    if (!quotients.empty()) {
      const auto middle = quotients.begin() + static_cast<std::ptrdiff_t>(quotients.size() / 2);
      std::nth_element(quotients.begin(), middle, quotients.end());
      known = normalised(*middle, bytes, ratio);
    }
    if (!known) ratio = codec::Ratio{0x80000000U, 31};
    ratios.push_back(ratio);
  }
  return ratios;
}

}  // namespace tmd::host
