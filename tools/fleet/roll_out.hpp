// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "fleet/release_log.hpp"

namespace tmd::host::fleet {

/// A device's bucket: the first four bytes of the SHA-256 of its identifier, big-endian, modulo this.
inline constexpr unsigned kBuckets = 100;

/// One release on a channel, as it stands now.
struct Release {
  FleetManifest manifest;
  unsigned percent = 0;  ///< Buckets below it take it.
  bool withdrawn = false;
};

/// What a device is pointed to.
struct Pointer {
  std::string object;    ///< SHA-256 of the patch.
  std::string identity;  ///< By which an interrupted update of it is known.
  std::string target;    ///< SHA-256 of the model that it makes.
  std::uint64_t bytes = 0;

  friend bool operator==(const Pointer&, const Pointer&) = default;
};

/// The releases of a channel in the order in which they were first published.
std::vector<Release> releases_of(const ReleaseLog& log, const std::string& channel);

/// For each base, by its SHA-256, what a device in this bucket takes: the first patch of the cheapest way to the newest
/// release that is for it: a direct patch, a chain over other releases, or the full model where there is a patch that
/// brings it.
std::map<std::string, Pointer> pointers_for(const std::vector<Release>& releases, unsigned bucket);

/// Whether every device in this bucket takes what one in the bucket before takes: at percentages alone it changes.
bool is_as_before(const std::vector<Release>& releases, unsigned bucket);

/// Where a pointer lies below its bucket: the first 16 digits of the base's SHA-256, or "nothing" for devices without a
/// model.
std::string pointer_name(const std::string& base_sha256);
/// One line of JSON.
std::string to_json(const Pointer& pointer);

}  // namespace tmd::host::fleet
