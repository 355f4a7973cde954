// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/bytes.hpp"

namespace tmd::host::input {

// Files that hold other bytes: compressed ones, and those that programmers of flash take. Each reader checks what the
// format has for it (checksums, counts, the end) and throws host::Error, without a file's name, where that is wrong or
// the bytes have gaps: what lies in a gap nobody knows.

/// No more is unpacked from one file, in bytes.
constexpr std::size_t kLargestUnpacked = 256U << 20;

bool is_gzip(ConstBytes file);
/// All members, one behind the other.
host::Bytes read_gzip(ConstBytes file);

bool is_intel_hex(ConstBytes file);
host::Bytes read_intel_hex(ConstBytes file);

bool is_s_record(ConstBytes file);
host::Bytes read_s_record(ConstBytes file);

bool is_uf2(ConstBytes file);
struct Uf2Content {
  host::Bytes bytes;
  /// Zeros at the end that may be the last block's padding and not the file's own.
  std::size_t padding = 0;
};
Uf2Content read_uf2(ConstBytes file);

}  // namespace tmd::host::input
