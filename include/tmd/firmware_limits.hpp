// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/internal/format/entries.hpp"
#include "tmd/internal/guard/io_schema.hpp"
#include "tmd/internal/guard/operator_set.hpp"
#include "tmd/limits.hpp"
#include "tmd/status.hpp"

namespace tmd {

/// What a firmware can run, with every limit left open. `tmd limits MODEL -o limits.hpp` writes a structure
/// that derives from it and states them; state more, or less, by hand where you know better.
struct FirmwareStatement {
  static constexpr std::uint32_t kArenaBytes = 0;  ///< Tensor arena, in bytes; 0: not stated.
  static constexpr std::uint16_t kAbi = 0;         ///< Schema or runtime ABI version; 0: not stated.
  static constexpr const SupportedOperator* kOperators = nullptr;  ///< Null: not stated.
  static constexpr std::size_t kOperatorCount = 0;
  static constexpr const std::uint8_t* kIoSchema = nullptr;  ///< Bytes as in io_schema.hpp; null: not stated.
  static constexpr std::size_t kIoSchemaSize = 0;
  static constexpr std::uint32_t kSlotAlignment = 0;  ///< Of a slot's first byte, in bytes; 0: not stated.
  static constexpr std::uint32_t kFeatures = 0;       ///< Feature bits that a target may ask for.
  /// Digest of the compiled code that reads the model (entry 0x11); null: not stated.
  static constexpr const std::uint8_t* kCodeDigest = nullptr;
  static constexpr std::size_t kCodeDigestSize = 0;
  /// The hashes that format 1 patches carry instead of lists; 0: not stated.
  static constexpr std::uint32_t kFormat1OperatorHash = 0;
  static constexpr std::uint32_t kFormat1IoHash = 0;
  /// Takes a manifest's word that it is to be read in relaxed mode. Else every patch is held to strict mode.
  static constexpr bool kAllowRelaxed = false;
  /// In relaxed mode, takes patches that say nothing about the operators, inputs and outputs of their target: then
  /// any model at all can become active.
  static constexpr bool kAllowUndescribed = false;
};

/// The Limits policy for what `Firmware`, a FirmwareStatement, states.
///
///     #include "limits.hpp"  // from: tmd limits model.tflite -o limits.hpp
///     struct MyConfig : tmd::DefaultConfig<MyFlash> {
///       using Limits = tmd::FirmwareLimits<firmware::ModelLimits>;
///     };
///
/// Strict mode refuses a patch that leaves out what is stated (missing_entry); in relaxed mode it may leave out some, and
/// the quantisation of inputs and outputs may differ. A patch that describes its target not at all is refused in relaxed
/// mode too, unless the firmware says kAllowUndescribed. In both, what is there must fit: arena_too_small,
/// abi_mismatch, operator_missing, io_mismatch, alignment_mismatch, feature_missing, code_mismatch,
/// malformed_manifest. Blocks never, writes nothing.
template <class Firmware>
class FirmwareLimits {
 public:
  Status begin(ValidationMode mode) {
    seen_ = 0;
    relaxed_ = Firmware::kAllowRelaxed && mode == ValidationMode::relaxed;
    return Status::ok;
  }

  /// not_found where the number means nothing here.
  Status entry(EntryNumber number, ConstBytes value) {
    const std::size_t size = fixed_entry_size(number);
    if (size != 0 && value.size() != size) return Status::malformed_manifest;
    switch (number) {
      case EntryNumber::arena_bytes:
        return seen(kArena, Firmware::kArenaBytes == 0 || load_le32(value.data()) <= Firmware::kArenaBytes,
                    Status::arena_too_small);
      case EntryNumber::abi:
        return seen(kAbi, Firmware::kAbi == 0 || load_le16(value.data()) == Firmware::kAbi,
                    Status::abi_mismatch);
      case EntryNumber::operator_set:
        seen_ |= kOperators;
        return Firmware::kOperators == nullptr
                   ? Status::ok
                   : check_operator_set(value, Firmware::kOperators, Firmware::kOperatorCount);
      case EntryNumber::io_schema:
        seen_ |= kIo;
        return Firmware::kIoSchema == nullptr
                   ? Status::ok
                   : check_io_schema(value, ConstBytes(Firmware::kIoSchema, Firmware::kIoSchemaSize),
                                     relaxed_);
      case EntryNumber::alignment:
        return seen(
            kAlignment,
            Firmware::kSlotAlignment == 0 || (value[0] < 32 && (1U << value[0]) <= Firmware::kSlotAlignment),
            Status::alignment_mismatch);
      case EntryNumber::features:
        return (load_le32(value.data()) & ~Firmware::kFeatures) == 0 ? Status::ok : Status::feature_missing;
      case EntryNumber::code_digest:
        return seen(kCode,
                    Firmware::kCodeDigest == nullptr ||
                        equal_bytes(value, ConstBytes(Firmware::kCodeDigest, Firmware::kCodeDigestSize)),
                    Status::code_mismatch);
      case EntryNumber::format1_operator_hash:
        return format1_hash(kOperators, value, Firmware::kFormat1OperatorHash, Status::operator_missing);
      case EntryNumber::format1_io_hash:
        return format1_hash(kIo, value, Firmware::kFormat1IoHash, Status::io_mismatch);
      default:
        return Status::not_found;
    }
  }

  Status end() const {
    // Code that the firmware holds beside the model reads it by fixed offsets: its digest is never optional.
    const unsigned required = relaxed_ ? stated() & kCode : stated();
    if (relaxed_ && !Firmware::kAllowUndescribed && !is_described()) return Status::missing_entry;
    return (required & ~static_cast<unsigned>(seen_)) == 0 ? Status::ok : Status::missing_entry;
  }

 private:
  enum Statement : std::uint8_t {
    kArena = 1,
    kAbi = 2,
    kOperators = 4,
    kIo = 8,
    kAlignment = 16,
    kCode = 32
  };

  static constexpr unsigned stated() {
    unsigned statements = 0;
    if (Firmware::kArenaBytes != 0) statements |= kArena;
    if (Firmware::kAbi != 0) statements |= kAbi;
    if (Firmware::kOperators != nullptr) statements |= kOperators;
    if (Firmware::kIoSchema != nullptr) statements |= kIo;
    if (Firmware::kSlotAlignment != 0) statements |= kAlignment;
    if (Firmware::kCodeDigest != nullptr) statements |= kCode;
    return statements;
  }

  /// Operators, inputs and outputs are what tells one model from another; arena or alignment alone tell nothing.
  constexpr bool is_described() const {
    constexpr unsigned kTelling = kOperators | kIo | kCode;
    const unsigned wanted = (stated() & kTelling) != 0 ? stated() & kTelling : stated();
    return wanted == 0 || (wanted & seen_) != 0;
  }

  Status seen(Statement what, bool fits, Status otherwise) {
    seen_ = static_cast<std::uint8_t>(seen_ | what);
    return fits ? Status::ok : otherwise;
  }

  /// A hash stands for the list only where this firmware knows which hash its own list has.
  Status format1_hash(Statement what, ConstBytes value, std::uint32_t known, Status otherwise) {
    if (known == 0) return Status::ok;
    if (value.size() != 4) return Status::malformed_manifest;
    return seen(what, load_le32(value.data()) == known, otherwise);
  }

  std::uint8_t seen_ = 0;
  bool relaxed_ = false;
};

}  // namespace tmd
