// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/status.hpp"

namespace tmd {

// An I/O schema (manifest entry 0x04) lists what the application reads and writes, in the model's order:
//
//     varint number of inputs, varint number of outputs, then for each input and each output
//       u8 type (TFLite's TensorType), u8 rank, varint of each dimension,
//       u8 1 where it is quantised: float32 scale, varint zigzag zero point; u8 0 where it is not

namespace detail {

/// Takes type and shape of one tensor off the front; both views are compared byte for byte.
constexpr ConstBytes take_shape(ByteReader& reader, ConstBytes schema) {
  const std::size_t start = reader.position();
  (void)reader.u8();
  const std::uint8_t rank = reader.u8();
  for (unsigned i = 0; i < rank && !reader.failed(); ++i) (void)reader.varint();
  return schema.slice(start, reader.position() - start);
}

constexpr ConstBytes take_quantisation(ByteReader& reader, ConstBytes schema) {
  const std::size_t start = reader.position();
  if (reader.u8() != 0) {
    (void)reader.u32();
    (void)reader.varint();
  }
  return schema.slice(start, reader.position() - start);
}

}  // namespace detail

/// Holds a manifest's I/O schema against the one that the application was written for.
/// ok; io_mismatch; malformed_manifest where the patch's schema is cut off.
[[nodiscard]] inline Status check_io_schema(ConstBytes patch, ConstBytes application,
                                            bool quantisation_may_differ) {
  if (equal_bytes(patch, application)) return Status::ok;
  if (!quantisation_may_differ) return Status::io_mismatch;
  ByteReader theirs(patch);
  ByteReader ours(application);
  const std::uint32_t inputs = theirs.varint();
  const std::uint32_t outputs = theirs.varint();
  if (inputs != ours.varint() || outputs != ours.varint()) return Status::io_mismatch;
  while (ours.remaining() != 0) {
    const ConstBytes shape = detail::take_shape(theirs, patch);
    if (!equal_bytes(shape, detail::take_shape(ours, application))) return Status::io_mismatch;
    (void)detail::take_quantisation(theirs, patch);
    (void)detail::take_quantisation(ours, application);
    if (theirs.failed()) return Status::malformed_manifest;
  }
  return theirs.remaining() == 0 ? Status::ok : Status::io_mismatch;
}

}  // namespace tmd
