// SPDX-License-Identifier: Apache-2.0
#include "codec/string_index.hpp"

#include <algorithm>
#include <cstring>

namespace tmd::host {
namespace {

/// Places with the hash but another string that a search may pass.
constexpr unsigned kMostPassed = 64;

/// Hashes of a text's strings of eight bytes, of those hashes that begin with so many zeros. Where a string occurs
/// again, it is among them again.
std::vector<std::uint64_t> sampled_strings(ConstBytes text, unsigned zeros) {
  std::vector<std::uint64_t> hashes;
  for (std::size_t i = 0; i + 8 <= text.size(); ++i) {
    const std::uint64_t hash = hash_of_eight(text.data() + i);
    if (hash >> (64 - zeros) == 0) hashes.push_back(hash);
  }
  return hashes;
}

/// A sixteenth of the strings tells; of large texts some ten thousand do.
unsigned zeros_for(std::size_t size) {
  unsigned zeros = 4;
  while (size >> zeros > 65536) ++zeros;
  return zeros;
}

}  // namespace

StringIndex::StringIndex(ConstBytes text, std::uint32_t width) : text_(text), width_(width) {
  const std::size_t count = text.size() < width ? 0 : text.size() - width + 1;
  while (bucket_bits_ < 24 && count >> bucket_bits_ > 2) ++bucket_bits_;
  // Places are counted, then dealt out from the last one on: each bucket fills from its end.
  buckets_.resize((std::size_t{1} << bucket_bits_) + 1);
  for (std::size_t i = 0; i < count; ++i) ++buckets_[bucket_of(text.data() + i)];
  std::uint32_t sum = 0;
  for (std::uint32_t& bucket : buckets_) bucket = sum += bucket;
  places_.resize(count);
  for (std::size_t i = count; i-- > 0;)
    places_[--buckets_[bucket_of(text.data() + i)]] = static_cast<std::uint32_t>(i);
}

std::size_t StringIndex::bucket_of(const std::uint8_t* at) const {
  std::uint32_t hash = load_le32(at) * 0x9E3779B1U;
  if (width_ == 8) hash = (hash ^ (hash >> 15)) + load_le32(at + 4) * 0x85EBCA6BU;
  return ((hash ^ (hash >> 13)) * 0xC2B2AE35U) >> (32 - bucket_bits_);
}
bool StringIndex::matches(std::uint32_t place, const std::uint8_t* pattern) const {
  return std::memcmp(text_.data() + place, pattern, width_) == 0;
}

void StringIndex::nearest(const std::uint8_t* pattern, std::uint64_t near, std::uint32_t most,
                          std::uint32_t end, std::vector<std::uint32_t>& found) const {
  const std::size_t bucket = bucket_of(pattern);
  const auto first = places_.begin() + buckets_[bucket];
  const auto last = places_.begin() + buckets_[bucket + 1];
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
  const std::size_t bucket = bucket_of(pattern);
  const std::uint32_t last = std::min(buckets_[bucket + 1], buckets_[bucket] + kMostPassed);
  for (std::uint32_t i = buckets_[bucket]; i < last && places_[i] < end; ++i) {
    if (matches(places_[i], pattern)) return true;
  }
  return false;
}

bool strings_recur(ConstBytes base, ConstBytes target) {
  constexpr std::size_t kFew = 256;
  const unsigned zeros = zeros_for(base.size() + target.size());
  std::vector<std::uint64_t> all = sampled_strings(base, zeros);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  const std::vector<std::uint64_t> added = sampled_strings(target, zeros);
  all.insert(all.end(), added.begin(), added.end());
  std::sort(all.begin(), all.end());
  const auto repeated = static_cast<std::size_t>(all.end() - std::unique(all.begin(), all.end()));
  return repeated * kFew >= added.size();
}

}  // namespace tmd::host
