// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/internal/format/entries.hpp"
#include "tmd/internal/guard/accelerator_stream.hpp"
#include "tmd/internal/guard/companion_entry.hpp"
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
  static constexpr std::uint8_t kIoFlexible = 0;      ///< What of them may differ: bits of io_flexible.
  static constexpr std::uint32_t kSlotBytes = 0;      ///< For the layout, and for `tmd check`; 0: not stated.
  static constexpr std::uint32_t kSlotAlignment = 0;  ///< Of a slot's first byte, in bytes; 0: not stated.
  static constexpr std::uint32_t kFeatures = 0;       ///< Feature bits that a target may ask for.
  /// Digest of the compiled code that reads the model (entry 0x11); null: not stated.
  static constexpr const std::uint8_t* kCodeDigest = nullptr;
  static constexpr std::size_t kCodeDigestSize = 0;
  static constexpr std::uint32_t kAnyVariables = 0xFFFFFFFF;
  static constexpr std::uint32_t kVariables = kAnyVariables;  ///< Most resource variables; kAny…: not stated.
  static constexpr std::uint32_t kVariableBytes = kAnyVariables;  ///< Most bytes of them all.
  /// Words of an Ethos-U command stream's configuration, as the part has them (entry 0x15); 0: not stated.
  static constexpr std::uint32_t kAcceleratorConfig = 0;
  static constexpr std::uint32_t kAcceleratorId = 0;
  static constexpr std::uint8_t kModelFormat = 0;          ///< Format of models (entry 0x16); 0: not stated.
  static constexpr std::uint32_t kModelFormatVersion = 0;  ///< The newest version that is read; 0: any.
  static constexpr std::uint16_t kCompanionSchema =
      0;  ///< Of the companion data that is read; 0: not stated.
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
/// Strict mode refuses a patch that leaves out what is stated (missing_entry), but for variables, accelerator and
/// features: a target that says nothing of them needs none. In relaxed mode it may leave out some more, but not code
/// digest, model format and companion data, and not both operators and inputs and outputs, unless the firmware says
/// kAllowUndescribed; and the quantisation of inputs and outputs may differ. In both, what is there must fit:
/// arena_too_small (also: more resource variables), abi_mismatch (also: another model format, or companion data of
/// another schema), operator_missing (also: features of one), io_mismatch, alignment_mismatch, feature_missing (also:
/// another accelerator), code_mismatch, malformed_manifest. Blocks never, writes nothing.
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
                                     Firmware::kIoFlexible | (relaxed_ ? io_flexible::kQuantisation : 0U));
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
      case EntryNumber::variables:
        return variables(value);
      case EntryNumber::accelerator:
        return accelerator(load_le32(value.data()), load_le32(value.data() + 4));
      case EntryNumber::model_format:
        return model_format(value);
      case EntryNumber::companion:
        return companion(value);
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
    // So are its companion data, and a format that is not TFLite's.
    const unsigned required = relaxed_ ? stated() & (kCode | kFormat | kCompanion) : stated();
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
    kCode = 32,
    kFormat = 64,
    kCompanion = 128
  };

  static constexpr unsigned stated() {
    unsigned statements = 0;
    if (Firmware::kArenaBytes != 0) statements |= kArena;
    if (Firmware::kAbi != 0) statements |= kAbi;
    if (Firmware::kOperators != nullptr) statements |= kOperators;
    if (Firmware::kIoSchema != nullptr) statements |= kIo;
    if (Firmware::kSlotAlignment != 0) statements |= kAlignment;
    if (Firmware::kCodeDigest != nullptr) statements |= kCode;
    if (Firmware::kModelFormat != 0) statements |= kFormat;
    if (Firmware::kCompanionSchema != 0) statements |= kCompanion;
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

  /// varint number, varint bytes. A target without variables says nothing of them.
  static Status variables(ConstBytes value) {
    ByteReader reader(value);
    const std::uint32_t count = reader.varint();
    const std::uint32_t bytes = reader.varint();
    if (reader.failed()) return Status::malformed_manifest;
    return count <= Firmware::kVariables && bytes <= Firmware::kVariableBytes ? Status::ok
                                                                              : Status::arena_too_small;
  }

  static Status accelerator(std::uint32_t config, std::uint32_t id) {
    constexpr AcceleratorWords kPart = {Firmware::kAcceleratorConfig, Firmware::kAcceleratorId};
    if (kPart.config == 0 && kPart.id == 0) return Status::ok;
    return runs_stream(kPart, {config, id}) ? Status::ok : Status::feature_missing;
  }

  /// u8 format, varint version.
  Status model_format(ConstBytes value) {
    ByteReader reader(value);
    const std::uint8_t format = reader.u8();
    const std::uint32_t version = reader.varint();
    if (reader.failed()) return Status::malformed_manifest;
    const bool fits = Firmware::kModelFormat == 0 ||
                      (format == Firmware::kModelFormat &&
                       (Firmware::kModelFormatVersion == 0 || version <= Firmware::kModelFormatVersion));
    return seen(kFormat, fits, Status::abi_mismatch);
  }

  Status companion(ConstBytes value) {
    CompanionEntry entry;
    const Status status = parse_companion(value, 0xFFFFFFFF, entry);
    if (status != Status::ok) return status;
    return seen(kCompanion, Firmware::kCompanionSchema == 0 || entry.schema == Firmware::kCompanionSchema,
                Status::abi_mismatch);
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
