// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "model/arena.hpp"
#include "model/model.hpp"
#include "model/operators.hpp"

namespace tmd::host::model {

/// What a firmware can run, as the host knows it: read back from a limits header, or taken from the model
/// that the firmware was built for.
struct FirmwareFacts {
  std::uint32_t arena_bytes = 0;        ///< 0: not stated.
  std::uint16_t abi = 0;                ///< 0: not stated.
  std::vector<UsedOperator> operators;  ///< Empty: not stated.
  host::Bytes io_schema;                ///< Empty: not stated.
  std::uint32_t slot_alignment = 0;     ///< 0: not stated.
  std::uint32_t slot_bytes = 0;         ///< Room for a model in flash; 0: not stated.
  host::Bytes code_digest;              ///< Of compiled code that reads a table; empty: not stated.
  bool allow_relaxed = false;
  std::uint8_t io_flexible = 0;            ///< Bits of io_flexible: what of inputs and outputs may differ.
  std::optional<std::uint32_t> variables;  ///< Most resource variables; nothing: not stated.
  std::optional<std::uint32_t> variable_bytes;   ///< Most bytes of them all; nothing: not stated.
  std::optional<AcceleratorConfig> accelerator;  ///< Nothing: not stated.
};

/// A firmware that runs `base` and nothing that needs more: what limits_header writes for `base`, unless told
/// otherwise.
FirmwareFacts facts_of_base(const Model& base, const ArenaChoice& arena);

/// Reads a header that limits_header wrote, hand-made changes to its values included, as long as they are plain
/// literals. Throws host::Error, naming the file, where it is no such header or holds a value that only a compiler can
/// work out.
FirmwareFacts read_limits_header(const std::string& text, const std::string& name);

}  // namespace tmd::host::model
