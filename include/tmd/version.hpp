// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// The library's version, for `#if`: 1.2.3 is 10203. docs/compatibility.md says what each number promises.
#define TMD_VERSION_MAJOR 0
#define TMD_VERSION_MINOR 1
#define TMD_VERSION_PATCH 0
#define TMD_VERSION_NUMBER (TMD_VERSION_MAJOR * 10000 + TMD_VERSION_MINOR * 100 + TMD_VERSION_PATCH)

namespace tmd {

/// The same as text. The library, the host program and every package of one release have this one version.
constexpr const char* kVersionText = "0.1.0";

/// The newest patch format that this library reads: the first byte of a patch. Counted apart from the library, since
/// patches outlive it.
constexpr std::uint8_t kNewestPatchFormat = 2;

/// The format of what the library leaves in flash, counted apart too: a journal of another one is not touched
/// (`Status::other_version`). Raised by one with every change of `Snapshot` or of the journal's records.
constexpr std::uint8_t kFlashFormat = 3;

}  // namespace tmd
