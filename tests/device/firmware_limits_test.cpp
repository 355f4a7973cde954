// SPDX-License-Identifier: Apache-2.0
#include "tmd/firmware_limits.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace tmd;

namespace {

using Bytes = std::vector<std::uint8_t>;

/// CONV_2D up to version 3 and a custom operator; one int8 input [1,4], one int8 output [1,200].
struct Firmware : FirmwareStatement {
  static constexpr std::uint32_t kArenaBytes = 20000;
  static constexpr std::uint16_t kAbi = 3;
  static constexpr SupportedOperator kList[] = {{3, 3, nullptr}, {kCustomOperator, 2, "fft"}};
  static constexpr const SupportedOperator* kOperators = kList;
  static constexpr std::size_t kOperatorCount = 2;
  static constexpr std::uint8_t kSchema[] = {1, 1, 9, 2, 1, 4, 1, 0, 0, 0, 0x3F, 5, 9, 2, 1, 200, 1, 0};
  static constexpr const std::uint8_t* kIoSchema = kSchema;
  static constexpr std::size_t kIoSchemaSize = sizeof kSchema;
  static constexpr std::uint32_t kSlotAlignment = 16;
  static constexpr std::uint32_t kFeatures = 0x5;
};

struct RelaxedFirmware : Firmware {
  static constexpr bool kAllowRelaxed = true;
};

/// A firmware whose compiled code reads the model at fixed offsets.
struct Compiled : FirmwareStatement {
  static constexpr std::uint8_t kDigest[] = {1, 2, 3, 4};
  static constexpr const std::uint8_t* kCodeDigest = kDigest;
  static constexpr std::size_t kCodeDigestSize = 4;
  static constexpr bool kAllowRelaxed = true;
};

/// A firmware that knows the hashes of its own lists, as format 1 has them.
struct Hashed : Firmware {
  static constexpr std::uint32_t kFormat1OperatorHash = 0xABCD1234;
  static constexpr std::uint32_t kFormat1IoHash = 7;
};

struct Statement {
  EntryNumber number;
  Bytes value;
};

const Bytes kSchemaBytes(Firmware::kSchema, Firmware::kSchema + sizeof Firmware::kSchema);

std::vector<Statement> fitting() {
  return {{EntryNumber::arena_bytes, {0x20, 0x4E, 0, 0}},
          {EntryNumber::abi, {3, 0}},
          {EntryNumber::operator_set, {3, 3, 32, 1, 3, 'f', 'f', 't'}},
          {EntryNumber::io_schema, kSchemaBytes},
          {EntryNumber::alignment, {4}}};
}

template <class Limits>
Status verdict(const std::vector<Statement>& statements, ValidationMode mode = ValidationMode::strict) {
  Limits limits;
  Status status = limits.begin(mode);
  for (const Statement& statement : statements) {
    if (status != Status::ok) return status;
    status = limits.entry(statement.number, ConstBytes(statement.value.data(), statement.value.size()));
  }
  return status == Status::ok ? limits.end() : status;
}

/// The verdict where one entry says something else.
Status with(EntryNumber number, const Bytes& value) {
  std::vector<Statement> statements = fitting();
  bool replaced = false;
  for (Statement& statement : statements) {
    if (statement.number != number) continue;
    statement.value = value;
    replaced = true;
  }
  if (!replaced) statements.push_back({number, value});
  return verdict<FirmwareLimits<Firmware>>(statements);
}

}  // namespace

TEST_CASE("a target that needs just what the firmware has is taken") {
  CHECK(verdict<FirmwareLimits<Firmware>>(fitting()) == Status::ok);
  CHECK(verdict<FirmwareLimits<Firmware>>(fitting(), ValidationMode::relaxed) == Status::ok);
}

