// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>

#include "tmd/bytes.hpp"
#include "tmd/internal/format/entries.hpp"
#include "tmd/status.hpp"

namespace tmd {

/// How a patch's statements are held against the firmware's.
enum class ValidationMode : std::uint8_t {
  strict = 0,   ///< Everything that the firmware states must be in the manifest and must match.
  relaxed = 1,  ///< The manifest may leave some out, and the quantisation of inputs and outputs may differ.
};

// The Limits policy says what this firmware can run. The updater asks it about each manifest entry before the
// first erase. A class with
//
//     Status begin(ValidationMode mode);                    // mode: what the manifest asks for
//     Status entry(EntryNumber number, ConstBytes value);   // not_found: this number means nothing here
//     Status end();                                         // after the last entry
//
// Any error from one of them refuses the patch. FirmwareLimits (firmware_limits.hpp) is the one to use.

/// Runs anything.
struct NoLimits {
  Status begin(ValidationMode /*mode*/) { return Status::ok; }
  Status entry(EntryNumber /*number*/, ConstBytes /*value*/) { return Status::not_found; }
  Status end() { return Status::ok; }
};

namespace detail {
template <class Policy, class = void>
struct IsLimits : std::false_type {};
template <class Policy>
struct IsLimits<
    Policy,
    typename std::enable_if<
        std::is_same<decltype(detail::declval<Policy&>().begin(ValidationMode::strict)), Status>::value &&
        std::is_same<decltype(detail::declval<Policy&>().entry(EntryNumber::note, ConstBytes())),
                     Status>::value &&
        std::is_same<decltype(detail::declval<Policy&>().end()), Status>::value>::type> : std::true_type {};
}  // namespace detail

/// Fails to compile, with a sentence, where `Policy` is not a Limits policy.
template <class Policy>
constexpr bool check_limits_policy() {
  static_assert(
      detail::IsLimits<Policy>::value,
      "a Limits policy has Status begin(ValidationMode), Status entry(EntryNumber, ConstBytes) and Status "
      "end(); see tmd/limits.hpp");
  return true;
}

}  // namespace tmd
