// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tmd/bytes.hpp"
#include "tmd/status.hpp"
#include "tmd/store/snapshot.hpp"

namespace tmd {

/// What a manifest says of its origin and age; views are empty where it says nothing.
struct Claims {
  bool has_version = false;
  bool has_counter = false;
  ModelVersion version;
  std::uint32_t security_counter = 0;
  ConstBytes family;
  ConstBytes device_class;
};

// The Freshness policy compares those claims with the firmware and with what the device has seen. A class
// with
//
//     Status check(const Claims& claims, const Snapshot& known);
//
// ok, downgrade, wrong_family, wrong_device, missing_entry.

/// Any version for any device: no protection against old models.
struct AnyVersion {
  Status check(const Claims& /*claims*/, const Snapshot& /*known*/) { return Status::ok; }
};

}  // namespace tmd