TEST_CASE("a target that needs more is refused with the reason") {
  CHECK(with(EntryNumber::arena_bytes, {0x21, 0x4E, 0, 0}) == Status::arena_too_small);
  CHECK(with(EntryNumber::abi, {4, 0}) == Status::abi_mismatch);
  CHECK(with(EntryNumber::operator_set, {3, 3, 4, 1}) == Status::operator_missing);
  CHECK(with(EntryNumber::operator_set, {3, 4}) == Status::operator_missing);
  CHECK(with(EntryNumber::alignment, {5}) == Status::alignment_mismatch);
  CHECK(with(EntryNumber::alignment, {200}) == Status::alignment_mismatch);
  CHECK(with(EntryNumber::features, {0x8, 0, 0, 0}) == Status::feature_missing);
}

TEST_CASE("a target that needs less is taken") {
  CHECK(with(EntryNumber::arena_bytes, {0, 0, 0, 0}) == Status::ok);
  CHECK(with(EntryNumber::operator_set, {3, 1}) == Status::ok);
  CHECK(with(EntryNumber::operator_set, {}) == Status::ok);
  CHECK(with(EntryNumber::alignment, {0}) == Status::ok);
  CHECK(with(EntryNumber::features, {0x4, 0, 0, 0}) == Status::ok);
}

TEST_CASE("custom operators are told apart by their whole name") {
  CHECK(with(EntryNumber::operator_set, {32, 2, 3, 'f', 'f', 't'}) == Status::ok);
  CHECK(with(EntryNumber::operator_set, {32, 1, 2, 'f', 'f'}) == Status::operator_missing);
  CHECK(with(EntryNumber::operator_set, {32, 1, 4, 'f', 'f', 't', '2'}) == Status::operator_missing);
  CHECK(with(EntryNumber::operator_set, {32, 3, 3, 'f', 'f', 't'}) == Status::operator_missing);
}

TEST_CASE("inputs and outputs must match in type, shape and number") {
  Bytes other = kSchemaBytes;
  SUBCASE("type") {
    other[2] = 3;
  }
  SUBCASE("shape") {
    other[5] = 5;
  }
  SUBCASE("one more output") {
    other[1] = 2;
    other.insert(other.end(), {9, 1, 4, 0});
  }
  SUBCASE("one more tensor than declared") {
    other.insert(other.end(), {9, 1, 4, 0});
  }
  CHECK(with(EntryNumber::io_schema, other) == Status::io_mismatch);
  std::vector<Statement> statements = fitting();
  statements[3].value = other;
  CHECK(verdict<FirmwareLimits<RelaxedFirmware>>(statements, ValidationMode::relaxed) == Status::io_mismatch);
}

TEST_CASE(
    "another quantisation of inputs is taken in relaxed mode only, and only where the firmware allows it") {
  std::vector<Statement> statements = fitting();
  SUBCASE("scale") {
    statements[3].value[8] = 0x40;
  }
  SUBCASE("zero point") {
    statements[3].value[11] = 7;
  }
  SUBCASE("no quantisation") {
    statements[3].value = {1, 1, 9, 2, 1, 4, 0, 9, 2, 1, 200, 1, 0};
  }
  CHECK(verdict<FirmwareLimits<Firmware>>(statements, ValidationMode::strict) == Status::io_mismatch);
  CHECK(verdict<FirmwareLimits<Firmware>>(statements, ValidationMode::relaxed) == Status::io_mismatch);
  CHECK(verdict<FirmwareLimits<RelaxedFirmware>>(statements, ValidationMode::strict) == Status::io_mismatch);
  CHECK(verdict<FirmwareLimits<RelaxedFirmware>>(statements, ValidationMode::relaxed) == Status::ok);
}

TEST_CASE("what the firmware states must be in the manifest, except in relaxed mode") {
  for (std::size_t left_out = 0; left_out < fitting().size(); ++left_out) {
    std::vector<Statement> statements = fitting();
    statements.erase(statements.begin() + static_cast<std::ptrdiff_t>(left_out));
    CAPTURE(left_out);
    CHECK(verdict<FirmwareLimits<Firmware>>(statements) == Status::missing_entry);
    CHECK(verdict<FirmwareLimits<Firmware>>(statements, ValidationMode::relaxed) == Status::missing_entry);
    CHECK(verdict<FirmwareLimits<RelaxedFirmware>>(statements, ValidationMode::relaxed) == Status::ok);
  }
}

