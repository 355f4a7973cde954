// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sign/secret_bytes.hpp"
#include "tmd/internal/auth/cbor_reader.hpp"

namespace tmd::host::sign {

// The deterministic encoding of CBOR (RFC 8949, section 4.2.1), as CborReader takes it.

/// The head of an item in its shortest form.
inline void append_head(Bytes& out, CborMajor major, std::uint32_t argument) {
  const unsigned byte_count = argument < 24 ? 0U : argument < 0x100 ? 1U : argument < 0x10000 ? 2U : 4U;
  const std::uint32_t information = byte_count == 0   ? argument
                                    : byte_count == 1 ? 24U
                                    : byte_count == 2 ? 25U
                                                      : 26U;
  out.push_back(static_cast<std::uint8_t>((static_cast<unsigned>(major) << 5) | information));
  for (unsigned i = byte_count; i-- > 0;) out.push_back(static_cast<std::uint8_t>(argument >> (8 * i)));
}

inline void append_byte_string(Bytes& out, ConstBytes bytes) {
  append_head(out, CborMajor::byte_string, static_cast<std::uint32_t>(bytes.size()));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

inline void append_integer(Bytes& out, std::int32_t value) {
  append_head(out, value < 0 ? CborMajor::negative_integer : CborMajor::unsigned_integer,
              static_cast<std::uint32_t>(value < 0 ? -1 - value : value));
}

}  // namespace tmd::host::sign
