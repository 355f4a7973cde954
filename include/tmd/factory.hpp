// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/digest/crc32.hpp"
#include "tmd/model_store.hpp"

namespace tmd {

/// The factory model's record as bytes, for a production line that programs it beside the model: one firmware then
/// serves products that leave with different models. `tmd factory MODEL -o factory.bin` writes it. Where the model is
/// known when the firmware is built, `-o factory.hpp` needs no record in flash.
///
///     tmd::FactoryModel factory;
///     (void)tmd::read_factory_record(tmd::ConstBytes(record_in_flash, tmd::kFactoryRecordSize), factory);
///     status = store.boot(factory);   // without a record: as without a factory model
///
/// | offset | size | field |
/// | --- | --- | --- |
/// | 0 | 4 | "TMF1" |
/// | 4 | 4 | bytes of the model |
/// | 8 | 6 | version: major, minor, patch, two bytes each |
/// | 14 | 1 | kind of the digest, as in patches (2: SHA-256) |
/// | 15 | 1 | 0 |
/// | 16 | 32 | digest; zeros behind a short one |
/// | 48 | 4 | CRC-32 of the 48 bytes before |
///
/// Numbers are little-endian.
constexpr std::uint32_t kFactoryRecordSize = 52;
constexpr std::uint32_t kFactoryRecordMagic = 0x31464D54;

/// ok: `factory` is what the record says. not_found: there is no whole record (blank, damaged, another format), and
/// `factory` is empty: there is no factory model.
[[nodiscard]] inline Status read_factory_record(ConstBytes bytes, FactoryModel& factory) {
  constexpr std::uint32_t kChecked = kFactoryRecordSize - 4;
  factory = FactoryModel();
  if (bytes.size() < kFactoryRecordSize || load_le32(bytes.data()) != kFactoryRecordMagic ||
      Crc32::of(bytes.first(kChecked)) != load_le32(bytes.data() + kChecked))
    return Status::not_found;
  const std::uint8_t kind = bytes[14];
  if (kind != static_cast<std::uint8_t>(DigestKind::crc32) &&
      kind != static_cast<std::uint8_t>(DigestKind::sha256))
    return Status::not_found;
  factory.length = load_le32(bytes.data() + 4);
  factory.version.major = load_le16(bytes.data() + 8);
  factory.version.minor = load_le16(bytes.data() + 10);
  factory.version.patch = load_le16(bytes.data() + 12);
  factory.digest.kind = static_cast<DigestKind>(kind);
  copy_bytes(bytes.slice(16, Digest::kMaxSize), MutableBytes(factory.digest.bytes.data(), Digest::kMaxSize));
  return Status::ok;
}

}  // namespace tmd