struct Trusting : RelaxedFirmware {
  static constexpr bool kAllowUndescribed = true;
};

TEST_CASE(
    "a patch that does not describe its target is refused in relaxed mode too, unless the firmware allows "
    "it") {
  const std::vector<Statement> little = {{EntryNumber::arena_bytes, {1, 0, 0, 0}},
                                         {EntryNumber::abi, {3, 0}}};
  for (const std::vector<Statement>& statements : {std::vector<Statement>(), little}) {
    CHECK(verdict<FirmwareLimits<RelaxedFirmware>>(statements, ValidationMode::relaxed) ==
          Status::missing_entry);
    CHECK(verdict<FirmwareLimits<Trusting>>(statements, ValidationMode::relaxed) == Status::ok);
    CHECK(verdict<FirmwareLimits<Trusting>>(statements, ValidationMode::strict) == Status::missing_entry);
  }
  CHECK(verdict<FirmwareLimits<FirmwareStatement>>({}, ValidationMode::relaxed) == Status::ok);
}

TEST_CASE("what the firmware does not state is no limit") {
  CHECK(verdict<FirmwareLimits<FirmwareStatement>>({}) == Status::ok);
  CHECK(verdict<FirmwareLimits<FirmwareStatement>>(fitting()) == Status::ok);
}

namespace {
/// Takes manifests that say nothing, for as long as the code is right.
struct CompiledUndescribed : Compiled {
  static constexpr bool kAllowUndescribed = true;
};
}  // namespace

TEST_CASE("a model for other compiled code is refused in every mode") {
  CHECK(verdict<FirmwareLimits<CompiledUndescribed>>({}, ValidationMode::relaxed) == Status::missing_entry);
  using Limits = FirmwareLimits<Compiled>;
  for (const ValidationMode mode : {ValidationMode::strict, ValidationMode::relaxed}) {
    CHECK(verdict<Limits>({{EntryNumber::code_digest, {1, 2, 3, 4}}}, mode) == Status::ok);
    CHECK(verdict<Limits>({{EntryNumber::code_digest, {1, 2, 3, 5}}}, mode) == Status::code_mismatch);
    CHECK(verdict<Limits>({{EntryNumber::code_digest, {1, 2, 3}}}, mode) == Status::code_mismatch);
    CHECK(verdict<Limits>({}, mode) == Status::missing_entry);
  }
}

TEST_CASE("the hashes of a format 1 patch count where the firmware knows its own") {
  const std::vector<Statement> hashes = {{EntryNumber::arena_bytes, {1, 0, 0, 0}},
                                         {EntryNumber::abi, {3, 0}},
                                         {EntryNumber::alignment, {4}},
                                         {EntryNumber::format1_operator_hash, {0x34, 0x12, 0xCD, 0xAB}},
                                         {EntryNumber::format1_io_hash, {7, 0, 0, 0}}};
  CHECK(verdict<FirmwareLimits<Hashed>>(hashes) == Status::ok);
  CHECK(verdict<FirmwareLimits<Firmware>>(hashes) == Status::missing_entry);
  std::vector<Statement> other = hashes;
  other[3].value[0] = 0;
  CHECK(verdict<FirmwareLimits<Hashed>>(other) == Status::operator_missing);
  other = hashes;
  other[4].value[0] = 8;
  CHECK(verdict<FirmwareLimits<Hashed>>(other) == Status::io_mismatch);
}

