// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <new>
#include <type_traits>

#include "tmd/digest/digests.hpp"

namespace tmd::detail {

/// Where digests are computed: in the instance that the application gave, or else, where one can be made from
/// nothing, in one of the caller's own for as long as it takes.
template <class Digests, bool kMadeFromNothing = std::is_default_constructible<Digests>::value>
class DigestSource {
 public:
  constexpr void give(Digests& digests) { given_ = &digests; }
  constexpr bool is_ready() const { return true; }

  /// What a computation of its own needs over several calls.
  using Memory = Digests;
  /// The instance for a computation that goes on over several calls: the one that was given, or one in this memory,
  /// where it is made when the computation starts.
  Digests& lasting(void* memory, bool starts) {
    if (given_ != nullptr) return *given_;
    if (starts) return *new (memory) Digests;
    return *__builtin_launder(static_cast<Digests*>(memory));
  }

  /// Calls `use(digests)`.
  template <class Use>
  Status with(Use&& use) {
    Digests own;
    return use(given_ != nullptr ? *given_ : own);
  }

 private:
  Digests* given_ = nullptr;
};

template <class Digests>
class DigestSource<Digests, false> {
 public:
  constexpr void give(Digests& digests) { given_ = &digests; }
  constexpr bool is_ready() const { return given_ != nullptr; }
  using Memory = char;
  Digests& lasting(void*, bool) { return *given_; }

  template <class Use>
  Status with(Use&& use) {
    return given_ != nullptr ? use(*given_) : Status::wrong_state;
  }

 private:
  Digests* given_ = nullptr;
};

}  // namespace tmd::detail
