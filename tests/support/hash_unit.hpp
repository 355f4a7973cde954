// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/digest/digests.hpp"

namespace tmd::test {

/// A hash peripheral as the reference manuals describe it: one for the whole chip, one message at a time,
/// behind a HAL that knows nothing of who uses it. It notices what would give wrong digests on such a part.
struct HashUnit {
  AllDigests algorithm;
  const void* owner = nullptr;  ///< The driver object whose message is being hashed.
  DigestKind running = DigestKind::none;
  bool fails = false;          ///< From now on it gives no results.
  std::uint32_t begins = 0;    ///< Messages begun.
  std::uint32_t finishes = 0;  ///< Messages ended.
  std::uint32_t given_up = 0;  ///< Messages begun by their owner's `begin` before the one before had ended.
  std::uint32_t overlaps = 0;  ///< Calls that would have mixed two messages, or came before any `begin`.
};

/// Its driver, as a HAL makes one: with a handle, without a default constructor, not to be copied.
class HashUnitDigests {
 public:
  explicit HashUnitDigests(HashUnit& unit) : unit_(unit) {}
  HashUnitDigests(const HashUnitDigests&) = delete;
  HashUnitDigests& operator=(const HashUnitDigests&) = delete;

  Status begin(DigestKind kind) {
    const Status status = unit_.algorithm.begin(kind);
    if (status != Status::ok) return status;
    if (unit_.running != DigestKind::none) ++(unit_.owner == this ? unit_.given_up : unit_.overlaps);
    ++unit_.begins;
    unit_.running = kind;
    unit_.owner = this;
    return Status::ok;
  }
  void update(ConstBytes bytes) {
    if (is_ours()) unit_.algorithm.update(bytes);
  }
  Digest finish() {
    if (!is_ours()) return Digest();
    ++unit_.finishes;
    unit_.running = DigestKind::none;
    return unit_.fails ? Digest() : unit_.algorithm.finish();
  }

 private:
  bool is_ours() {
    if (unit_.running != DigestKind::none && unit_.owner == this) return true;
    ++unit_.overlaps;
    return false;
  }

  HashUnit& unit_;
};

}  // namespace tmd::test