TEST_CASE("damaged entries are malformed, not believed") {
  CHECK(with(EntryNumber::operator_set, {3}) == Status::malformed_manifest);
  CHECK(with(EntryNumber::operator_set, {32, 1, 9, 'f'}) == Status::malformed_manifest);
  CHECK(with(EntryNumber::operator_set, {0x80, 0x80, 0x80, 0x80, 0x80, 0x80}) == Status::malformed_manifest);
  CHECK(with(EntryNumber::arena_bytes, {1, 2}) == Status::malformed_manifest);
  for (std::size_t size = 0; size < kSchemaBytes.size(); ++size) {
    std::vector<Statement> statements = fitting();
    statements[3].value.resize(size);
    CHECK(is_error(verdict<FirmwareLimits<RelaxedFirmware>>(statements, ValidationMode::relaxed)));
  }
}

namespace {

/// An int8 convolution, no more; room for two variables of 100 bytes; an Ethos-U55-256 of architecture 1.1.
struct Narrow : FirmwareStatement {
  static constexpr SupportedOperator kList[] = {
      {3, 5, nullptr, operator_features::kInt8},
      {32, 1, "fft", operator_features::kInt8 | operator_features::kFloat32}};
  static constexpr const SupportedOperator* kOperators = kList;
  static constexpr std::size_t kOperatorCount = 2;
  static constexpr std::uint32_t kVariables = 2;
  static constexpr std::uint32_t kVariableBytes = 100;
  static constexpr std::uint32_t kAcceleratorConfig = 0x00002008;
  static constexpr std::uint32_t kAcceleratorId = 0x10100000;
  static constexpr bool kAllowRelaxed = true;
};
struct Undescribed : Narrow {
  static constexpr bool kAllowUndescribed = true;
};
struct WithCompanion : FirmwareStatement {
  static constexpr std::uint16_t kCompanionSchema = 0x0102;
  static constexpr bool kAllowRelaxed = true;
};
struct Executorch : FirmwareStatement {
  static constexpr std::uint8_t kModelFormat = 2;
  static constexpr std::uint32_t kModelFormatVersion = 300;
};

template <class Stated>
Status one_entry(EntryNumber number, const Bytes& value) {
  FirmwareLimits<Stated> limits;
  (void)limits.begin(ValidationMode::strict);
  return limits.entry(number, ConstBytes(value.data(), value.size()));
}

}  // namespace

TEST_CASE("an operator needs the features that stand behind it, or behind one before it") {
  const auto set = [](const Bytes& value) { return one_entry<Narrow>(EntryNumber::operator_set, value); };
  CHECK(set({3, 5}) == Status::ok);
  CHECK(set({3, 0x45, 1}) == Status::ok);
  CHECK(set({3, 0x45, 0}) == Status::ok);
  CHECK(set({3, 0x45, 3}) == Status::operator_missing);           // float32
  CHECK(set({3, 0x45, 0x81, 0x02}) == Status::operator_missing);  // dilation
  CHECK(set({3, 0x46, 1}) == Status::operator_missing);           // version 6
  CHECK(set({32, 0x41, 3, 'f', 'f', 't', 2}) == Status::ok);
  CHECK(set({32, 0x41, 3, 'f', 'f', 't', 2, 3, 5}) == Status::operator_missing);  // still float32
  CHECK(set({32, 0x41, 3, 'f', 'f', 't', 2, 3, 0x45, 1}) == Status::ok);
  CHECK(set({3, 0x45}) == Status::malformed_manifest);
  // A firmware that says nothing of features has them all.
  CHECK(one_entry<Firmware>(EntryNumber::operator_set, {3, 0x43, 0xFF, 0x7F}) == Status::ok);
}

TEST_CASE("resource variables are limited in number and bytes") {
  CHECK(one_entry<Narrow>(EntryNumber::variables, {2, 100}) == Status::ok);
  CHECK(one_entry<Narrow>(EntryNumber::variables, {3, 100}) == Status::arena_too_small);
  CHECK(one_entry<Narrow>(EntryNumber::variables, {2, 101}) == Status::arena_too_small);
  CHECK(one_entry<Narrow>(EntryNumber::variables, {2}) == Status::malformed_manifest);
  CHECK(one_entry<Firmware>(EntryNumber::variables, {200, 1, 101}) == Status::ok);
}

