// SPDX-License-Identifier: Apache-2.0
#include "codec/alignment.hpp"

#include <divsufsort.h>

#include <algorithm>
#include <cstring>

#include "codec/string_index.hpp"

namespace tmd::host {
namespace {

class SuffixArray {
 public:
  explicit SuffixArray(ConstBytes text) : text_(text), order_(text.size()) {
    if (!text.empty()) divsufsort(text.data(), order_.data(), static_cast<saidx_t>(text.size()));
  }

  /// The longest prefix of `pattern` that occurs in the text, and where.
  std::uint32_t longest(ConstBytes pattern, std::uint32_t& place) const {
    if (order_.empty()) return 0;
    std::size_t low = 0;
    std::size_t high = order_.size() - 1;
    while (high - low > 1) {
      const std::size_t middle = low + (high - low) / 2;
      const ConstBytes suffix = text_.from(static_cast<std::size_t>(order_[middle]));
      const std::size_t common = std::min(suffix.size(), pattern.size());
      const int order = std::memcmp(suffix.data(), pattern.data(), common);
      if (order < 0 || (order == 0 && suffix.size() < pattern.size())) {
        low = middle;
      } else {
        high = middle;
      }
    }
    const std::uint32_t first = common_length(static_cast<std::size_t>(order_[low]), pattern);
    const std::uint32_t second = common_length(static_cast<std::size_t>(order_[high]), pattern);
    place = static_cast<std::uint32_t>(first > second ? order_[low] : order_[high]);
    return std::max(first, second);
  }

 private:
  std::uint32_t common_length(std::size_t at, ConstBytes pattern) const {
    const ConstBytes suffix = text_.from(at);
    std::size_t length = 0;
    while (length < suffix.size() && length < pattern.size() && suffix[length] == pattern[length]) ++length;
    return static_cast<std::uint32_t>(length);
  }

  ConstBytes text_;
  std::vector<saidx_t> order_;
};

/// Which strings of eight bytes may occur in a text: a set of hashes, which errs on one side only. A search of the
/// suffix array takes much longer than a look at two bits.
class LikelyStrings {
 public:
  static constexpr std::uint32_t kWidth = 8;

  explicit LikelyStrings(ConstBytes text) {
    while (bits_ < 32 && text.size() >> (bits_ - 3) != 0) ++bits_;
    set_.resize((std::size_t{1} << bits_) / 64);
    for (std::size_t i = 0; i + kWidth <= text.size(); ++i) {
      const std::uint64_t hash = hash_of_eight(text.data() + i);
      set_[word(hash)] |= two_bits(hash);
    }
  }
  bool may_occur(const std::uint8_t* string) const {
    const std::uint64_t hash = hash_of_eight(string);
    return (~set_[word(hash)] & two_bits(hash)) == 0;
  }

 private:
  /// Both bits of a string lie in one word: one place in memory is fetched.
  std::size_t word(std::uint64_t hash) const { return static_cast<std::size_t>(hash >> 32 >> (38 - bits_)); }
  static std::uint64_t two_bits(std::uint64_t hash) {
    return std::uint64_t{1} << ((hash >> 20) % 64) | std::uint64_t{1} << ((hash >> 26) % 64);
  }
  unsigned bits_ = 6;
  std::vector<std::uint64_t> set_;
};

/// How far an alignment reaches while agreement keeps paying: two bytes that agree buy one that does not.
std::uint32_t forward_reach(ConstBytes base, ConstBytes target, std::uint32_t from_base,
                            std::uint32_t from_target, std::uint32_t limit) {
  std::int32_t balance = 0;
  std::int32_t best = 0;
  std::uint32_t reach = 0;
  for (std::uint32_t i = 0; i < limit && from_base + i < base.size(); ++i) {
    balance += base[from_base + i] == target[from_target + i] ? 1 : -1;
    if (balance > best) {
      best = balance;
      reach = i + 1;
    }
    if (balance < best - 64) break;
  }
  return reach;
}
std::uint32_t backward_reach(ConstBytes base, ConstBytes target, std::uint32_t from_base,
                             std::uint32_t from_target, std::uint32_t limit) {
  std::int32_t balance = 0;
  std::int32_t best = 0;
  std::uint32_t reach = 0;
  for (std::uint32_t i = 1; i <= limit && i <= from_base; ++i) {
    balance += base[from_base - i] == target[from_target - i] ? 1 : -1;
    if (balance > best) {
      best = balance;
      reach = i;
    }
    if (balance < best - 64) break;
  }
  return reach;
}

}  // namespace

std::vector<Alignment> align_bytes(ConstBytes base, ConstBytes target) {
  constexpr std::uint32_t kShortestMatch = 8;
  std::vector<Alignment> found;
  if (base.empty()) return found;
  const SuffixArray index(base);
  const LikelyStrings likely(base);
  const auto size = static_cast<std::uint32_t>(target.size());
  std::uint32_t covered = 0;  // the target up to here is aligned, or left out for good
  std::uint32_t at = 0;
  while (at < size) {
    // What continues the last alignment needs no other place.
    if (!found.empty()) {
      const Alignment& last = found.back();
      const std::uint32_t beside = last.base + (at - last.target);
      std::uint32_t run = 0;
      while (at + run < size && beside + run < base.size() && base[beside + run] == target[at + run]) ++run;
      if (run >= kShortestMatch) {
        found.back().length = at + run - last.target;
        at = covered = at + run;
        continue;
      }
    }
    if (size - at < kShortestMatch || !likely.may_occur(target.data() + at)) {
      ++at;
      continue;
    }
    std::uint32_t place = 0;
    const std::uint32_t run = index.longest(target.from(at), place);
    if (run < kShortestMatch + (found.empty() ? 0U : 8U)) {
      ++at;
      continue;
    }
    std::uint32_t start = at;
    if (!found.empty()) {
      Alignment& last = found.back();
      const std::uint32_t end = last.base + last.length;
      const std::uint32_t reach = forward_reach(base, target, end, covered, at - covered);
      last.length += reach;
      covered += reach;
    }
    start -= backward_reach(base, target, place, at, at - covered);
    found.push_back(Alignment{start, at + run - start, place - (at - start)});
    at = covered = at + run;
  }
  if (!found.empty()) {
    Alignment& last = found.back();
    last.length += forward_reach(base, target, last.base + last.length, covered, size - covered);
  }
  return found;
}

}  // namespace tmd::host
