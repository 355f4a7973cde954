// SPDX-License-Identifier: Apache-2.0
#include "codec/string_index.hpp"

#include <algorithm>
#include <cstring>

namespace tmd::host {
namespace {

/// Places with the hash but another string that a search may pass.
constexpr unsigned kMostPassed = 64;

}  // namespace

StringIndex::StringIndex(ConstBytes text, std::uint32_t width) : text_(text), width_(width) {
  const std::size_t count = text.size() < width ? 0 : text.size() - width + 1;
  while (drawer_bits_ < 24 && count >> drawer_bits_ > 2) ++drawer_bits_;
  // Places are counted, then dealt out from the last one on: each drawer fills from its end.
  drawers_.resize((std::size_t{1} << drawer_bits_) + 1);
  for (std::size_t i = 0; i < count; ++i) ++drawers_[drawer_of(text.data() + i)];
  std::uint32_t sum = 0;
  for (std::uint32_t& drawer : drawers_) drawer = sum += drawer;
  places_.resize(count);
  for (std::size_t i = count; i-- > 0;)
    places_[--drawers_[drawer_of(text.data() + i)]] = static_cast<std::uint32_t>(i);
}

std::size_t StringIndex::drawer_of(const std::uint8_t* at) const {
  std::uint32_t hash = load_le32(at) * 0x9E3779B1U;
  if (width_ == 8) hash = (hash ^ (hash >> 15)) + load_le32(at + 4) * 0x85EBCA6BU;
  return ((hash ^ (hash >> 13)) * 0xC2B2AE35U) >> (32 - drawer_bits_);
}
bool StringIndex::matches(std::uint32_t place, const std::uint8_t* pattern) const {
  return std::memcmp(text_.data() + place, pattern, width_) == 0;
}

void StringIndex::nearest(const std::uint8_t* pattern, std::uint64_t near, std::uint32_t most,
                          std::uint32_t end, std::vector<std::uint32_t>& found) const {
  const std::size_t drawer = drawer_of(pattern);
  const auto first = places_.begin() + drawers_[drawer];
  const auto last = places_.begin() + drawers_[drawer + 1];
  const auto middle =
      std::lower_bound(first, last, static_cast<std::uint32_t>(std::min<std::uint64_t>(near, ~0U)));
  const auto take = [&](std::uint32_t place, unsigned& left, unsigned& passed) {
    const bool is = matches(place, pattern);
    if (is && place < end) found.push_back(place);
    (is ? left : passed) -= 1;
    return left > 0 && passed > 0;
  };
  unsigned left = most;
  unsigned passed = kMostPassed;
  for (auto it = middle; it != last && left > 0 && take(*it, left, passed); ++it) {
  }
  left = most;
  passed = kMostPassed;
  for (auto it = middle; it != first && left > 0 && take(*(it - 1), left, passed); --it) {
  }
}

bool StringIndex::occurs(const std::uint8_t* pattern, std::uint32_t end) const {
  const std::size_t drawer = drawer_of(pattern);
  const std::uint32_t last = std::min(drawers_[drawer + 1], drawers_[drawer] + kMostPassed);
  for (std::uint32_t i = drawers_[drawer]; i < last && places_[i] < end; ++i) {
    if (matches(places_[i], pattern)) return true;
  }
  return false;
}

}  // namespace tmd::host
