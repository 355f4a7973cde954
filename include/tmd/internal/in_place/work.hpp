// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <new>
#include <type_traits>

#include "tmd/internal/in_place/ring.hpp"
#include "tmd/updater.hpp"

namespace tmd::in_place {

/// What is known of an update in place while it goes on, beside what the journal keeps of it.
template <class Config>
struct Work {
  using DigestMemory = typename Slots<Config>::Source::Memory;

  Ring<typename Config::Flash, Config::kPageSize> ring;
  std::uint32_t floor = 0;         ///< What lies before it, in base and target, may be gone.
  std::uint32_t digested = 0;      ///< Staged bytes that went into the digest at hand.
  std::uint32_t seen_changes = 0;  ///< The staging area's, when these were read.
  bool is_dry = false;             ///< The patch is being tried out.
  bool is_proven = false;  ///< The staged patch is known to be the one that was, or will be, tried out.
  alignas(DigestMemory) std::uint8_t digest_memory[sizeof(DigestMemory)] = {};
};

/// Lends the memory of a `First`, which is a part of something else, to a `Second`. Afterwards it is a new `First`.
template <class First, class Second,
          bool kFits = sizeof(Second) + alignof(Second) <= sizeof(First) + alignof(First)>
class LentMemory {
  static_assert(std::is_trivially_destructible<First>::value, "what lies there is just written over");
  static_assert(std::is_trivially_destructible<Second>::value, "what lies there is just written over");

 public:
  static void lend(First& first) { new (place_in(first)) Second(); }
  static Second& lent(First& first) { return *__builtin_launder(static_cast<Second*>(place_in(first))); }
  static void end_lending(First& first) { new (static_cast<void*>(&first)) First(); }

 private:
  static void* place_in(First& first) {
    std::uintptr_t place = reinterpret_cast<std::uintptr_t>(&first);
    // Where pointers are wider than numbers.
    if (alignof(Second) > alignof(First)) place = (place + alignof(Second) - 1) & ~(alignof(Second) - 1);
    return reinterpret_cast<void*>(place);
  }
};

/// The second is too large: it has memory of its own.
template <class First, class Second>
class LentMemory<First, Second, false> {
 public:
  void lend(First&) { second_ = Second(); }
  Second& lent(First&) { return second_; }
  static void end_lending(First& first) { first = First(); }

 private:
  Second second_;
};

}  // namespace tmd::in_place
