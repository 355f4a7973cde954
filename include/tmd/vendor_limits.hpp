// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/internal/format/entries.hpp"
#include "tmd/limits.hpp"
#include "tmd/status.hpp"

namespace tmd {

/// A Limits policy for one of the vendor's own entries (0x60 to 0x7F): a number, u32 little-endian, that must lie in a
/// range, such as the hardware revisions that a model is for.
///
///     // tmd diff … --meta vendor-0x60!=03000000
///     using Limits = tmd::BothLimits<tmd::FirmwareLimits<firmware::ModelLimits>, tmd::VendorRange<0x60, 2, 5>>;
///
/// feature_missing where it lies outside; missing_entry where it is required and not there; malformed_manifest where it
/// is no four bytes. Blocks never, writes nothing.
template <std::uint8_t kNumber, std::uint32_t kLeast, std::uint32_t kMost, bool kRequired = true>
class VendorRange {
 public:
  static_assert(static_cast<EntryNumber>(kNumber) >= EntryNumber::first_vendor && kNumber < kCriticalBit,
                "the vendor's own entries are 0x60 to 0x7F");
  static_assert(kLeast <= kMost, "the range begins at its least number");

  Status begin(ValidationMode /*mode*/) {
    seen_ = false;
    return Status::ok;
  }
  Status entry(EntryNumber number, ConstBytes value) {
    if (number != static_cast<EntryNumber>(kNumber)) return Status::not_found;
    if (value.size() != 4) return Status::malformed_manifest;
    seen_ = true;
    const std::uint32_t given = load_le32(value.data());
    // The difference wraps below the least: one comparison, and none that is always true.
    return given - kLeast <= kMost - kLeast ? Status::ok : Status::feature_missing;
  }
  Status end() const { return kRequired && !seen_ ? Status::missing_entry : Status::ok; }

 private:
  bool seen_ = false;
};

/// Two Limits policies as one: a patch is taken where both take it, and an entry means something where it does to one
/// of them. The first one is asked first.
template <class First, class Second>
class BothLimits {
 public:
  static_assert(check_limits_policy<First>() && check_limits_policy<Second>(), "");

  BothLimits() = default;
  BothLimits(const First& first, const Second& second) : first_(first), second_(second) {}

  Status begin(ValidationMode mode) {
    const Status status = first_.begin(mode);
    return status == Status::ok ? second_.begin(mode) : status;
  }
  Status entry(EntryNumber number, ConstBytes value) {
    const Status first = first_.entry(number, value);
    if (first != Status::ok && first != Status::not_found) return first;
    const Status second = second_.entry(number, value);
    return second == Status::not_found ? first : second;
  }
  Status end() {
    const Status status = first_.end();
    return status == Status::ok ? second_.end() : status;
  }

 private:
  First first_;
  Second second_;
};

}  // namespace tmd
