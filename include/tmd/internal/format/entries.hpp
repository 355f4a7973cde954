// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/status.hpp"

namespace tmd {

/// What a manifest entry says: the low seven bits of its tag. Values are little-endian. docs/format.md has
/// the bytes.
enum class EntryNumber : std::uint8_t {
  arena_bytes = 0x01,       ///< u32: tensor arena that the target needs.
  abi = 0x02,               ///< u16: schema or runtime ABI version.
  operator_set = 0x03,      ///< List of operators with their versions.
  io_schema = 0x04,         ///< Inputs and outputs: types, shapes, quantisation.
  alignment = 0x05,         ///< u8: log2 of the alignment that the model's first byte needs.
  model_version = 0x06,     ///< 3 × u16: major, minor, patch.
  security_counter = 0x07,  ///< u32: never goes down on a device.
  family = 0x08,            ///< 16 bytes: UUID of the model family.
  device_class = 0x09,      ///< 16 bytes: UUID of the device class.
  architecture = 0x0A,      ///< Text.
  certificate = 0x0B,       ///< Certificate chain, opaque to the device.
  lineage = 0x0C,           ///< 32-byte dataset digest and free text.
  features = 0x0D,          ///< u32: firmware feature bits that the target needs.
  validation = 0x0E,        ///< u8: 0 strict, 1 relaxed.
  cipher = 0x0F,            ///< u8 algorithm, 16-byte IV, key identifier.
  self_test = 0x10,         ///< Known input and what must come out.
  code_digest = 0x11,       ///< Digest of the compiled code that reads the model.
  revoked_keys = 0x12,      ///< Identifiers of keys that are trusted no more.
  note = 0x13,              ///< Free text for people.
  variables = 0x14,         ///< Resource variables: how many, and their bytes.
  accelerator = 0x15,       ///< What an accelerator's command stream was compiled for.
  model_format = 0x16,      ///< What kind of file the target is, where it is no TFLite model.
  companion = 0x17,         ///< Schema and bytes of the companion data at the target's end.
  in_place = 0x18,          ///< The target is written over its base: which blocks, how many spare ones.
  way_back = 0x19,          ///< Behind the body lies a second one, which turns the target into its base.
  // Not on the wire in format 2: how the hashes of a format 1 patch are handed to the guard.
  format1_operator_hash = 0x20,  ///< u32
  format1_io_hash = 0x21,        ///< u32
  first_vendor = 0x60,           ///< 0x60 to 0x7F are the firmware's own.
};

constexpr std::uint8_t kCriticalBit = 0x80;

/// One type-length-value entry of a manifest.
struct Entry {
  EntryNumber number{};   ///< Zero is no number.
  bool critical = false;  ///< A firmware that does not know the number must refuse the patch.
  ConstBytes value;
};

/// The length that a value of this number must have, or 0 where it varies.
constexpr std::size_t fixed_entry_size(EntryNumber number) {
  switch (number) {
    case EntryNumber::arena_bytes:
    case EntryNumber::security_counter:
    case EntryNumber::features:
      return 4;
    case EntryNumber::accelerator:
      return 8;
    case EntryNumber::abi:
      return 2;
    case EntryNumber::alignment:
    case EntryNumber::validation:
      return 1;
    case EntryNumber::model_version:
      return 6;
    case EntryNumber::family:
    case EntryNumber::device_class:
      return 16;
    default:
      return 0;
  }
}

/// Walks the entries of a format 2 manifest. Numbers rise strictly, so an entry can be neither doubled nor
/// re-ordered.
///
///     EntryReader reader(entries);
///     Entry entry;
///     Status status;
///     while ((status = reader.next(entry)) == Status::ok) use(entry);
///     // not_found: the end; malformed_manifest: refuse the patch
class EntryReader {
 public:
  constexpr explicit EntryReader(ConstBytes entries) : reader_(entries) {}

  /// ok; not_found at the end; malformed_manifest: also where a value has not the length that its number
  /// prescribes.
  constexpr Status next(Entry& entry) {
    if (reader_.remaining() == 0) return Status::not_found;
    const std::uint8_t tag = reader_.u8();
    entry.number = static_cast<EntryNumber>(tag & ~kCriticalBit);
    entry.critical = (tag & kCriticalBit) != 0;
    entry.value = reader_.take(reader_.varint());
    const std::size_t expected = fixed_entry_size(entry.number);
    if (reader_.failed() || entry.number <= last_ || (expected != 0 && entry.value.size() != expected))
      return Status::malformed_manifest;
    last_ = entry.number;
    return Status::ok;
  }

 private:
  ByteReader reader_;
  EntryNumber last_{};  ///< Zero is no number.
};

/// True for the numbers that every build of this version of the library gives a meaning to.
constexpr bool is_known_entry(EntryNumber number) {
  return number >= EntryNumber::arena_bytes && number <= EntryNumber::way_back &&
         number != EntryNumber::self_test;
}

}  // namespace tmd
