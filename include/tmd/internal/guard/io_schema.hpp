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

/// What of inputs and outputs an application leaves to the model: bits of `FirmwareStatement::kIoFlexible`.
namespace io_flexible {
constexpr std::uint8_t kClasses = 1;     ///< The last dimension of outputs.
constexpr std::uint8_t kResolution = 2;  ///< Dimensions of inputs between the first and the last one.
constexpr std::uint8_t kQuantisation = 4;
}  // namespace io_flexible

namespace detail {

/// Takes one tensor off the front of both schemas: false where they differ in more than `flexible` allows.
constexpr bool same_tensor(ByteReader& theirs, ByteReader& ours, bool is_input, unsigned flexible) {
  bool same = theirs.u8() == ours.u8();
  const unsigned rank = theirs.u8();
  if (rank != ours.u8()) return false;
  for (unsigned i = 0; i < rank && !theirs.failed(); ++i) {
    const bool is_free = is_input ? (flexible & io_flexible::kResolution) != 0 && i != 0 && i + 1 < rank
                                  : (flexible & io_flexible::kClasses) != 0 && i != 0 && i + 1 == rank;
    const std::uint32_t dimension = theirs.varint();
    const bool fits = dimension == ours.varint() || (is_free && dimension != 0);
    same = same && fits;
  }
  const std::uint8_t quantised[2] = {theirs.u8(), ours.u8()};
  const std::uint32_t scales[2] = {quantised[0] != 0 ? theirs.u32() : 0, quantised[1] != 0 ? ours.u32() : 0};
  const std::uint32_t zeros[2] = {quantised[0] != 0 ? theirs.varint() : 0,
                                  quantised[1] != 0 ? ours.varint() : 0};
  return same && ((flexible & io_flexible::kQuantisation) != 0 ||
                  (quantised[0] == quantised[1] && scales[0] == scales[1] && zeros[0] == zeros[1]));
}

}  // namespace detail

/// Holds a manifest's I/O schema against the one that the application was written for; `flexible`: bits of
/// io_flexible, what may differ. ok; io_mismatch; malformed_manifest where the patch's schema is cut off.
[[nodiscard]] inline Status check_io_schema(ConstBytes patch, ConstBytes application, unsigned flexible) {
  if (equal_bytes(patch, application)) return Status::ok;
  if (flexible == 0) return Status::io_mismatch;
  ByteReader theirs(patch);
  ByteReader ours(application);
  const std::uint32_t inputs = theirs.varint();
  const std::uint32_t outputs = theirs.varint();
  if (inputs != ours.varint() || outputs != ours.varint()) return Status::io_mismatch;
  for (std::uint32_t i = 0; ours.remaining() != 0; ++i) {
    const bool same = detail::same_tensor(theirs, ours, i < inputs, flexible);
    if (theirs.failed()) return Status::malformed_manifest;
    if (!same) return Status::io_mismatch;
  }
  return theirs.remaining() == 0 ? Status::ok : Status::io_mismatch;
}

}  // namespace tmd
