// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace tmd::faults {

/// A set of 64-bit hashes, eight to sixteen bytes each.
class SeenStates {
 public:
  /// False where it was there already.
  bool add(std::uint64_t state) {
    if (2 * (count_ + 1) > table_.size()) grow();
    return insert(state);
  }
  std::size_t size() const { return count_; }

 private:
  bool insert(std::uint64_t state) {
    if (state == 0) state = 1;
    std::size_t at = state % table_.size();
    while (table_[at] != 0 && table_[at] != state) at = at + 1 == table_.size() ? 0 : at + 1;
    if (table_[at] == state) return false;
    table_[at] = state;
    ++count_;
    return true;
  }
  void grow() {
    std::vector<std::uint64_t> old(table_.empty() ? 1024 : 2 * table_.size());
    old.swap(table_);
    count_ = 0;
    for (const std::uint64_t state : old) {
      if (state != 0) insert(state);
    }
  }

  std::vector<std::uint64_t> table_;
  std::size_t count_ = 0;
};

}  // namespace tmd::faults