TEST_CASE("a command stream is taken for the same accelerator and no newer architecture") {
  const auto stream = [](const Bytes& value) { return one_entry<Narrow>(EntryNumber::accelerator, value); };
  CHECK(stream({0x08, 0x30, 0, 0, 0, 0, 0x10, 0x10}) == Status::ok);
  CHECK(stream({0x08, 0x20, 0, 0, 0, 0, 0x00, 0x10}) == Status::ok);
  CHECK(stream({0x06, 0x20, 0, 0, 0, 0, 0x10, 0x10}) == Status::feature_missing);  // 64 MACs
  CHECK(stream({0x08, 0x20, 0, 0x10, 0, 0, 0x10, 0x10}) == Status::feature_missing);
  CHECK(stream({0x08, 0x20, 0, 0, 0, 0, 0x20, 0x10}) == Status::feature_missing);
  CHECK(stream({0x08, 0x20, 0, 0, 0, 0, 0x00, 0x20}) == Status::feature_missing);
  CHECK(stream({0x08, 0x20, 0, 0}) == Status::malformed_manifest);
  CHECK(one_entry<Firmware>(EntryNumber::accelerator, Bytes(8, 7)) == Status::ok);
}

TEST_CASE("a patch that says nothing at all is refused in relaxed mode too, unless the firmware takes it") {
  CHECK(verdict<FirmwareLimits<RelaxedFirmware>>({}, ValidationMode::relaxed) == Status::missing_entry);
  CHECK(verdict<FirmwareLimits<Narrow>>({}, ValidationMode::relaxed) == Status::missing_entry);
  CHECK(verdict<FirmwareLimits<Undescribed>>({}, ValidationMode::relaxed) == Status::ok);
  CHECK(verdict<FirmwareLimits<Undescribed>>({}, ValidationMode::strict) == Status::missing_entry);
}

TEST_CASE("companion data must have the schema that the firmware reads, in every mode") {
  const std::vector<Statement> fits = {{EntryNumber::companion, {2, 1, 9}}};
  for (const ValidationMode mode : {ValidationMode::strict, ValidationMode::relaxed}) {
    CHECK(verdict<FirmwareLimits<WithCompanion>>(fits, mode) == Status::ok);
    CHECK(verdict<FirmwareLimits<WithCompanion>>({}, mode) == Status::missing_entry);
    CHECK(verdict<FirmwareLimits<WithCompanion>>({{EntryNumber::companion, {3, 1, 9}}}, mode) ==
          Status::abi_mismatch);
    CHECK(verdict<FirmwareLimits<WithCompanion>>({{EntryNumber::companion, {2, 1}}}, mode) ==
          Status::malformed_manifest);
  }
}

TEST_CASE("a firmware of one model format takes no other, and no newer version of it") {
  CHECK(verdict<FirmwareLimits<Executorch>>({{EntryNumber::model_format, {2, 5}}}) == Status::ok);
  CHECK(verdict<FirmwareLimits<Executorch>>({{EntryNumber::model_format, {2, 0xAD, 2}}}) ==
        Status::abi_mismatch);
  CHECK(verdict<FirmwareLimits<Executorch>>({{EntryNumber::model_format, {3, 5}}}) == Status::abi_mismatch);
  CHECK(verdict<FirmwareLimits<Executorch>>({{EntryNumber::model_format, {2}}}) ==
        Status::malformed_manifest);
  CHECK(verdict<FirmwareLimits<Executorch>>({}) == Status::missing_entry);
}

TEST_CASE("entries that say nothing about limits are left to others") {
  FirmwareLimits<Firmware> limits;
  CHECK(limits.begin(ValidationMode::strict) == Status::ok);
  const Bytes text = {'h', 'i'};
  CHECK(limits.entry(EntryNumber::note, ConstBytes(text.data(), text.size())) == Status::not_found);
  CHECK(limits.entry(static_cast<EntryNumber>(0x60), ConstBytes(text.data(), text.size())) ==
        Status::not_found);
}
