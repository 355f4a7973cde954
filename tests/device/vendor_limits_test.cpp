// SPDX-License-Identifier: Apache-2.0
#include "tmd/vendor_limits.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "tmd/firmware_limits.hpp"

using namespace tmd;

namespace {

struct VendorFirmware : FirmwareStatement {
  static constexpr std::uint16_t kAbi = 3;
};
using Limits = BothLimits<FirmwareLimits<VendorFirmware>, VendorRange<0x60, 2, 5>>;

Status verdict(std::uint8_t abi, const std::vector<std::uint8_t>& revision) {
  Limits limits;
  const std::vector<std::uint8_t> version = {abi, 0};
  Status status = limits.begin(ValidationMode::strict);
  if (status == Status::ok)
    status = limits.entry(EntryNumber::abi, ConstBytes(version.data(), version.size()));
  if (status == Status::ok && !revision.empty())
    status = limits.entry(static_cast<EntryNumber>(0x60), ConstBytes(revision.data(), revision.size()));
  return status == Status::ok ? limits.end() : status;
}

}  // namespace

TEST_CASE("a vendor's number must lie in its range, beside what the firmware's limits say") {
  CHECK(verdict(3, {2, 0, 0, 0}) == Status::ok);
  CHECK(verdict(3, {5, 0, 0, 0}) == Status::ok);
  CHECK(verdict(3, {1, 0, 0, 0}) == Status::feature_missing);
  CHECK(verdict(3, {6, 0, 0, 0}) == Status::feature_missing);
  CHECK(verdict(3, {2, 0, 0}) == Status::malformed_manifest);
  CHECK(verdict(3, {}) == Status::missing_entry);
  CHECK(verdict(4, {2, 0, 0, 0}) == Status::abi_mismatch);
}

TEST_CASE("an entry that means nothing to both is left to others, and one that may be missing is") {
  Limits limits;
  CHECK(limits.entry(static_cast<EntryNumber>(0x61), ConstBytes()) == Status::not_found);
  VendorRange<0x61, 0, 1, false> optional;
  CHECK(optional.begin(ValidationMode::strict) == Status::ok);
  CHECK(optional.end() == Status::ok);
}
