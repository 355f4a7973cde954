// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "tmd/digest/digest.hpp"

namespace tmd::host::model {

/// What a firmware has to know of the model that it leaves the factory with: tmd::FactoryModel.
struct FactoryRecord {
  std::uint32_t length = 0;
  std::array<std::uint16_t, 3> version{};
  Digest digest;  ///< SHA-256.
};

/// How the record is written as a source file.
struct FactorySource {
  std::string model_name;  ///< For the comment.
  std::string name;        ///< In the namespace `firmware`, or before the names of a C file.
  std::string section;     ///< Where the linker is to put the model's bytes; empty: they are not written.
  std::uint32_t alignment = 16;
};

FactoryRecord factory_record(const host::Bytes& model, const std::array<std::uint16_t, 3>& version);

/// The bytes that tmd::read_factory_record (tmd/factory.hpp) reads.
host::Bytes factory_bytes(const FactoryRecord& record);

/// The sources: a C++ header with the function `firmware::NAME()`; a C file with NAME_length, NAME_digest and
/// NAME_version. With a section, the model's bytes as an array, aligned: such a file belongs into one translation unit.
/// Throws host::Error where name or section cannot be written in C.
std::string factory_header(const FactoryRecord& record, const host::Bytes& model,
                           const FactorySource& source);
std::string factory_c_source(const FactoryRecord& record, const host::Bytes& model,
                             const FactorySource& source);

}  // namespace tmd::host::model
