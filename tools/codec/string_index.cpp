// SPDX-License-Identifier: Apache-2.0
#include "codec/string_index.hpp"

#include <algorithm>

namespace tmd::host {

StringIndex::StringIndex(ConstBytes text, std::uint32_t width) : text_(text), width_(width) {
  if (text.size() < width) return;
  sorted_.reserve(text.size() - width + 1);
  for (std::size_t i = 0; i + width <= text.size(); ++i)
    sorted_.push_back(std::uint64_t{hash(text.data() + i)} << 32 | i);
  std::sort(sorted_.begin(), sorted_.end());
  while (drawer_bits_ < 16 && sorted_.size() >> drawer_bits_ > 8) ++drawer_bits_;
  drawers_.reserve((std::size_t{1} << drawer_bits_) + 1);
  for (std::uint64_t drawer = 0; drawer >> drawer_bits_ == 0; ++drawer) {
    const std::size_t from = drawers_.empty() ? 0 : drawers_.back();
    const auto at = std::lower_bound(sorted_.begin() + static_cast<std::ptrdiff_t>(from), sorted_.end(),
                                     drawer << (64 - drawer_bits_));
    drawers_.push_back(static_cast<std::uint32_t>(at - sorted_.begin()));
  }
  drawers_.push_back(static_cast<std::uint32_t>(sorted_.size()));
}

std::uint32_t StringIndex::hash(const std::uint8_t* at) const {
  const std::uint32_t first = load_le32(at);
  if (width_ == 4) return first;
  return (first * 0x9E3779B1U) ^ ((load_le32(at + 4) * 0x85EBCA6BU) >> 7) ^ (load_le32(at + 4) << 11);
}

void StringIndex::nearest(const std::uint8_t* pattern, std::uint64_t near, std::uint32_t most,
                          std::uint32_t end, std::vector<std::uint32_t>& found) const {
  const std::uint64_t key = std::uint64_t{hash(pattern)} << 32;
  const auto place = [](std::uint64_t entry) { return static_cast<std::uint32_t>(entry); };
  if (sorted_.empty()) return;
  const std::size_t drawer = static_cast<std::size_t>(key >> (64 - drawer_bits_));
  const auto middle =
      std::lower_bound(sorted_.begin() + drawers_[drawer], sorted_.begin() + drawers_[drawer + 1],
                       key | std::min<std::uint64_t>(near, ~0U));
  auto it = middle;
  for (std::uint32_t i = 0; i < most && it != sorted_.end() && *it >> 32 == key >> 32; ++i, ++it) {
    if (place(*it) < end) found.push_back(place(*it));
  }
  it = middle;
  for (std::uint32_t i = 0; i < most && it != sorted_.begin() && *(it - 1) >> 32 == key >> 32; ++i) {
    --it;
    if (place(*it) < end) found.push_back(place(*it));
  }
}

}  // namespace tmd::host
