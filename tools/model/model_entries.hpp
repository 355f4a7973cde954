// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "format/container.hpp"
#include "model/arena.hpp"
#include "model/model.hpp"
#include "model/operators.hpp"
#include "tmd/bytes.hpp"

namespace tmd::host::model {

/// log2 of the alignment that a TFLite file's first byte needs: its buffers are aligned to 16 bytes within
/// it.
constexpr std::uint8_t kTfliteAlignment = 4;

/// Manifest entry 0x03: see tmd/internal/guard/operator_set.hpp.
host::Bytes encode_operators(const std::vector<UsedOperator>& operators);
/// Manifest entry 0x04: see tmd/internal/guard/io_schema.hpp.
host::Bytes encode_io_schema(const Model& model);

/// One line for people; bytes that are no such entry come out in hexadecimal.
std::string describe_operators(ConstBytes entry);
std::string describe_io_schema(ConstBytes entry);
std::string describe_variables(ConstBytes entry);
std::string describe_accelerator(ConstBytes entry);
/// "int8[1,49,40] scale 0.5 zero -3", as describe_io_schema has it for each input and output.
std::string describe_io(const Tensor& tensor);

/// What a manifest says about a target: arena, ABI, operators, inputs and outputs, alignment; where it has them,
/// resource variables and what its accelerator must be. Throws
/// host::Error where the arena cannot be computed.
std::vector<format::EntryToWrite> manifest_entries(const Model& target, const ArenaChoice& arena = {});

}  // namespace tmd::host::model
